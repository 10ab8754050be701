"""The orders that lists of repositories come in, each made once for all pages of a list."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cuelight.simulator.core import CodeHost, Metadata, Repository

SORTS: Final[Mapping[str, Callable[[Metadata], Any]]] = {
    "created": lambda metadata: (metadata.created_at, metadata.id),
    "updated": lambda metadata: (metadata.updated_at, metadata.id),
    "pushed": lambda metadata: (metadata.pushed_at, metadata.id),
    "full_name": lambda metadata: metadata.full_name.lower(),
}


class Orders:
    """Keeps what was sorted until something about a repository changes. Safe to use from several threads."""

    def __init__(self, host: CodeHost) -> None:
        self._host = host
        self._kept: tuple[int, dict[tuple[str | None, str, bool], list[Repository]]] = (host.revision, {})

    def of(self, owner: str | None, sort: str, *, descending: bool) -> list[Repository]:
        """Return all repositories, or those of *owner*, sorted as *sort* says (what it doesn't know: by `created`); not to be changed."""
        # Asked before the repositories: what changes in between is found again.
        revision = self._host.revision
        if self._kept[0] != revision:
            self._kept = (revision, {})
        kept, key = self._kept[1], (owner, sort if sort in SORTS else "created", descending)
        if key not in kept:
            value = SORTS[key[1]]
            kept[key] = sorted(self._host.repositories(owner), key=lambda one: value(one.metadata), reverse=descending)
        return kept[key]
