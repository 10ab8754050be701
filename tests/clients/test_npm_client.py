"""npm's `@backstage/catalog-client`, the one that Backstage's own front end uses: each of its methods is answered as it expects."""

import asyncio
import json
import re
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.clients.installation import NODE, installed
from tests.end_to_end.world import Cuelight

PATIENCE = 120.0
"""Seconds after which the checks have failed: far more than they take."""


class Exercise(msgspec.Struct, frozen=True):
    """What the checks said: methods that they called, and what did not go as expected, by check."""

    called: list[str]
    failed: dict[str, str]


@pytest.fixture(scope="module")
async def packages() -> Path:
    """The folder that the client is installed in."""
    return await asyncio.to_thread(installed)


@pytest.fixture(scope="module")
async def exercise(catalog: Cuelight, packages: Path) -> Exercise:
    """The checks, run once."""
    command = ("node", str(NODE / "exercise.cjs"), catalog.program.address)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=packages)
    try:
        said, complaint = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, complaint.decode()
    return msgspec.json.decode(said, type=Exercise)


async def test_each_method_gets_what_it_expects(exercise: Exercise):
    assert not exercise.failed, json.dumps(exercise.failed, indent=2)


async def test_no_method_is_left_out(exercise: Exercise, packages: Path):
    assert methods(packages) == set(exercise.called)


def methods(packages: Path) -> set[str]:
    """The methods that the installed client declares."""
    declared = packages / "node_modules" / "@backstage" / "catalog-client" / "dist" / "index.d.ts"
    lines = re.split(r"^declare class CatalogClient\b", declared.read_text(), maxsplit=1, flags=re.MULTILINE)[1]
    body = re.split(r"^\}", lines, maxsplit=1, flags=re.MULTILINE)[0]
    return set(re.findall(r"^    (\w+)[(<]", body, flags=re.MULTILINE)) - {"constructor"}


def test_the_lock_file_names_no_registry():
    lock: dict[str, Any] = json.loads((NODE / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
