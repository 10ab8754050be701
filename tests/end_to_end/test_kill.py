"""SIGKILL at any moment loses nothing: what was answered 202 is kept, handled by everyone, and the catalog becomes right."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cuelight.app import Application, application
from cuelight.integrations import modules
from cuelight.repair import Drift, compare, picture_of_catalog, picture_of_hosts
from cuelight.settings import load
from tests.end_to_end.editing import History
from tests.end_to_end.load import Ledger, Load
from tests.end_to_end.polling import until
from tests.end_to_end.processes import begin, lasting_port, seed, start
from tests.end_to_end.signing import delivery, signed
from tests.end_to_end.world import DATABASE, LOG, SERVER, UNBRAKED, CodeHost, code_host, configure, cuelight, rows

KILLS = {"sqlite": 20, "postgresql": 8}
"""How often, on each database: a server's transactions are PostgreSQL's own to keep."""
SENDERS = 4
REPOSITORIES = ("shop", "billing", "search", "mail")
UPTIME = 1.0
"""Seconds after a start within which it is killed."""
STARTUP = 1.5
"""Seconds within which a start that is cut short is killed."""
CUT_SHORT = 0.15
"""How many of the starts are."""
PAUSE = 0.1
"""Seconds between two pushes, at most: the host and its client share two cores with whom they test."""

NOBODY = "http://127.0.0.1:9"
"""A code host that is away."""

UNHANDLED = """
    WITH wanted (subscription, event_id) AS (
        SELECT 'test.recorder', id FROM events
        UNION ALL SELECT 'repositories.github', id FROM events WHERE topic = 'github.push'
    )
    SELECT subscription, event_id FROM wanted EXCEPT SELECT subscription, event_id FROM event_ledger
"""
HANDLED_TWICE = "SELECT event_id FROM test_recorded GROUP BY event_id HAVING count(*) > 1"
WITHOUT_EVENT = "SELECT id FROM deliveries WHERE id NOT IN (SELECT cause FROM events)"


async def test_whenever_it_is_killed_no_answered_delivery_is_lost_and_the_catalog_becomes_right(tmp_path, dialect):
    chance = random.Random(seed())
    port = lasting_port()
    async with code_host(tmp_path / "host") as host:
        config = configure(tmp_path, host.program.address, port=port, catalog=UNBRAKED)
        await host.subscribe(f"http://127.0.0.1:{port}")
        history = History(host, REPOSITORIES, chance)
        await history.begin()
        ordeal = Ordeal(config, Load(f"http://127.0.0.1:{port}", history.repositories, chance), history, chance)
        kills = KILLS[dialect]
        await ordeal.endure(kills)
        await ordeal.recover()
        answered = await ordeal.answered(host)
        fresh = await started_from_nothing(tmp_path / "fresh", host)
        assert ordeal.killed_under_load >= kills // 2
        assert len(answered.accepted) > 10 * kills
        assert lost(tmp_path / DATABASE, answered) == []
        for sql in (UNHANDLED, HANDLED_TWICE, WITHOUT_EVENT, "SELECT * FROM dead_letters", "SELECT * FROM conflicts"):
            assert [tuple(row) for row in rows(tmp_path / DATABASE, sql)] == [], sql
        assert await drift(config, fresh) == []


async def test_killed_while_its_schema_is_made_it_starts_again(tmp_path: Path):
    config = configure(tmp_path, NOBODY)
    database = tmp_path / DATABASE
    process = await begin(SERVER, ["--config", str(config)], tmp_path / LOG)

    async def written() -> bool:
        return database.exists() and database.stat().st_size > 0

    try:
        await until(written)
    finally:
        process.kill()
        await process.wait()
    async with cuelight(tmp_path, config) as program:
        assert (await program.client.get("/readyz")).status_code == 200


async def test_told_to_stop_it_finishes_what_it_is_at_and_leaves_nothing_open(tmp_path):
    async with cuelight(tmp_path, configure(tmp_path, NOBODY)) as program:
        answer = await program.post(signed(delivery(b"{}", event="ping")))
        assert (answer.status_code, await program.program.stop()) == (202, 0)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"app-config.yaml", LOG, DATABASE, f"{DATABASE}.lock"}


class Ordeal:
    """What a Cuelight goes through."""

    def __init__(self, config: Path, senders: Load, history: History, chance: random.Random) -> None:
        self._config = config
        self._load = senders
        self._history = history
        self._chance = chance
        self.killed_under_load = 0
        """Kills at which a request was waiting for its answer."""

    @property
    def _folder(self) -> Path:
        return self._config.parent

    async def endure(self, kills: int) -> None:
        """Start it and kill it, again and again, under load."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(SENDERS):
                tasks.create_task(self._load.run())
            tasks.create_task(self._edit())
            for _ in range(kills):
                await self._kill_once()
            self._load.end()

    async def recover(self) -> None:
        """Start it once more, say what was not heard, and wait until one later scan has made it right."""
        async with cuelight(self._folder, self._config) as program:
            await self._history.end()
            await self._load.settle()
            await program.scan()
            await program.settled()
            assert await program.program.stop() == 0

    async def answered(self, host: CodeHost) -> Ledger:
        """Every delivery that was answered 202: ours, and the host's own."""
        ledger = self._load.ledger
        for one in await host.deliveries():
            if one["statusCode"] == 202:
                ledger.accepted.setdefault(one["guid"], None)
        return ledger

    async def _edit(self) -> None:
        while not self._load.over:
            await self._history.edit()
            await asyncio.sleep(self._chance.uniform(0, PAUSE))

    async def _kill_once(self) -> None:
        arguments, log = ["--config", str(self._config)], self._folder / LOG
        if log.exists() and self._chance.random() < CUT_SHORT:
            process = await begin(SERVER, arguments, log)
            try:
                await asyncio.sleep(self._chance.uniform(0, STARTUP))  # any moment will do: that is what is tested
            finally:
                process.kill()
                await process.wait()
        program = await start(SERVER, arguments, log)
        try:
            self._load.up.set()
            await asyncio.sleep(self._chance.uniform(0, UPTIME))
            self.killed_under_load += bool(self._load.in_flight)
        finally:
            await program.kill()
            self._load.up.clear()


async def started_from_nothing(folder: Path, host: CodeHost) -> Path:
    """The configuration of a Cuelight that began with an empty database and has seen all that *host* has."""
    config = configure(folder, host.program.address, catalog=UNBRAKED)
    async with cuelight(folder, config) as program:
        await program.scanned()
        await program.settled()
        assert await program.program.stop() == 0
    return config


def lost(database: Path, answered: Ledger) -> list[str]:
    """The deliveries that were answered and are not in the journal exactly once, under the id that was told."""
    held: dict[str, list[str]] = defaultdict(list)
    for row in rows(database, "SELECT guid, id FROM deliveries WHERE state = 'published'"):
        held[row["guid"]].append(row["id"])
    return [guid for guid, told in answered.accepted.items() if len(held[guid]) != 1 or told not in {None, *held[guid]}]


async def drift(config: Path, fresh: Path) -> list[Drift]:
    """Where the catalog of *config* differs from what the hosts hold, and from that of *fresh*."""
    async with opened(config) as app, opened(fresh) as other:
        actual, expected = await picture_of_catalog(app.db), await picture_of_catalog(other.db)
        return [*compare(await picture_of_hosts(app.registry), actual), *compare(expected, actual)]


@asynccontextmanager
async def opened(config: Path) -> AsyncIterator[Application]:
    """What *config* describes, opened here, to be looked at; nothing of it runs."""
    async with application(load(modules(), files=[config])) as app:
        yield app
