"""The files that an entity's placeholders name, directly or through one another: which one is meant, and what it holds."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urljoin

import msgspec

from cuelight.catalog.processing.run import Run, address_of
from cuelight.catalog.reader import Absent, Answer, Found, Pending
from cuelight.errors import CuelightError
from cuelight.scm import Place, Urls

MOST_BYTES: Final = 5_000_000
"""Bytes of all files that the placeholders of one entity bring in."""


class Misread(CuelightError):
    """A placeholder cannot be filled in; the message goes on after its key, in Backstage's words."""


class Page(msgspec.Struct, frozen=True):
    """A file as its entity's author named it (`value`), its address, and its bytes."""

    value: str
    url: str
    content: bytes


class Unread(msgspec.Struct, frozen=True):
    """A file that is waited for."""

    url: str
    reason: str


class Files:
    """Reads what the entity of *run* names. `pending`: what was not read yet, and is wanted now."""

    def __init__(self, run: Run, urls: Callable[[str], Urls | None]) -> None:
        self._run = run
        self._urls = urls
        self._base = address_of(run.location)
        self._bytes = 0
        self.pending: list[Unread] = []

    async def named(self, value: Any) -> Page | None:
        """The file that a placeholder's *value* names; None while it is not read yet. `Misread` where there is none."""
        if not isinstance(value, str):
            raise Misread("expected a string value parameter, in the form of an absolute URL or a relative path")
        url = value if _is_absolute(value) else self._resolved(value, self._base)
        if not self.is_near(url):
            raise Misread(
                f"could not form a URL out of {self._base} and {value}, Error: "
                "Placeholder may only reference files from the same repository as the entity"
            )
        return await self.read(value, self._normal(url))

    async def read(self, value: str, url: str) -> Page | None:
        """The file at *url*, which somebody called *value*; None while it is not read yet. `Misread` where there is none."""
        answer = await self._run.read(url)
        if isinstance(answer, Pending):
            self._run.want(url)
            self.pending.append(Unread(url, answer.reason))
            return None
        if not isinstance(answer, Found) or len(answer.files) != 1:
            raise Misread(f"could not read location {value}, {_reason(url, answer)}")
        content = answer.files[0].content
        self._bytes += len(content)
        if self._bytes > MOST_BYTES:
            raise Misread(
                f"could not read location {value}, Error: the files that the placeholders of one entity name may "
                f"have {MOST_BYTES} bytes; split the entity, or name fewer files"
            )
        return Page(value, url, content)

    def beside(self, reference: str, url: str) -> str:
        """The address that *reference* means inside the file at *url*."""
        return self._normal(reference if _is_absolute(reference) else self._resolved(reference, url))

    def is_near(self, url: str) -> bool:
        """Whether *url* is in the entity's own repository, as far as both addresses tell."""
        here, there = self._place(self._base), self._place(url)
        return here is None or there is None or _repository(here) == _repository(there)

    def _normal(self, url: str) -> str:
        """*url* in the one spelling that a host has for it."""
        urls = self._urls(url)
        return urls.resolve(url, url) if urls else url

    def _resolved(self, relative: str, base: str) -> str:
        urls = self._urls(base)
        try:
            if not base.startswith("file:"):
                return urls.resolve(relative, base) if urls else urljoin(base, relative)
        except ValueError:
            pass  # one of both is no address
        raise Misread(f"could not form a URL out of {base} and {relative}, TypeError: Invalid URL")

    def _place(self, url: str) -> Place | None:
        urls = self._urls(url)
        return urls.place(url) if urls else None


def _is_absolute(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _repository(place: Place) -> tuple[str, str]:
    return place.host, place.full_name.lower()


def _reason(url: str, answer: Answer) -> str:
    if isinstance(answer, Absent):
        return f"NotFoundError: {url} does not exist"
    if isinstance(answer, Found):
        return f"Error: {url} stands for {len(answer.files)} files; name one"
    return f"Error: {answer.reason}"
