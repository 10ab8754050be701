"""Lists that GitHub tells page by page: all of it, as it was at one moment, or an error.

Pages are counted from the first item on. So where an item goes while they are read, those behind it move up, and the one that moves
onto a page that was read already is on none. Therefore a list of several pages is read until two readings in a row tell
the same items; a single page is of one moment anyhow. That a page did not change since it was kept says nothing of the
pages beside it, so `fetch` asks for each one whole.

A page after the first that was not answered well is asked for once more before all of the list is given up: a long one
would hardly ever come to its end on a host that fails now and then.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Final, Generic, Protocol, TypeVar

import msgspec

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
V = TypeVar("V")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page: the items on it, and where the next one is, None after the last."""

    items: Sequence[T]
    following: str | None


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
            async for page in self._pages(first):
                pages += 1
                for item in page.items:
                    found.add(item.id)
                    yield item
            if pages == 1 or found == before:
                return
            before, first = found, None
        raise HostUnavailable(
            f"{self._access.name}{self._target} told another list each of {READINGS} times; "
            "nothing follows, it is asked again later"
        )

    async def _pages(self, first: Answer | None) -> AsyncIterator[Page[T]]:
        """All pages, to the last one or an error; *first* is the answer with the first one, where it is known."""
        # https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        page = self._page(first or await self.first())
        for _ in range(PAGES):
            yield page
            if page.following is None:
                return
            page = await twice(partial(self._at, page.following))
        raise HostUnavailable(f"{self._access.name}{self._target} has more than {PAGES} pages; nothing follows")

    async def _at(self, target: str) -> Page[T]:
        return self._page(await self._access.read(target, self._kind))

    def _page(self, answer: Answer) -> Page[T]:
        return Page(list(self._read(answer)), next_page(answer))


async def twice(ask: Callable[[], Awaitable[V]]) -> V:
    """What *ask* gives, at the second try where the host failed at the first one; a pause that it wants it gets."""
    try:
        return await ask()
    except HostUnavailable as error:
        if error.retry_after is not None:
            raise
    return await ask()
