"""What every test may ask for."""

import asyncio
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import postgresql


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Every driver that we use is asyncio's, so that is what the tests run on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[str]:
    """How the names of databases on the tests' server begin that may be made here; they are dropped at the end."""
    postgresql.server()
    begins = postgresql.prefix()
    yield begins
    asyncio.run(postgresql.drop(begins))


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Run the test on each of the databases: `tests.database.database` opens it for `tmp_path` and what is in it."""
    name: str = request.param
    if name == "postgresql":
        (tmp_path / postgresql.NOTE).write_text(request.getfixturevalue("postgresql_databases"))
    return name


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Name what all tests that skip for the lack of a server have in common once, not each of them."""
    report = yield
    if report.skipped and postgresql.SERVER in str(report.longrepr):
        report.longrepr = (__file__, 0, report.longrepr[2])
    return report
