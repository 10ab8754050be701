"""A client cannot tell Cuelight from the Backstage that was recorded, but for what `docs/deviations.toml` lists."""

import asyncio
from pathlib import Path

import pytest

from tests.conformance.golden.databases import postgresql, sqlite
from tests.conformance.golden.deviations import MOST, deviations, judge
from tests.conformance.golden.recording import Difference, Recording, cases
from tests.conformance.golden.stage import Opened, Stage, staged


@pytest.mark.slow
@pytest.mark.parametrize("opened", [sqlite, postgresql])
async def test_every_answer_is_the_recorded_one_or_a_listed_deviation(opened: Opened, tmp_path: Path):
    async with staged(tmp_path, opened) as stage:
        judgement = judge(await replayed(stage), deviations())
    assert not judgement.unlisted, str(judgement)
    assert not judgement.idle, str(judgement)


def test_few_cases_deviate():
    assert len({one.case for one in deviations()}) <= MOST


def test_every_deviation_is_of_a_recorded_case():
    assert {one.case for one in deviations()} <= {case["name"] for case in cases()}


def test_every_deviation_says_why():
    assert all(len(one.reason.split()) > 5 for one in deviations())


async def replayed(stage: Stage) -> list[Difference]:
    """Play all cases in their order; where the answers differ."""
    recording, found = Recording(), list[Difference]()
    for case in cases():
        if "push" in case:
            await stage.push(case["push"])
        elif "method" in case:
            answer = await asyncio.to_thread(recording.send, case, f"{stage.address}/api/catalog")
            found += recording.differences(case, answer)
        if case.get("settle") or "sleep_seconds" in case:
            await stage.settled()
    return found
