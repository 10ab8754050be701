"""Connections to PostgreSQL that end at any moment: what was to be done is done on another, or said not to be known."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from sqlalchemy import Table, bindparam, func, insert, select

from cuelight.clock import SystemClock
from cuelight.db import METADATA, Database, Statement, Transaction, text
from cuelight.db.postgresql import PostgreSQLDatabase, Server
from cuelight.db.postgresql.schema import PostgreSQLSchema
from cuelight.db.transaction import Reading
from cuelight.errors import ServiceUnavailableError
from tests import postgresql

TORN: Final = Table("test_torn", METADATA, text("id", primary_key=True))
ADD: Final = Statement(insert(TORN))
ALL: Final = Statement(select(TORN.c.id))
ONE: Final = Statement(select(TORN.c.id).where(TORN.c.id == bindparam("id")))
END: Final = Statement(select(func.pg_terminate_backend(func.pg_backend_pid())))
OTHERS: Final = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
KILLS: Final = 60
"""Connections that are ended under load: a few dozen meet every moment of their use."""


@pytest.fixture
async def url(tmp_path: Path, postgresql_databases: str) -> str:
    (tmp_path / postgresql.NOTE).write_text(postgresql_databases)
    url = await postgresql.url_for(tmp_path)
    assert url is not None
    return url


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    opened = await postgresql.opened(url, SystemClock())
    yield opened
    await opened.close()


async def ids(url: str) -> set[str]:
    async with postgresql.connected(url) as connection:
        return {row["id"] for row in await connection.fetch("SELECT id FROM test_torn")}


async def end_all(killer: asyncpg.Connection) -> None:
    for row in await killer.fetch(OTHERS):
        await killer.execute("SELECT pg_terminate_backend($1, 5000)", row["pid"])


async def end(tx: Reading, left: list[int]) -> None:
    """End the connection of *tx*, as long as any of the times is *left*."""
    if left[0]:
        left[0] -= 1
        await tx.fetch(END)


@pytest.mark.parametrize("way", [{}, {"together": True}], ids=["alone", "together"])
async def test_a_transaction_whose_connection_ends_is_done_anew(url: str, db: Database, way: dict[str, bool]):
    left = [2]

    async def work(tx: Transaction) -> None:
        await tx.execute(ADD, {"id": "a"})
        await end(tx, left)

    await db.transact(work, **way)
    assert await ids(url) == {"a"}


async def test_a_read_whose_connection_ends_is_done_anew(db: Database):
    left = [2]

    async def look(tx: Reading) -> Any:
        await end(tx, left)
        return await tx.fetch(ALL)

    assert await db.read(look) == []


@pytest.mark.parametrize("used", ["read", "get", "transact"])
async def test_connections_that_ended_while_nobody_used_them_are_not_noticed(url: str, db: Database, used: str):
    uses: dict[str, Callable[[], Awaitable[Any]]] = {
        "read": lambda: db.read(lambda tx: tx.fetch(ALL)),
        "get": lambda: db.get(ONE, {"id": "a"}),
        "transact": lambda: db.transact(lambda tx: tx.fetch(ALL)),
    }
    use = uses[used]
    async with postgresql.connected(url) as killer:
        for _ in range(5):
            await use()
            await end_all(killer)
    await use()


async def test_what_is_told_while_a_listener_s_connection_is_made_anew_is_heard(url: str, db: Database):
    async def tell(tx: Transaction) -> None:
        tx.notify("news")

    other = await postgresql.opened(url, SystemClock())
    try:
        listener = other.listen("news")
        async with postgresql.connected(url) as killer:
            for _ in range(3):
                await end_all(killer)
        async with asyncio.timeout(30):
            await listener.wait(30)  # that it listens anew wakes, too: something may have been told meanwhile
        await db.transact(tell)
        async with asyncio.timeout(30):
            await listener.wait(30)
    finally:
        await other.close()


async def test_a_look_at_the_schema_whose_connection_ends_says_that_the_database_is_away(url: str):
    async def look(connection: asyncpg.Connection) -> None:
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(ServiceUnavailableError):
        await PostgreSQLSchema(url)._connected(look)


async def test_opening_goes_on_with_another_connection_where_the_first_one_ends(url: str):
    time = Ending(SystemClock(), [2])
    db = PostgreSQLDatabase(Server(url), time)
    await db.open()
    await db.close()
    assert time.left == [0]


async def test_under_load_nothing_is_lost_and_nothing_but_the_database_s_absence_is_told(url: str, db: Database):
    load = Load(db)
    async with postgresql.connected(url) as killer:
        working = [asyncio.create_task(each) for each in load.everything()]
        for _ in range(KILLS):
            pids = [row["pid"] for row in await killer.fetch(OTHERS)]
            if pids:
                await killer.execute("SELECT pg_terminate_backend($1)", random.choice(pids))
            await load.goes_on()
        load.ended = True
        await asyncio.gather(*working)
    assert load.done <= await ids(url)
    assert await ids(url) <= load.done | load.unknown


class Ending(postgresql.ManualTime):
    """A clock's time, which ends the connections that it is asked over, as long as any are *left*."""

    def __init__(self, clock: SystemClock, left: list[int]) -> None:
        super().__init__(clock)
        self.left = left

    async def refresh(self, connection: asyncpg.Connection) -> None:
        if self.left[0]:
            self.left[0] -= 1
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


class Load:
    """Every way of using a database, again and again: `done` is what it said was written, `unknown` what it did not say."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._count = 0
        self._lane = db.lane(_add_all, max_items=100, max_bytes=10_000)
        self._step = asyncio.Event()
        self.ended = False
        self.done: set[str] = set()
        self.unknown: set[str] = set()

    def everything(self) -> list[Any]:
        """What is to run at one time."""
        return [self._writing(self._alone), self._writing(self._together), self._writing(self._group), self._reading()]

    async def goes_on(self) -> None:
        """Return once something was written since."""
        self._step.clear()
        async with asyncio.timeout(30):
            await self._step.wait()

    async def _writing(self, write: Callable[[str], Any]) -> None:
        while not self.ended:
            self._count += 1
            name = str(self._count)
            try:
                await write(name)
                self.done.add(name)
            except ServiceUnavailableError:
                self.unknown.add(name)
            self._step.set()

    async def _reading(self) -> None:
        while not self.ended:
            with suppress(ServiceUnavailableError):
                await self._db.read(lambda tx: tx.fetch(ALL))
                await self._db.get(ONE, {"id": "1"})

    async def _alone(self, name: str) -> None:
        await self._db.transact(lambda tx: _add_all(tx, [name]))

    async def _together(self, name: str) -> None:
        await self._db.transact(lambda tx: _add_all(tx, [name]), together=True)

    async def _group(self, name: str) -> None:
        await self._lane.submit(name, 1)


async def _add_all(tx: Transaction, names: Any) -> list[None]:
    await tx.execute_many(ADD, [{"id": name} for name in names])
    await tx.fetch(ALL)
    tx.notify("news")
    return [None for _ in names]
