"""What an app was given again: of rows that its last list lacks, those that its host says it is installed on by now.

An event would have said so, but one may be lost; the next list does, but that may be hours away. What is asked is about all
of a few rows at once: nothing at all where the app is not installed on their owner.
"""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
import structlog

from cuelight.errors import HostError
from cuelight.repair.census import Answer
from cuelight.repair.watch import Watched
from cuelight.repositories import Registry
from cuelight.scm import Repository, Seen

_log = structlog.get_logger(__name__)


async def granted(registry: Registry, host: str, rows: Sequence[Watched], answers: Sequence[Answer]) -> list[Watched]:
    """*rows*, to which *answers* are those of *host*; what an app is installed on again is no longer unlisted."""
    given: set[tuple[str, str]] = set()
    for app, repositories in _lacking(registry, rows, answers).items():
        given |= {(app, found) for found in await _given(registry, host, app, repositories)}
    return [
        msgspec.structs.replace(row, unlisted=False) if (_app(registry, row), row.tracked.host_id) in given else row
        for row in rows
    ]


def _lacking(
    registry: Registry, rows: Sequence[Watched], answers: Sequence[Answer]
) -> dict[str, dict[str, Repository]]:
    """By app, what the filters take of that which its last list lacks, and its host shows: by the host's id."""
    found: dict[str, dict[str, Repository]] = defaultdict(dict)
    for row, answer in zip(rows, answers, strict=True):
        provider = registry.provider(row.tracked.provider)
        if not row.unlisted or provider is None or not isinstance(answer, Seen):
            continue
        if provider.scope.app is not None and provider.excluded(answer.repository) is None:
            found[provider.scope.app][answer.repository.id] = answer.repository
    return found


async def _given(registry: Registry, host: str, app: str, repositories: dict[str, Repository]) -> frozenset[str]:
    """Those of *repositories* that *app* is installed on; none where its host does not say."""
    client = registry.host(host)
    try:
        return await client.granted(app, list(repositories.values())) if client else frozenset()
    except HostError as error:
        _log.info("grants_unknown", app=app, reason=error.message)
        return frozenset()


def _app(registry: Registry, row: Watched) -> str | None:
    provider = registry.provider(row.tracked.provider)
    return None if provider is None else provider.scope.app
