"""Rows for the scratch database, made from what hosts show."""

import zlib
from collections.abc import Mapping
from typing import Any

from cuelight.clock import timed_id
from cuelight.repair.verification.sight import Sight
from cuelight.repositories.tables import REPOSITORIES, SOURCES
from cuelight.scm import FileAt, is_blob


def branch_row(sight: Sight, digest: str, now: int) -> dict[str, Any]:
    """The branch of *sight* as a row: what its host says of it, or where that is unknown what we hold."""
    held = sight.target.holding
    known = held.tracked if held else None
    repository = sight.repository or (known.as_repository() if known else None)
    full_name = repository.full_name if repository else sight.target.full_name
    head = sight.head or (known.head if known else None)
    empty = dict.fromkeys(column.name for column in REPOSITORIES.c)
    return {
        **empty,
        "id": known.id if known else timed_id(now),
        "provider": sight.target.provider,
        "host": sight.target.host,
        "host_id": (repository.id or None) if repository else sight.target.repository_id,
        "full_name": full_name,
        "folded_name": full_name.lower(),
        "web_url": repository.web_url if repository else "",
        "default_branch": repository.default_branch if repository else None,
        "branch": sight.branch or (known.branch if known else None),
        "status": "tracked" if head else (known.status if known else "candidate"),
        "reason": held.reason if held and not head else None,
        "head": head,
        "digest": digest,
        "proven": head,
        "commits": 0,
        "visibility": repository.visibility if repository else None,
        "lease_until": 0,
        "attempts": 0,
        "first_seen_at": now,
    }


def source_row(path: str, kind: str, file: FileAt, commit: str | None) -> dict[str, Any]:
    """A *file* as read at *commit*, as a row of `sources` but for its repository."""
    content = None if file.content is None or kind == "candidate" else zlib.compress(file.content, 1)
    return {
        **dict.fromkeys(column.name for column in SOURCES.c),
        "path": path,
        "kind": kind,
        "state": "unreadable" if file.content is None else "present",
        "reason": file.reason,
        "blob": file.blob,
        "commit_sha": commit,
        "content": content,
        "changed_at": 0,
    }


def absent_row(path: str) -> dict[str, Any]:
    """A file that is named and not there, as a row of `sources` but for its repository."""
    empty = dict.fromkeys(column.name for column in SOURCES.c)
    return {**empty, "path": path, "kind": "wanted", "state": "absent", "changed_at": 0}


def still_right(ours: Mapping[str, Any] | None, blob: str) -> bool:
    """Whether the source *ours* is the file with this *blob*: what we store counts only with the hash that it has there."""
    if ours is None or ours["blob"] != blob or ours["state"] == "absent":
        return False
    if ours["content"] is None:
        return bool(ours["state"] == "unreadable" or ours["kind"] == "candidate")
    try:
        return is_blob(blob, zlib.decompress(ours["content"]))
    except zlib.error:
        return False
