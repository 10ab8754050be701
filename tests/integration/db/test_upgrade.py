"""A database that an older Cuelight wrote, under this one: nothing of it is lost, and the work goes on where it was."""

import asyncio
import secrets
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import select

from cuelight.api import Context, routes
from cuelight.asgi import application
from cuelight.catalog.queries import FullText, Part, Question, query_entities
from cuelight.catalog.tables import FINAL_ENTITIES
from cuelight.clock import ManualClock
from cuelight.db import Database, Migrator, SchemaStatus, Statement, open_database
from cuelight.db.url import is_postgresql, sqlite_path
from cuelight.errors import ConfigurationError
from cuelight.events import Event
from cuelight.events.tables import EVENTS
from cuelight.repositories import let_go_of_claims
from cuelight.repositories.tables import REPOSITORIES
from cuelight.ui import make_pages
from cuelight.ui import routes as page_routes
from tests import postgresql
from tests.corpus import ROOT
from tests.integration.db.before import all_of, carried_over, columns_of, written
from tests.integration.repositories.host import MemoryHost, MemoryProvider
from tests.integration.repositories.world import World, component

ENTITIES = Statement(select(FINAL_ENTITIES.c.entity_id, FINAL_ENTITIES.c.entity_ref, FINAL_ENTITIES.c.hash))
ROWS = Statement(select(REPOSITORIES))
EVENT = Statement(select(EVENTS))
CATALOG, OURS = "/api/catalog", "/api/cuelight/v1"


class Old:
    """A database of revision 0001 with rows in every table, and the host that they tell of."""

    def __init__(self, url: str, columns: Mapping[str, Sequence[str]], host: MemoryHost) -> None:
        self.url = url
        self.columns = columns
        self.host = host
        self.rows = self.now()

    def now(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows as they are, in the columns of 0001."""
        return {table: sorted(self.select(all_of(table, names)), key=repr) for table, names in self.columns.items()}

    def select(self, sql: str) -> list[tuple[Any, ...]]:
        if is_postgresql(self.url):
            return [tuple(row) for row in postgresql.rows(self.url, sql)]
        with closing(sqlite3.connect(sqlite_path(self.url))) as connection:
            return connection.execute(sql).fetchall()

    def upgrade(self) -> None:
        postgresql.beside(Migrator(self.url).upgrade)

    def status(self) -> SchemaStatus:
        return postgresql.beside(Migrator(self.url).status)


@pytest.fixture(scope="module")
async def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MemoryHost]:
    """What is written once, and copied for each test."""
    return await written(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
async def served(first: tuple[Path, MemoryHost], postgresql_databases: str) -> str:
    """The name of a database on the tests' server with the same in it."""
    name = f"{postgresql_databases}first_{secrets.token_hex(4)}"
    await carried_over(first[0], name)
    return name


@pytest.fixture
def old(first: tuple[Path, MemoryHost], tmp_path: Path, dialect: str, request: pytest.FixtureRequest) -> Old:
    path, host = first
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(tmp_path / path.name)) as copy:
        columns = columns_of(source)
        source.backup(copy)
    url = f"sqlite:///{tmp_path / path.name}"
    if dialect == "postgresql":
        served = request.getfixturevalue("served")
        url = postgresql.done(postgresql.copied(served, f"{served}_{secrets.token_hex(4)}"))
    return Old(url, columns, deepcopy(host))


@asynccontextmanager
async def world_of(old: Old) -> AsyncIterator[World]:
    """This program over the upgraded database, with the same host behind it."""
    clock = ManualClock()
    clock.advance(60)
    db: Database = await open_database(old.url, clock)
    if is_postgresql(old.url):  # which has a time of its own
        await db.close()
        db = await postgresql.opened(old.url, clock)
    try:
        world = World(db, clock, MemoryProvider())
        vars(world.host).update(vars(old.host))
        await let_go_of_claims(db)
        await world.engine.recover()
        yield world
    finally:
        await db.close()


async def test_every_table_of_the_first_schema_has_rows(old: Old):
    assert [table for table, rows in old.rows.items() if not rows] == []


async def test_no_row_is_lost_or_changed(old: Old):
    old.upgrade()
    assert old.now() == old.rows


async def test_what_a_location_asked_for_is_known_by_name_and_branch(old: Old):
    old.upgrade()
    asked = "SELECT asked_name, branch, asked_branch FROM repositories WHERE provider = 'locations' ORDER BY 1, 2"
    assert old.select(asked) == [
        ("other/docs", "main", None),
        ("other/docs", "next", "next"),
        ("other/hidden", "v1", "v1"),
        ("other/lib", "main", None),
    ]


async def test_what_a_provider_tracks_was_asked_for_by_nobody(old: Old):
    old.upgrade()
    asked = "SELECT asked_name, asked_branch FROM repositories WHERE provider <> 'locations'"
    assert old.select(asked) == [(None, None)]


async def test_of_what_is_new_nothing_is_known(old: Old):
    old.upgrade()
    new = "SELECT proven, commits, visibility, urgency, revoked_at, unlisted_at FROM repositories"
    assert set(old.select(new)) == {(None,) * 6}
    assert set(old.select("SELECT hint FROM signals")) | set(old.select("SELECT page FROM sources")) == {(None,)}


async def test_what_people_look_for_is_copied_from_the_search_rows(old: Old):
    old.upgrade()
    texts = old.select("SELECT entity_id, key, kind, value FROM texts ORDER BY 1, 2, 4")
    names = old.select("SELECT entity_id, key, value FROM search WHERE key = 'metadata.name' ORDER BY 1")
    assert [(uid, key, value) for uid, key, _, value in texts if key == "metadata.name"] == names
    assert {kind for _, _, kind, _ in texts} == {"component", "location"}


async def test_a_database_that_is_not_upgraded_is_refused_and_untouched(old: Old):
    with pytest.raises(ConfigurationError, match="cuelight migrate up"):
        await open_database(old.url, ManualClock())
    assert old.now() == old.rows


@pytest.fixture
async def world(old: Old) -> AsyncIterator[World]:
    """This program over the upgraded database."""
    old.upgrade()
    async with world_of(old) as opened:
        yield opened


async def entities(world: World) -> set[tuple[str, str, str]]:
    """What is served: uid, ref and hash."""
    return {(row["entity_id"], row["entity_ref"], row["hash"]) for row in await world.rows(ENTITIES)}


async def test_what_was_copied_is_found_by_its_trigrams(world: World):
    text = Question(full_text=FullText("docs-n", ("metadata.name", "metadata.title")))
    assert (await query_entities(world.db, text, Part(limit=1))).total == 1


@pytest.fixture
async def client(world: World) -> AsyncIterator[AsyncClient]:
    """The API and the pages over it."""

    async def nothing() -> Any:
        return {}

    context = Context(db=world.db, clock=world.clock, metrics=nothing, readiness=nothing, registry=world.registry)
    served = application([*routes(context), *page_routes(make_pages(world.db, world.clock))], world.clock)
    async with AsyncClient(transport=ASGITransport(app=served), base_url="http://test") as opened:
        yield opened


@pytest.mark.parametrize(
    "path",
    [
        f"{CATALOG}/entities",
        f"{CATALOG}/entities/by-name/component/default/web",
        f"{CATALOG}/entities/by-name/component/default/docs-next",
        f"{OURS}/entities/by-name/component/default/web/freshness",
        f"{OURS}/repositories",
        f"{OURS}/repositories?provider=locations",
        f"{OURS}/changes",
        f"{OURS}/changes/1",
        f"{OURS}/problems",
        f"{OURS}/deliveries",
        f"{OURS}/deliveries/dlv-1",
        f"{OURS}/deliveries/dlv-1/body",
        f"{OURS}/deletions",
        f"{OURS}/runs",
        "/",
        "/index.json",
    ],
)
async def test_all_that_is_read_is_read_from_it(client: AsyncClient, path: str):
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text


async def test_each_tracked_repository_is_shown(client: AsyncClient):
    listed = (await client.get(f"{OURS}/repositories")).json()["items"]
    shown = [await client.get(f"{OURS}/repositories/{one['id']}") for one in listed]
    assert [one.status_code for one in shown] == [200] * 5


async def test_what_was_open_is_settled_and_the_heads_are_proven(world: World):
    await world.scan()
    await world.work()
    assert None not in (await world.outcomes()).values()
    assert all(row["proven"] == row["head"] for row in await world.rows(ROWS))


async def test_what_did_not_change_on_the_host_is_the_same_entity_afterwards(world: World):
    before = await entities(world)
    await world.scan()
    await world.work()
    assert await entities(world) == before
    assert await world.drift() == []


async def test_a_push_that_waited_for_its_handler_is_handled(world: World):
    [row] = await world.rows(EVENT)
    event = Event(**{name: row[name] for name in Event.__struct_fields__})
    await world.db.transact(lambda tx: world.recorder.handle([event], tx))
    assert "evt-1" in await world.outcomes()


async def test_a_file_of_a_default_branch_is_followed_to_another_one(world: World):
    lib = next(each for each in world.host.known.values() if each.full_name == "other/lib")
    world.host.known[lib.id] = msgspec.structs.replace(lib, default_branch="trunk")
    world.host.commit(lib.id, {"catalog-info.yaml": component("lib", "new-team")}, branch="trunk")
    await world.scan()
    await world.work()
    assert await world.owner("component:default/lib") == "new-team"


async def test_a_file_of_a_named_branch_is_followed_there(world: World):
    docs = next(each for each in world.host.known.values() if each.full_name == "other/docs")
    world.host.commit(docs.id, {"catalog-info.yaml": component("docs-next", "new-team")}, branch="next")
    await world.scan()
    await world.work()
    assert await world.owner("component:default/docs-next") == "new-team"


async def test_a_repository_that_was_never_seen_is_found_under_the_branch_that_was_asked_for(world: World):
    hidden = next(each for each in world.host.known.values() if each.full_name == "other/hidden")
    world.host.hidden.clear()
    world.host.commit(hidden.id, {"catalog-info.yaml": component("found")}, branch="v1")
    await world.scan()
    await world.work()
    assert "component:default/found" in await world.refs()


async def killed(url: str, operation: int) -> int:
    """Upgrade in a process that kills itself before *operation* (0: before the commit); how it ended."""
    command = [sys.executable, "-m", "tests.integration.db.dying", url, str(operation)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    return await process.wait()


@pytest.mark.parametrize("operation", [1, 2, 5, 12, 20, 0])
async def test_an_upgrade_that_is_killed_leaves_the_old_database_and_the_next_one_works(old: Old, operation: int):
    assert await killed(old.url, operation) == -signal.SIGKILL
    assert old.status().current == "0001"
    old.upgrade()
    assert old.status().pending == ()
    assert old.now() == old.rows


async def test_an_upgrade_of_what_is_upgraded_changes_nothing(old: Old):
    old.upgrade()
    old.upgrade()
    assert old.now() == old.rows
