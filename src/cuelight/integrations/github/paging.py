"""Lists that GitHub tells page by page: all of it, as it was at one moment, or an error.

Pages are counted from the first item on. So where an item goes while they are read, those behind it move up, and the one that moves
onto a page that was read already is on none. Therefore a list of several pages is read until two readings in a row tell
the same items; a single page is of one moment anyhow. That a page did not change since it was kept says nothing of the
pages beside it, so `fetch` asks for each one whole.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final, Generic, Protocol, TypeVar

from cuelight.errors import HostUnavailable
from cuelight.fetch import Answer
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import next_page

PAGES: Final = 1000
"""Pages of a list, of 100 items each."""
READINGS: Final = 5
"""How often a list is read that does not come to rest."""


class Item(Protocol):
    """What is listed; by its id it is told from others."""

    @property
    def id(self) -> int | None:
        """GitHub's number of it."""
        ...


T = TypeVar("T", bound=Item)


class Pages(Generic[T]):
    """The list at *target*, as *access* sees it; *read* takes the items from a page."""

    def __init__(self, access: Access, target: str, kind: str, read: Callable[[Answer], Iterable[T]]) -> None:
        self._access = access
        self._target = target
        self._kind = kind
        self._read = read

    async def first(self) -> Answer:
        """The first page, whatever its status."""
        return await self._access.read(self._target, self._kind)

    async def items(self, first: Answer | None = None) -> AsyncIterator[T]:
        """Every item, some of them more than once, to the last one or an error; *first* is the first page, where it is known."""
        before: set[int | None] | None = None
        for _ in range(READINGS):
            found, pages = set[int | None](), 0
            async for answer in self._answers(first or await self.first()):
                pages += 1
                for item in self._read(answer):
                    found.add(item.id)
                    yield item
            if pages == 1 or found == before:
                return
            before, first = found, None
        raise HostUnavailable(
            f"{self._access.name}{self._target} told another list each of {READINGS} times; "
            "nothing follows, it is asked again later"
        )

    async def _answers(self, first: Answer) -> AsyncIterator[Answer]:
        """The page *first* and all that follow it, to the last one or an error."""
        # https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        answer = first
        for _ in range(PAGES):
            yield answer
            following = next_page(answer)
            if following is None:
                return
            answer = await self._access.read(following, self._kind)
        raise HostUnavailable(f"{first.request} has more than {PAGES} pages; nothing follows")
