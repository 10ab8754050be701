"""Backstage's cases T35 to T50: histories of a push, and what is left of them, whether the webhook came or was lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cuelight.clock import ManualClock
from cuelight.integrations.github.config import ProviderSection
from tests.database import database
from tests.integration.repositories.github import Configured, GitHub, Step
from tests.integration.repositories.world import World

HISTORIES: dict[str, tuple[str, list[list[str]], dict[str, str]]] = {
    "T35 one changed and two removed": ("a b c", [["change a", "remove b", "remove c"]], {"a": "a 1"}),
    "T36 added": ("", [["add a"]], {"a": "a 1"}),
    "T37 added, added": ("", [["add a"], ["add a"]], {"a": "a 2"}),
    "T38 added, removed": ("", [["add a"], ["remove a"]], {}),
    "T39 added, changed": ("", [["add a"], ["change a"]], {"a": "a 2"}),
    "T40 added, renamed": ("", [["add a"], ["rename a b"]], {"a": "b 1"}),
    "T41 removed": ("a", [["remove a"]], {}),
    "T42 removed, added": ("a", [["remove a"], ["add a"]], {"a": "a 2"}),
    "T43 removed, removed": ("a", [["remove a"], ["remove a"]], {}),
    "T44 removed, changed": ("a", [["remove a"], ["change a"]], {}),
    "T45 removed, renamed": ("a", [["remove a"], ["rename a b"]], {}),
    "T46 changed, added": ("a", [["change a"], ["add a"]], {"a": "a 2"}),
    "T46 changed, removed": ("a", [["change a"], ["remove a"]], {}),
    "T46 changed, changed": ("a", [["change a"], ["change a"]], {"a": "a 2"}),
    "T46 changed, renamed": ("a", [["change a"], ["rename a b"]], {"a": "b 1"}),
    "T47 renamed": ("a", [["rename a b"]], {"a": "b 0"}),
    "T47 renamed, added": ("a", [["rename a b"], ["add b"]], {"a": "b 2"}),
    "T48 renamed, removed": ("a", [["rename a b"], ["remove b"]], {}),
    "T49 renamed, changed": ("a", [["rename a b"], ["change b"]], {"a": "b 2"}),
    "T50 renamed, renamed": ("a", [["rename a b"], ["rename b c"]], {"a": "c 0"}),
}
"""The files before, what each commit does, and what is left: a component, its file and the commit that it is from."""


@pytest.fixture
async def github(tmp_path: Path) -> AsyncIterator[GitHub]:
    clock = ManualClock()
    provider = Configured(ProviderSection(organization="test-org", catalog_path=["*.yaml"]))
    async with database(tmp_path, clock) as db:
        yield GitHub(World(db, clock, provider))


@pytest.mark.parametrize("lost", [False, True], ids=["told", "lost"])
@pytest.mark.parametrize("name", HISTORIES)
async def test_a_push_ends_with_what_its_last_commit_holds(github: GitHub, name: str, *, lost: bool):
    before, commits, left = HISTORIES[name]
    await github.begin(*(f"{file}.yaml" for file in before.split()))
    await github.push(*([_step(text) for text in commit] for commit in commits), lost=lost)
    expected = {component: _left(text) for component, text in left.items()}
    assert (await github.catalog(), await github.world.drift()) == (expected, [])


def _step(text: str) -> Step:
    kind, *files = text.split()
    return Step(kind, *(f"{file}.yaml" for file in files))  # type: ignore[arg-type] # the kinds of the table


def _left(text: str) -> str:
    file, commit = text.split()
    return f"main/{file}.yaml team-{commit}"
