"""Every statement that any room declares can be compiled: a typing slip in SQL is found here, not at its first use."""

import importlib
import pkgutil

import pytest

import cuelight
from cuelight.db import Statement


def _statements() -> list[tuple[str, Statement]]:
    found: list[tuple[str, Statement]] = []
    for module in pkgutil.walk_packages(cuelight.__path__, "cuelight."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        contents = vars(importlib.import_module(module.name))
        found += [(f"{module.name}.{name}", one) for name, one in contents.items() if isinstance(one, Statement)]
    return found


@pytest.mark.parametrize(("name", "statement"), [pytest.param(*each, id=each[0]) for each in _statements()])
def test_a_statement_compiles(name: str, statement: Statement):
    assert statement.sqlite.sql, name
