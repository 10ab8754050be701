"""How GitHub spells its addresses. Pure.

A page of a file is `https://HOST/OWNER/REPO/TYPE/REF/PATH`, TYPE being blob, tree, raw or edit. Nothing tells where a ref
that holds slashes ends and the path begins, so here a ref is one segment, with its slashes as `%2F`: GitHub reads that as well,
and `blob` writes it. `refs/heads/REF` and `refs/tags/REF` are read as REF, `HEAD` as the default branch.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from cuelight.scm import Customs, Place
from cuelight.scm.globs import LONGEST

_TYPES: Final = frozenset({"blob", "tree", "raw", "edit"})
_PAGE: Final = re.compile(r"(//[^/]+/[^/]+/[^/]+)/(?:blob|tree|edit)/")
_PINNED: Final = re.compile(r"\b[0-9a-f]{40,}\b")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_PLAIN: Final = re.compile(r"https?://(?:[A-Za-z0-9_\-][A-Za-z0-9_.\-]*/)+[A-Za-z0-9_.\-]*")
"""Addresses in which nothing is to be resolved."""
_NAME: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.\-]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PATH_SAFE: Final = "/!$&'()*+,:;=@~"
"""What `new URL()` leaves as it is in a path, and what no reader takes for something else."""
_REMEMBERED: Final = 1024
"""Addresses whose meaning is kept: whatever is done with a file asks several times what its address means."""
_LONG: Final = 1000
"""Characters of an address from which on it is not kept."""


class GitHubUrls:
    """Addresses of the host *name*, whose files without a page are under *raw_url*; implements `cuelight.scm.Urls`."""

    customs = Customs(slug="github.com/project-slug", owners=(".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"))

    def __init__(self, name: str, raw_url: str) -> None:
        self._name = name
        self._raw = urlsplit(raw_url)
        self._known = lru_cache(_REMEMBERED)(self._located)
        self._meant = lru_cache(_REMEMBERED)(self._resolved)

    def place(self, url: str) -> Place | None:
        """What *url* points at; None where it is not a file or folder of this host."""
        return self._known(url) if len(url) < _LONG else self._located(url)

    def flaw(self, url: str) -> str | None:
        """Why *url*, which is on this host, is no place there, in Backstage's words; None where it is one, or elsewhere."""
        parts = _split(url)
        if parts is None or parts.netloc.lower() != self._name or self.place(url) is not None:
            return None
        return f"Error: Incorrect URL: {url}, Error: Invalid GitHub URL or file path"

    def _located(self, url: str) -> Place | None:
        parts = _split(url)
        if parts is None:
            return None
        raw = self._below_raw(parts)
        if raw is not None:
            return self._place(raw[:2], raw[2:])
        segments = parts.path.removeprefix("/").split("/")
        if parts.netloc.lower() != self._name or len(segments) < 4 or segments[2] not in _TYPES:
            return None
        return self._place(segments[:2], segments[3:])

    def blob(self, web_url: str, branch: str, path: str) -> str:
        """The page of the file at *path* on *branch* of the repository at *web_url*."""
        return f"{web_url}/blob/{quote(branch, safe=_PATH_SAFE.replace('/', ''))}/{quote(path, safe=_PATH_SAFE)}"

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*; as in Backstage, our pages are then of type tree."""
        return self._meant(url, base) if len(url) + len(base) < _LONG else self._resolved(url, base)

    def _resolved(self, url: str, base: str) -> str:
        if _ABSOLUTE.match(url):
            return _typed(url, "tree") if self.place(url) else url
        parts = urlsplit(base)
        if url.startswith("/"):
            path = self._root(parts) + _encoded(url, keep="")
        else:
            path = urlsplit(urljoin(base, _encoded(url, keep="?#"))).path
        return _typed(urlunsplit(parts._replace(path=_dotless(path), fragment="")), "tree")

    def edit(self, url: str) -> str | None:
        """The page on which a person edits the file at *url*; None for a pinned commit, and where *url* is no page of a file."""
        if _PINNED.search(url) or not _PAGE.search(url) or self.place(url) is None:
            return None
        return _typed(url, "edit")

    def source(self, url: str) -> str:
        """The folder that holds the file at *url*, as a page."""
        if _PLAIN.fullmatch(url):
            return _typed(url[: url.rindex("/") + 1], "tree")
        return self.resolve("./", url)

    def _place(self, names: list[str], rest: list[str]) -> Place | None:
        """A place in repository *names* (owner, name); *rest* is the ref and the path, percent-encoded."""
        encoded_ref, *folders = rest[2:] if _is_full_ref(rest) else rest
        ref, path = unquote(encoded_ref), unquote("/".join(folders))
        if not ref or len(path) > LONGEST or _CONTROL.search(ref + path) or not all(map(_NAME.fullmatch, names)):
            return None
        return Place(host=self._name, full_name="/".join(names), ref=None if ref == "HEAD" else ref, path=path)

    def _below_raw(self, parts: SplitResult) -> list[str] | None:
        """The segments of *parts* below the raw address (owner, name, ref, path); None where it is not below it."""
        root = f"{self._raw.path}/"
        if parts.netloc.lower() != self._raw.netloc.lower() or not parts.path.startswith(root):
            return None
        segments = parts.path.removeprefix(root).split("/")
        # a raw address may be the host's own, where pages are as well
        is_page = self._raw.netloc.lower() == self._name and segments[2:3] and segments[2] in _TYPES
        return None if len(segments) < 3 or is_page else segments

    def _root(self, parts: SplitResult) -> str:
        """The path of the repository's root at the ref of *parts*, without a slash at its end."""
        segments = parts.path.split("/")
        end = 4 + self._raw.path.count("/") if self._below_raw(parts) else 5
        if _is_full_ref(segments[end - 1 :]):
            end += 2
        return "/".join(segments[:end])


def _is_full_ref(segments: list[str]) -> bool:
    return len(segments) > 2 and segments[:2] in (["refs", "heads"], ["refs", "tags"])


def _split(url: str) -> SplitResult | None:
    """*url*, with its dot segments resolved as a browser does; None where it is no web address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return None
    return parts._replace(path=_dotless(parts.path))


def _dotless(path: str) -> str:
    """*path* without segments that are one dot or two."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        plain = segment.replace("%2e", ".").replace("%2E", ".")
        if plain == ".." and len(kept) > 1:
            kept.pop()
        if plain not in {".", ".."}:
            kept.append(segment)
    return "/".join(kept if plain not in {".", ".."} else [*kept, ""])


def _typed(url: str, kind: str) -> str:
    """*url* as a page of another type, where it is a page of a file."""
    return _PAGE.sub(rf"\1/{kind}/", url, count=1)


def _encoded(path: str, *, keep: str) -> str:
    """*path* percent-encoded as `new URL()` does it: what is encoded already stays, and so do the delimiters *keep*."""
    return quote(path, safe=f"{_PATH_SAFE}%[]|{keep}")
