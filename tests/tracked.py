"""Rows of tracked repositories, as recording and reconciling write them, and the addresses of a host that they are on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from cuelight.clock import SECOND
from cuelight.db import Statement
from cuelight.integrations.github.urls import GitHubUrls
from cuelight.repositories import Registry
from cuelight.repositories.tables import RECONCILES, REPOSITORIES, SIGNALS, SOURCES

HOST = "github.com"
PAGE = f"https://{HOST}/acme/shop/blob/main/catalog-info.yaml"
NOW = 1_767_225_600 * SECOND
"""What a `ManualClock` says at first: 2026-01-01T00:00:00Z."""

ADD_REPOSITORY = Statement(insert(REPOSITORIES))
ADD_SIGNAL = Statement(insert(SIGNALS))
ADD_RECONCILE = Statement(insert(RECONCILES))
ADD_SOURCE = Statement(insert(SOURCES))


class Addresses:
    """As much of an integration as reading addresses takes; nobody is asked."""

    name = "github"
    hosts = (HOST,)
    providers: Sequence[Any] = ()
    webhook: Any = None

    def host(self, _name: str) -> Any:
        return None

    def urls(self, name: str) -> GitHubUrls:
        return GitHubUrls(name, "https://raw.githubusercontent.com")


def registry() -> Registry:
    """Where github.com is configured."""
    return Registry([Addresses()])


def repository(**columns: Any) -> dict[str, Any]:
    """The row of acme/shop, whose head was confirmed two seconds ago; one with another id is another repository's."""
    return dict.fromkeys(REPOSITORIES.c.keys()) | {
        "id": "r1",
        "provider": "github-provider:default",
        "host": HOST,
        "host_id": str(columns.get("id", "r1")).removeprefix("r"),
        "full_name": "acme/shop",
        "folded_name": "acme/shop",
        "web_url": f"https://{HOST}/acme/shop",
        "default_branch": "main",
        "branch": "main",
        "status": "tracked",
        "head": "b" * 40,
        "digest": "d",
        "proven": "b" * 40,
        "commits": 0,
        "visibility": "public",
        "confirmed_at": NOW - 2 * SECOND,
        "lease_until": 0,
        "attempts": 0,
        "reconcile": "c1",
        "first_seen_at": 0,
        **columns,
    }


def signal(**columns: Any) -> dict[str, Any]:
    """An open signal of a push to it."""
    return dict.fromkeys(SIGNALS.c.keys()) | {
        "id": "e1",
        "repository_id": "r1",
        "kind": "push",
        "after_sha": "c" * 40,
        "cause": "d1",
        "caused_at": NOW,
        "created_at": NOW,
        **columns,
    }


def reconcile(**columns: Any) -> dict[str, Any]:
    """A reconcile of it that took 30 ms, 20 of them the host's."""
    return dict.fromkeys(RECONCILES.c.keys()) | {
        "id": "c1",
        "repository_id": "r1",
        "cause": "d1",
        "before_sha": "a" * 40,
        "after_sha": "b" * 40,
        "outcome": "applied",
        "reason": "applied",
        "started_at": NOW,
        "finished_at": NOW + 30_000,
        "host_time": 20_000,
        **columns,
    }


def source(**columns: Any) -> dict[str, Any]:
    """Its descriptor, which is what it is since an earlier commit."""
    return dict.fromkeys(SOURCES.c.keys()) | {
        "repository_id": "r1",
        "path": "catalog-info.yaml",
        "kind": "descriptor",
        "state": "present",
        "blob": "1" * 40,
        "commit_sha": "a" * 40,
        "reconcile": "c1",
        "content": b"",
        "changed_at": NOW,
        **columns,
    }
