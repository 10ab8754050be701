"""What stands where the database's file should be, and is none."""

from pathlib import Path

import pytest

from cuelight.clock import ManualClock
from cuelight.db import Migrator, open_database
from cuelight.db.sqlite.lock import FileLock
from cuelight.errors import ConfigurationError


@pytest.fixture(params=["a text", "a folder"])
def unfit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "cuelight.db"
    if request.param == "a folder":
        path.mkdir()
    else:
        path.write_text("This is no database, however long one reads in it.\n" * 100)
    return path


async def test_the_program_does_not_begin_with_it_and_says_why(unfit: Path):
    with pytest.raises(ConfigurationError, match=r"cuelight\.db cannot be used as a database: .*; mend it"):
        await open_database(f"sqlite:///{unfit}", ManualClock())


def test_its_schema_cannot_be_looked_at_and_that_is_said(unfit: Path):
    with pytest.raises(ConfigurationError, match="cannot be used as a database"):
        Migrator(f"sqlite:///{unfit}").status()


def test_a_lock_where_nothing_can_be_written_says_so(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"file cannot be written: .*; mend its permissions"):
        FileLock.on(tmp_path / "file" / "cuelight.db")
