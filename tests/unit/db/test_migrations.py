"""Migrations as a product: fresh equals upgraded, and a database that is behind or ahead is refused with the mend."""

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, text

import cuelight
from cuelight.clock import ManualClock
from cuelight.db import METADATA, Migrator, open_database
from cuelight.errors import ConfigurationError


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'cuelight.db'}"


def load_every_room() -> None:
    for room in pkgutil.iter_modules(cuelight.__path__, "cuelight."):
        if room.ispkg and (Path(cuelight.__path__[0]) / room.name.removeprefix("cuelight.") / "tables.py").exists():
            importlib.import_module(f"{room.name}.tables")


def schema(address: str) -> dict[str, bool]:
    """Every table and index, and whether it goes without a row id."""
    engine = create_engine(address)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")).all()
    engine.dispose()
    return {name: sql.rstrip().endswith("WITHOUT ROWID") for name, sql in rows if name != "alembic_version"}


def test_a_fresh_schema_equals_an_upgraded_one(tmp_path: Path):
    load_every_room()
    Migrator(url(tmp_path)).upgrade()
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    engine = create_engine(fresh)
    ours = [table for table in METADATA.sorted_tables if not table.name.startswith("test_")]
    METADATA.create_all(engine, tables=ours)
    engine.dispose()
    assert schema(url(tmp_path)) == schema(fresh)


def test_an_upgraded_schema_lacks_nothing_that_the_rooms_declare(tmp_path: Path):
    load_every_room()
    Migrator(url(tmp_path)).upgrade()
    engine = create_engine(url(tmp_path))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    engine.dispose()
    undeclared = ("test_", "texts_trigrams")  # FTS5 keeps its index in tables, of which no room knows
    assert [one for one in differences if not any(name in str(one) for name in undeclared)] == []


def test_status_tells_what_is_pending_and_changes_nothing(tmp_path: Path):
    migrator = Migrator(url(tmp_path))
    before = migrator.status()
    migrator.upgrade()
    after = migrator.status()
    assert (before.current, after.current, after.pending) == (None, after.needed, ())
    assert before.pending


async def test_an_empty_database_gets_its_schema_at_start(tmp_path: Path):
    db = await open_database(url(tmp_path), ManualClock())
    await db.close()
    assert Migrator(url(tmp_path)).status().pending == ()


async def test_a_database_that_is_behind_is_refused_with_the_command_that_mends_it(tmp_path: Path):
    engine = create_engine(url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE something (a TEXT)"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="cuelight migrate up"):
        await open_database(url(tmp_path), ManualClock())


async def test_a_database_of_a_newer_program_is_refused(tmp_path: Path):
    Migrator(url(tmp_path)).upgrade()
    engine = create_engine(url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigurationError, match="newer Cuelight"):
        await open_database(url(tmp_path), ManualClock())


def test_an_upgrade_that_dies_in_the_middle_leaves_nothing_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tables = 0
    create = Operations.create_table

    def dying(self: Operations, name: str, *parts: Any, **options: Any) -> Any:
        nonlocal tables
        tables += 1
        if tables == 6:
            raise KeyboardInterrupt
        return create(self, name, *parts, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Operations, "create_table", dying)
        with pytest.raises(KeyboardInterrupt):
            Migrator(url(tmp_path)).upgrade()
    Migrator(url(tmp_path)).upgrade()
    assert Migrator(url(tmp_path)).status().pending == ()


def test_looking_at_a_database_that_is_not_there_does_not_make_it(tmp_path: Path):
    Migrator(url(tmp_path)).status()
    assert list(tmp_path.iterdir()) == []


async def test_a_second_process_on_the_same_file_is_refused(tmp_path: Path):
    db = await open_database(url(tmp_path), ManualClock())
    with pytest.raises(ConfigurationError, match="held by another process"):
        await open_database(url(tmp_path), ManualClock())
    await db.close()


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://x", "", "sqlite:///a.db?b=1"])
async def test_an_address_that_names_no_file_is_refused_with_the_mend(address: str):
    with pytest.raises(ConfigurationError, match=r"backend\.database\.url"):
        await open_database(address, ManualClock())


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        await open_database(f"sqlite:///{tmp_path}/file/cuelight.db", ManualClock())
