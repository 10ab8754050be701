"""What is hidden from us is no drift: a verification knows as little of it as a reconcile."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from cuelight.catalog import CatalogEngine
from cuelight.clock import ManualClock
from cuelight.db import Database, Statement
from cuelight.processors import Ingredients, find_processors
from cuelight.repair import Options, Run, Verifier
from cuelight.repair.verification import Report
from cuelight.repositories import RepositoryReader
from cuelight.repositories.tables import REPOSITORIES
from tests.database import database
from tests.integration.repositories.host import AppProvider
from tests.integration.repositories.world import World, component

FILE = "catalog-info.yaml"
RUN = Run(
    id="verify:1",
    kind="verify",
    state="running",
    options=Options(),
    asked_by="test",
    requested_at=0,
    started_at=0,
    finished_at=None,
    attempts=1,
    progress=None,
    result=None,
    error=None,
)


@pytest.fixture
async def apps(tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    """A world whose only provider takes what an app is installed on: acme and zeta."""
    async with database(tmp_path, clock) as db:
        made = World(db, clock, AppProvider(FILE))
        made.host.installed.update({"acme", "zeta"})
        yield made


async def tracked(world: World, name: str, visibility: str, owner: str = "acme") -> str:
    """A repository that was scanned and applied; the host's id."""
    repository = world.host.add(name, {FILE: component(name)}, owner=owner)
    known = world.host.known[repository]
    world.host.known[repository] = msgspec.structs.replace(known, visibility=visibility)
    await looked_at(world)
    world.clock.advance(60)
    return repository


def hide(world: World, repository: str) -> None:
    world.host.hidden.add(repository)
    world.host.unlisted.add(repository)


async def looked_at(world: World) -> None:
    await world.scan()
    await world.work()


async def verified(world: World, hurried) -> Report:
    def engine(db: Database) -> CatalogEngine:
        processors = find_processors(Ingredients(urls=world.registry.urls_of))
        return CatalogEngine(db, world.clock, RepositoryReader(world.registry), processors)

    return await Verifier(world.db, world.registry, hurried, engine).verify(RUN, lambda _progress: None)


async def test_what_access_was_revoked_to_is_unknown(world: World, hurried):
    a, _ = [await tracked(world, name, "private") for name in ("a", "b")]
    hide(world, a)
    await world.event(a, "revoked")
    await world.work()
    await looked_at(world)
    report = await verified(world, hurried)
    assert (report.drift_count, report.coverage.unknown_count) == (0, 1)


async def test_what_an_installation_hid_with_all_that_is_private_of_its_owner_is_unknown(apps: World, hurried):
    await tracked(apps, "a", "private")
    z = await tracked(apps, "z", "private", owner="zeta")
    hide(apps, z)
    await looked_at(apps)
    report = await verified(apps, hurried)
    assert (report.drift_count, report.coverage.unknown_count) == (0, 1)


async def test_what_may_be_private_is_unknown_where_a_list_has_nothing_private(world: World, hurried):
    a = await tracked(world, "a", "private")
    await tracked(world, "b", "public")
    await world.db.transact(lambda tx: tx.execute(Statement(update(REPOSITORIES).values(visibility=None))))
    hide(world, a)
    await looked_at(world)
    report = await verified(world, hurried)
    assert (report.drift_count, report.coverage.unknown_count) == (0, 1)


async def test_what_an_app_s_list_lacks_and_anybody_may_see_is_no_drift(apps: World, hurried):
    a, _ = [await tracked(apps, name, "public") for name in ("a", "b")]
    apps.host.unlisted.add(a)
    await looked_at(apps)
    report = await verified(apps, hurried)
    assert (report.drift_count, report.coverage.unknown_count) == (0, 0)


async def test_what_an_app_s_list_lacks_and_is_still_applied_is_drift(apps: World, hurried):
    a, _ = [await tracked(apps, name, "public") for name in ("a", "b")]
    apps.host.unlisted.add(a)
    apps.host.refused.add(a)
    await looked_at(apps)
    apps.host.refused.clear()
    report = await verified(apps, hurried)
    assert (report.drift_count > 0, report.coverage.excluded) == (True, 1)
