"""The recorded server's set-up, with Cuelight in its place."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.conformance.golden.databases import Store
from tests.conformance.golden.organisation import Organisation, found
from tests.end_to_end.commands import served
from tests.end_to_end.polling import until
from tests.end_to_end.world import KINDS, OWNER, CodeHost, Cuelight, code_host, configure

Opened = Callable[[Path], AbstractAsyncContextManager[Store]]

PROVIDER: Final = {"organization": OWNER, "catalogPath": "/catalog-info.yaml", "filters": {"branch": "main"}}
CATALOG: Final = {
    "providers": {"github": {"main": PROVIDER}},
    "rules": [{"allow": list(KINDS)}],
    "processingInterval": {"hours": 6},
}


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a replay needs."""

    server: Cuelight
    organisation: Organisation
    store: Store

    @property
    def address(self) -> str:
        """Where Cuelight answers."""
        return self.server.program.address

    async def settled(self) -> None:
        """Return once nothing is left to do now."""

        async def idle() -> bool:
            return await self.store.unfinished() == 0

        await until(idle)

    async def push(self, change: dict[str, Any]) -> None:
        """Make a push, have it delivered, and wait until all that follows from it is done."""
        answer = await self.server.post(await self.organisation.push(change))
        assert answer.status_code == 202, answer.text
        await self.settled()


@asynccontextmanager
async def staged(folder: Path, opened: Opened, **overrides: Any) -> AsyncIterator[Stage]:
    """Cuelight over the recorded organisation, on a database that *opened* gives; *overrides* are for `configure`."""
    async with opened(folder) as store, code_host(folder / "host") as host:
        known = await found(host)
        config = configure(folder, host.program.address, **_sections(host, store), **overrides)
        async with served(folder, config) as server:
            stage = Stage(server=server, organisation=Organisation(host, known), store=store)
            await server.scanned()
            await stage.settled()
            yield stage


def _sections(host: CodeHost, store: Store) -> dict[str, Any]:
    allowed = [{"host": host.program.address.partition("//")[2]}]
    backend = {"listen": {"port": 0}, "database": {"url": store.url}, "reading": {"allow": allowed}}
    return {"backend": backend, "catalog": CATALOG}
