"""Pages that a location names and no integration serves: read by interval, and never concluded from when they are not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from cuelight.catalog import CatalogEngine, Cause, StaticLocation, configure
from cuelight.catalog.reader import Absent, Found, Unreadable
from cuelight.catalog.tables import CHANGES, FINAL_ENTITIES, PROBLEMS
from cuelight.clock import ManualClock
from cuelight.db import Database, Row, Statement
from cuelight.fetch import Outside
from cuelight.processors import Ingredients, find_processors
from cuelight.repositories import PageReader, PageShelf, Registry, RepositoryReader
from cuelight.repositories.elsewhere import copy_pages, wake_readable
from cuelight.repositories.elsewhere.reading import LIMIT
from cuelight.repositories.elsewhere.tables import PAGES
from cuelight.repositories.refreshing import ask_for_refresh
from tests.database import database
from tests.integration.fetch.hostile import Server, hostile, moved, page, way

pytestmark = pytest.mark.usefixtures("dialect")

ROWS = Statement(select(PAGES))
ENTITIES = Statement(select(FINAL_ENTITIES))
TROUBLE = Statement(select(PROBLEMS))
LOG = Statement(select(CHANGES).order_by(CHANGES.c.sequence))
CAUSE = Cause(id="configuration", at=1)


def component(name: str, owner: str = "team") -> bytes:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n"
        f"spec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n"
    ).encode()


class Elsewhere:
    """A server, a catalog, and what reads the one for the other."""

    def __init__(self, db: Database, clock: ManualClock, server: Server, outside: Outside) -> None:
        self.db = db
        self.clock = clock
        self.server = server
        self.registry = Registry([])
        self.pages = PageReader(db, outside, clock, 100)
        reader = RepositoryReader(self.registry, PageShelf(outside.allowed))
        self.engine = CatalogEngine(db, clock, reader, find_processors(Ingredients(urls=self.registry.urls_of)))

    async def name(self, *urls: str) -> None:
        """Have static locations name *urls* and nothing else."""
        locations = [StaticLocation(type="url", target=url) for url in urls]
        await self.db.transact(lambda tx: configure(tx, locations, CAUSE))
        await self.work()

    async def work(self) -> None:
        """Let the catalog rest, read what is due, and again, until nothing is."""
        await self._settle()
        while claims := await self.pages.claim(10):
            for claim in claims:
                await self.pages.handle(claim)
            await self._settle()

    async def later(self, seconds: float) -> None:
        """Work once so much time has passed."""
        self.clock.advance(seconds)
        await self.work()

    async def entities(self) -> dict[str, dict[str, Any]]:
        """What the catalog serves, without the Locations."""
        rows = await self.rows(ENTITIES)
        found = {row["entity_ref"]: msgspec.json.decode(row["entity"]) for row in rows}
        return {ref: entity for ref, entity in found.items() if not ref.startswith("location:")}

    async def rows(self, statement: Statement) -> list[Row]:
        return list(await self.db.read(lambda tx: tx.fetch(statement)))

    async def _settle(self) -> None:
        running = asyncio.create_task(self.engine.run())
        try:
            async with asyncio.timeout(20):
                await self.engine.settled()
        finally:
            running.cancel()
            await asyncio.wait([running])


@asynccontextmanager
async def elsewhere(folder: Path, clock: ManualClock) -> AsyncIterator[Elsewhere]:
    async with (
        hostile() as server,
        database(folder, clock) as db,
        way([{"host": f"127.0.0.1:{server.port}"}]) as outside,
    ):
        yield Elsewhere(db, clock, server, outside)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Elsewhere]:
    async with elsewhere(tmp_path, ManualClock()) as opened:
        opened.server.answers["/a.yaml"] = page(component("shop"), ETag='"1"')
        yield opened


async def test_a_page_that_a_location_names_becomes_entities(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    assert list(await world.entities()) == ["component:default/shop"]


async def test_a_page_is_read_again_after_the_interval_and_not_before(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    await world.later(99)
    assert len(world.server.asked) == 1
    await world.later(52)
    assert len(world.server.asked) == 2


async def test_a_page_is_asked_only_whether_it_changed(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = page(b"", "304 Not Modified")
    await world.later(151)
    assert b'if-none-match: "1"' in world.server.asked[1].lower()
    assert list(await world.entities()) == ["component:default/shop"]


async def test_a_page_that_changed_changes_its_entities_and_says_why(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = page(component("shop", "others"), ETag='"2"')
    await world.later(151)
    assert (await world.entities())["component:default/shop"]["spec"]["owner"] == "others"
    assert (await world.rows(LOG))[-1]["cause"].startswith("page:")


async def test_a_page_that_is_gone_takes_its_entities_with_it(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = page(b"", "404 Not Found")
    await world.later(151)
    assert await world.entities() == {}


@pytest.mark.parametrize(
    "answer", [page(b"", "500 Oops"), page(b"", "403 Forbidden"), page(b"", "204 None"), b"", page(b"x" * (LIMIT + 1))]
)
async def test_what_says_nothing_takes_nothing(world: Elsewhere, answer: bytes):
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = answer
    await world.later(151)
    (row,) = await world.rows(ROWS)
    assert list(await world.entities()) == ["component:default/shop"]
    assert (row["state"], row["attempts"], row["reason"] is not None) == ("present", 1, True)


async def test_a_page_that_says_nothing_is_asked_again_sooner_and_then_later(world: Elsewhere):
    world.server.answers["/a.yaml"] = page(b"", "500 Oops")
    await world.name(world.server.url("/a.yaml"))
    pauses = []
    for _ in range(4):
        (row,) = await world.rows(ROWS)
        pauses.append((row["due_at"] - world.clock.now()) / 1_000_000)
        await world.later(pauses[-1] + 0.001)
    assert [15 * 2**number <= pause <= 22.5 * 2**number for number, pause in enumerate(pauses)] == [True] * 4


async def test_a_page_that_could_never_be_read_is_a_problem_with_the_reason(world: Elsewhere):
    world.server.answers["/a.yaml"] = page(b"", "500 Oops")
    await world.name(world.server.url("/a.yaml"))
    assert any("was answered 500" in row["message"] for row in await world.rows(TROUBLE))


async def test_what_could_not_be_read_at_first_is_there_once_it_can_be(world: Elsewhere):
    world.server.answers["/a.yaml"] = page(b"", "500 Oops")
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = page(component("shop"))
    await world.later(23)
    assert list(await world.entities()) == ["component:default/shop"]


async def test_a_host_that_is_not_allowed_is_not_asked_and_the_mend_is_told(world: Elsewhere):
    await world.name(world.server.url("/a.yaml", "localhost"))
    (problem,) = await world.rows(TROUBLE)
    assert "hosts at 'backend.reading.allow'" in problem["message"]
    assert world.server.asked == []


async def test_what_is_allowed_from_now_on_is_read_from_now_on(world: Elsewhere):
    url = world.server.url("/a.yaml", "localhost")
    await world.name(url)
    async with way([{"host": f"localhost:{world.server.port}"}]) as outside:
        later = Elsewhere(world.db, world.clock, world.server, outside)
        woken = await wake_readable(world.db, outside.allowed.covers, CAUSE)
        await later.work()
    assert (woken, list(await world.entities())) == (1, ["component:default/shop"])


async def test_what_is_allowed_no_longer_is_not_asked_and_what_was_read_stays(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    async with way([]) as outside:
        later = Elsewhere(world.db, world.clock, world.server, outside)
        await later.later(151)
        await ask_for_refresh(world.db, world.registry, "component:default/shop")
        await later.work()
    (row,) = await world.rows(ROWS)
    assert list(await world.entities()) == ["component:default/shop"]
    assert (len(world.server.asked), row["state"]) == (1, "present")
    assert "hosts at 'backend.reading.allow'" in row["reason"]


async def test_a_page_that_leads_elsewhere_by_now_takes_nothing(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = moved("http://169.254.169.254/latest/meta-data/")
    await world.later(151)
    (row,) = await world.rows(ROWS)
    assert list(await world.entities()) == ["component:default/shop"]
    assert "169.254.169.254" in row["reason"]


async def test_a_reason_goes_once_the_page_can_be_read_again(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = page(b"", "500 Oops")
    await world.later(151)
    world.server.answers["/a.yaml"] = page(component("shop", "others"))
    await world.later(23)
    (row,) = await world.rows(ROWS)
    assert (row["reason"], row["attempts"]) == (None, 0)
    assert (await world.entities())["component:default/shop"]["spec"]["owner"] == "others"


async def test_what_is_allowed_already_is_not_woken(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"), world.server.url("/b.yaml", "localhost"))
    assert await wake_readable(world.db, lambda url: "localhost" not in url, CAUSE) == 0


async def test_a_page_that_nobody_names_any_more_is_forgotten(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    await world.name()
    await world.later(700)
    assert await world.rows(ROWS) == []
    assert len(world.server.asked) == 1


async def test_a_page_that_is_still_named_is_not_forgotten(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    await world.later(700)
    assert len(await world.rows(ROWS)) == 1


async def test_a_refresh_reads_the_page_at_once_and_is_the_cause(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.server.answers["/a.yaml"] = page(component("shop", "others"))
    asked = await ask_for_refresh(world.db, world.registry, "component:default/shop")
    await world.work()
    assert asked is not None
    assert (await world.entities())["component:default/shop"]["spec"]["owner"] == "others"
    assert (await world.rows(LOG))[-1]["cause"] == asked.id


async def test_a_location_of_pages_leads_to_pages_beside_it(world: Elsewhere):
    world.server.answers["/all.yaml"] = page(
        b"apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {targets: [./a.yaml]}\n"
    )
    await world.name(world.server.url("/all.yaml"))
    assert list(await world.entities()) == ["component:default/shop"]


async def test_a_page_in_the_hands_of_one_is_nobody_elses(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.clock.advance(151)
    assert [len(await world.pages.claim(10)) for _ in range(2)] == [1, 0]


async def test_what_a_process_that_died_held_is_taken_up_at_the_next_start(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.clock.advance(151)
    await world.pages.claim(10)
    await world.pages.recover()
    assert len(await world.pages.claim(10)) == 1


async def test_what_is_written_too_late_is_not_written(world: Elsewhere):
    await world.name(world.server.url("/a.yaml"))
    world.clock.advance(151)
    (late,) = await world.pages.claim(10)
    world.clock.advance(200)
    await world.pages.claim(10)
    world.server.answers["/a.yaml"] = page(component("shop", "others"))
    await world.pages.handle(late)
    assert (await world.rows(ROWS))[0]["etag"] == '"1"'


async def test_a_live_look_stores_nothing(world: Elsewhere):
    world.server.answers["/gone"] = page(b"", "404 Not Found")
    answers = [await world.pages.read(world.server.url(path)) for path in ("/a.yaml", "/gone")]
    assert [type(answer) for answer in answers] == [Found, Absent]
    assert isinstance(await world.pages.read("https://elsewhere.example/"), Unreadable)
    assert await world.rows(ROWS) == []


async def test_an_interval_of_never_reads_only_on_demand(tmp_path: Path):
    async with elsewhere(tmp_path, ManualClock()) as world:
        world.server.answers["/a.yaml"] = page(component("shop"))
        world.pages = PageReader(world.db, world.pages._outside, world.clock, None)
        await world.name(world.server.url("/a.yaml"))
        assert (await world.rows(ROWS))[0]["due_at"] is None


async def test_pages_can_be_given_to_a_database_that_is_compared(world: Elsewhere, tmp_path: Path):
    await world.name(world.server.url("/a.yaml"))
    (tmp_path / "other").mkdir()
    async with database(tmp_path / "other", world.clock) as other:
        await copy_pages(world.db, other)
        (copied,) = await other.read(lambda tx: tx.fetch(ROWS))
    assert (copied["state"], copied["due_at"]) == ("present", None)
