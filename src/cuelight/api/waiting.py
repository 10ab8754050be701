"""Requests that stay for a while: feeds that go on, and questions that wait for an answer to change.

They are counted, since each takes some memory and looks at the database from time to time; and when the server is to end
they are told so, for they would outlast its patience.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cuelight.db.wakeups import Listener


class Waiting:
    """Requests that stay, at most so many, by what wakes them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._listeners: set[Listener] = set()
        self.ended = False
        """Whether nobody is to stay any longer."""

    def __len__(self) -> int:
        return len(self._listeners)

    @property
    def full(self) -> bool:
        """Whether no more may stay."""
        return self.ended or len(self._listeners) >= self._most

    @contextmanager
    def taking_part(self, listener: Listener) -> Iterator[None]:
        """Count a request in; *listener* is woken when it is to end."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    def end(self) -> None:
        """Have all of them end now, so that the server can."""
        self.ended = True
        for listener in tuple(self._listeners):
            listener.wake()
