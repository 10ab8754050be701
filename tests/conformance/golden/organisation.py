"""The organisation that the recorded server read, held by the simulator, and the pushes to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.corpus import corpus
from tests.end_to_end.signing import Delivery, delivery, push, signed
from tests.end_to_end.world import CodeHost

LATER: Final = "dup-two"
"""The repository that a push adds."""
NOTHING: Final = "0" * 40


async def found(host: CodeHost) -> dict[str, Mapping[str, Any]]:
    """Make all repositories but the later one; what the host knows of each, by name."""
    folders = sorted(corpus("golden", "repositories").iterdir())
    return {one.name: await host.create(one.name, _files(one), webhook=False) for one in folders if one.name != LATER}


class Organisation:
    """The repositories, and what becomes of them."""

    def __init__(self, host: CodeHost, known: dict[str, Mapping[str, Any]]) -> None:
        self._host = host
        self._known = known

    async def push(self, change: Mapping[str, Any]) -> Delivery:
        """Commit what *change* puts and deletes; the signed push that tells of it in the words of *change*."""
        name = change["repo"]
        if name not in self._known:
            self._known[name] = await self._host.create(name, webhook=False)
        files = change["put"] | dict.fromkeys(change["delete"])
        moved = await self._host.commit(name, files, webhook=False)
        before, after = moved["before"] or NOTHING, moved["after"]
        commit = {"id": after, "timestamp": moved["time"], "author": {"name": "somebody", "username": "somebody"}}
        commit |= {key: change[key] for key in ("added", "modified", "removed")}
        body = push(self._known[name], before=before, after=after, commits=[commit], created=before == NOTHING)
        return signed(delivery(body))


def _files(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in files}
