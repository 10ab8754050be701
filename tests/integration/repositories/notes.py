"""Signals as whoever notes them would, and rows as they are then: for tests about whose turn it is."""

import asyncio
from collections.abc import Sequence

from cuelight.db import Row, Transaction
from cuelight.repositories import track
from cuelight.repositories.claims import Claim
from cuelight.repositories.signals import NO_HINT, Hint, Kind, Signal, note
from cuelight.scm import Repository
from tests.integration.repositories.host import HOST
from tests.integration.repositories.world import ROWS, World, component


async def signal(world: World, name: str, kind: Kind, *, hint: Hint = NO_HINT, count: int = 1) -> None:
    """Note *count* signals on the repository *name*, which is tracked from now on, a second after all earlier ones."""
    world.clock.advance(1)
    told = Repository(host=HOST, id=name, full_name=f"acme/{name}", web_url=f"https://{HOST}/acme/{name}")
    known = next((each for each in world.host.known.values() if each.full_name == told.full_name), told)

    async def work(tx: Transaction) -> None:
        row_id = await track(tx, "memory-provider:default", known, "main")
        for number in range(count):
            after = f"{number:040x}" if kind == "push" else None
            name_ = f"{kind}-{tx.now()}-{number}"
            await note(tx, row_id, Signal(id=name_, kind=kind, cause=name_, caused_at=tx.now(), after=after, hint=hint))

    await world.db.transact(work)


async def loaded(world: World, *names: str) -> list[str]:
    """The ids of repositories with a component each, which are in the catalog."""
    ids = [world.host.add(name, {"catalog-info.yaml": component(name)}) for name in names]
    await world.scan()
    await world.work()
    world.clock.advance(10)
    return ids


async def at_once(world: World, limit: int = 100) -> Sequence[Claim]:
    """Handle all that is due side by side, as the workers do, and once."""
    claims = await world.reconciler.claim(limit)
    await asyncio.gather(*(world.reconciler.handle(claim) for claim in claims))
    await world.settle()
    return claims


async def row_of(world: World, name: str) -> Row:
    return next(row for row in await world.rows(ROWS) if row["full_name"] == f"acme/{name}")
