"""Answers that are kept with their entity tags, so that a host need only say that nothing changed.

GitHub does not count a 304 against the hourly limit.
"""

# https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate

from collections import OrderedDict
from collections.abc import Hashable

from cuelight.fetch.answer import Answer

ROOM = 16 * 1024**2
"""Bytes that are kept, of all hosts together."""
OVERHEAD = 2048
"""What an answer takes besides its body."""


class Shelf:
    """Answers by what was asked; past *room* bytes the one that was not needed for longest goes."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._used = 0
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()

    def find(self, key: Hashable) -> Answer | None:
        """The answer that is kept for *key*."""
        found = self._answers.get(key)
        if found is not None:
            self._answers.move_to_end(key)
        return found

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Keep *answer* in place of what was kept for *key*; one without an entity tag, or past an eighth of the room, is not."""
        self._drop(key)
        if answer.status != 200 or "etag" not in answer.headers or _size(answer) > self._room // 8:
            return
        self._answers[key] = answer
        self._used += _size(answer)
        while self._used > self._room:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: Hashable) -> None:
        dropped = self._answers.pop(key, None)
        self._used -= _size(dropped) if dropped else 0


def _size(answer: Answer) -> int:
    return len(answer.body) + OVERHEAD
