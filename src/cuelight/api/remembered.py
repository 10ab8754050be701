"""Answers that are given again, for as long as nothing changed.

A page of the portal asks the same few questions over and over. Every change of an entity is in the change log, so an
answer that was made when a certain change was the newest is right until there is a newer one: asking for its number
costs a few microseconds, making the answer a thousand times that in a large catalog.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.responses import Response

from cuelight.asgi.answers import Content, JSONText, weak_etag
from cuelight.catalog.queries import newest_change
from cuelight.db import Database

ROOM: Final = 32 * 1024**2
"""Bytes that are kept, in any form of theirs together."""
LARGEST: Final = 1024**2
"""Bytes of an answer that is kept."""
_BESIDES: Final = 1024
"""Bytes that an answer takes beside its text, more or less."""


class Remembered:
    """The last answers, by what was asked."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._answers: OrderedDict[bytes, tuple[Content, dict[str, str]]] = OrderedDict()
        self._taken = 0
        self._newest: tuple[int, int] | None = None

    async def answer(self, db: Database, asked: bytes, make: Callable[[], Awaitable[Response]]) -> Response:
        """What was answered to *asked*; or what *make* answers, which is kept where it is JSON of a modest size.

        What has no tag, being too large to be hashed, gets one of the state that it was made of or after.
        """
        newest = await newest_change(db)
        if newest != self._newest:
            self._forget(newest)
        known = self._answers.get(asked)
        if known is not None:
            self._answers.move_to_end(asked)
            content, headers = known
            return JSONText(content, headers=headers)
        made = await make()
        if newest == self._newest and isinstance(made, JSONText) and len(made.content.text) <= LARGEST:
            self._keep(asked, made)
        if made.status_code == 200 and "etag" not in made.headers:
            made.headers["etag"] = weak_etag(repr((newest, asked)).encode())
        return made

    def _forget(self, newest: tuple[int, int]) -> None:
        self._answers.clear()
        self._taken, self._newest = 0, newest

    def _keep(self, asked: bytes, made: JSONText) -> None:
        if asked in self._answers:
            return
        self._answers[asked] = (made.content, made.further)
        self._taken += _size(asked, made.content)
        while self._taken > self._room:
            oldest, (content, _) = self._answers.popitem(last=False)
            self._taken -= _size(oldest, content)


def _size(asked: bytes, content: Content) -> int:
    """Bytes that an answer takes, with the compressed form that may come to be kept beside it."""
    return len(asked) + len(content.text) + len(content.text) // 2 + _BESIDES
