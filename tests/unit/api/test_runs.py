"""Runs over the API: asking for one, and following it."""

import msgspec
import pytest
from httpx2 import AsyncClient

from cuelight.clock import ManualClock
from cuelight.db import Database
from cuelight.repair.runs import Progress, begin_next, end_run, get_run, request_run, tell_progress

pytestmark = pytest.mark.usefixtures("dialect")

V1 = "/api/cuelight/v1"


class Count(msgspec.Struct, frozen=True):
    asked: int


@pytest.mark.parametrize(("what", "kind"), [("sweeps", "sweep"), ("scans", "scan"), ("verifications", "verify")])
async def test_a_run_is_asked_for_and_waits(db: Database, client: AsyncClient, what: str, kind: str):
    response = await client.post(f"{V1}/{what}", json={})
    asked = response.json()
    assert (response.status_code, response.headers["location"]) == (202, f"{V1}/runs/{asked['id']}")
    assert (asked["kind"], asked["state"], asked["askedBy"], asked["repair"]) == (kind, "waiting", "api", False)
    assert await get_run(db, asked["id"]) is not None


async def test_a_verification_may_repair(client: AsyncClient):
    asked = (await client.post(f"{V1}/verifications", json={"repair": True})).json()
    assert asked["repair"] is True


async def test_no_body_is_no_options(client: AsyncClient):
    assert (await client.post(f"{V1}/sweeps")).status_code == 202


async def test_an_unknown_option_is_refused(client: AsyncClient):
    assert (await client.post(f"{V1}/sweeps", json={"repair": True})).status_code == 400


async def test_a_run_can_be_followed_to_its_end(db: Database, client: AsyncClient):
    asked = (await client.post(f"{V1}/sweeps", json={})).json()
    await begin_next(db, "sweep")
    await tell_progress(db, asked["id"], Progress(step="asking for heads", seen=1))
    running = (await client.get(f"{V1}/runs/{asked['id']}")).json()
    assert (running["state"], running["progress"]) == (
        "running",
        {"step": "asking for heads", "seen": 1, "of": None},
    )
    await end_run(db, asked["id"], result=Count(7))
    ended = (await client.get(f"{V1}/runs/{asked['id']}")).json()
    assert (ended["state"], ended["result"], ended["attempts"]) == ("done", {"asked": 7}, 1)


async def test_runs_are_listed_newest_first_without_their_results(
    db: Database, client: AsyncClient, clock: ManualClock
):
    for _ in range(3):
        run = await request_run(db, "sweep", "schedule")
        await begin_next(db, "sweep")
        await end_run(db, run.id, result=Count(1))
        clock.advance(1)
    first = (await client.get(f"{V1}/runs?limit=2&kind=sweep")).json()
    second = (await client.get(f"{V1}/runs?limit=2&kind=sweep&after={first['nextCursor']}")).json()
    items = [*first["items"], *second["items"]]
    assert [item["requestedAt"][17:19] for item in items] == ["02", "01", "00"]
    assert {item["result"] for item in items} == {None}
    assert second["nextCursor"] is None


async def test_a_run_that_is_not_there_is_not_found(client: AsyncClient):
    assert (await client.get(f"{V1}/runs/nope")).status_code == 404
