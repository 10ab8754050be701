"""Every statement of every room is one that PostgreSQL understands, with types for all of its parameters."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import cuelight
from cuelight.db import Statement
from tests import postgresql


def statements() -> dict[str, Statement]:
    """Each statement that a module holds, by itself or in a mapping or sequence, under the name that it has there."""
    found: dict[str, Statement] = {}
    for module in pkgutil.walk_packages(cuelight.__path__, "cuelight."):
        if module.name.endswith("__main__") or ".migrations" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            found |= {f"{module.name}.{name}{place}": each for place, each in held(value)}
    return found


def held(value: Any) -> Iterator[tuple[str, Statement]]:
    if isinstance(value, Statement):
        yield "", value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from ((f"[{key}]{place}", one) for place, one in held(each))
    elif isinstance(value, tuple | list):
        for number, each in enumerate(value):
            yield from ((f"[{number}]{place}", one) for place, one in held(each))


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
async def test_postgresql_understands_every_statement(tmp_path: Path, dialect: str):
    url = await postgresql.url_for(tmp_path)
    assert url is not None
    refused: dict[str, str] = {}
    async with postgresql.connected(url) as connection:
        for name, statement in statements().items():
            try:
                await connection.prepare(statement.postgresql.sql)
            except asyncpg.PostgresError as error:
                refused[name] = str(error)
    assert refused == {}
