"""The final entity and its search rows (cases 26 and 51 to 60)."""

from collections.abc import Collection
from typing import Any

import pytest
from sqlalchemy import select, update

from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import dump
from cuelight.catalog.stitching import pantry
from cuelight.catalog.stitching.final import Ingredients, build
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import CHANGES, FINAL_ENTITIES, SEARCH, STITCH_QUEUE
from cuelight.clock import SECOND
from cuelight.db import Reading, Statement, Transaction
from cuelight.errors import ServiceUnavailableError
from cuelight.model import stable_hash
from tests.unit.catalog.world import World, entity, given

PAY = "component:default/pay"
QUEUED = Statement(select(STITCH_QUEUE))
DOUBT = Statement(update(FINAL_ENTITIES).values(hash="doubted"))


def built(given: dict[str, Any], **ingredients: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"orphan": False, "relations": [], "errors": []} | ingredients
    return build(Ingredients(entity_id="uid", processed=dump(given), **made)).entity


def test_the_etag_is_the_hash_of_all_but_itself_and_the_uid():
    plain = entity("pay") | {"relations": []}
    metadata = built(entity("pay"))["metadata"]
    assert (metadata["uid"], metadata["etag"]) == ("uid", stable_hash(plain))


def test_an_etag_of_the_source_stays():
    with_etag = entity("pay")
    with_etag["metadata"]["etag"] = "own"
    assert built(with_etag)["metadata"]["etag"] == "own"


def test_relations_are_there_even_where_there_are_none():
    assert built(entity("pay"))["relations"] == []


def test_an_orphan_is_annotated():
    assert built(entity("pay"), orphan=True)["metadata"]["annotations"]["backstage.io/orphan"] == "true"


def test_a_link_that_would_run_a_script_is_rejected():
    bad = entity("pay")
    bad["metadata"]["annotations"]["backstage.io/view-url"] = "java\nscript:alert(1)"
    shown = built(bad)["metadata"]["annotations"]["backstage.io/view-url"]
    assert shown == "https://backstage.io/annotation-rejected-for-security-reasons"


def test_an_error_is_a_status_item_in_backstages_shape():
    assert built(entity("pay"), errors=[("InputError", "no")])["status"] == {
        "items": [
            {
                "type": "backstage.io/catalog-processing",
                "level": "error",
                "message": "InputError: no",
                "error": {"name": "InputError", "message": "no"},
            }
        ]
    }


def test_an_error_with_a_cause_shows_the_cause_too():
    shown = built(entity("pay"), errors=[("InputError", "no; caused by Error: why")])["status"]["items"][0]["error"]
    assert shown["cause"] == {"name": "Error", "message": "why"}


async def test_relations_are_distinct_and_in_order_of_type_and_target(catalog: World):
    await catalog.give(given("a", dependsOn=["component:c", "component:b", "component:b"]))
    relations = (await catalog.finals())["component:default/a"]["relations"]
    assert [(each["type"], each["targetRef"]) for each in relations] == [
        ("dependsOn", "component:default/b"),
        ("dependsOn", "component:default/c"),
        ("ownedBy", "group:default/team"),
    ]


async def test_stitching_what_did_not_change_writes_nothing(catalog: World):
    await catalog.give(given("pay"))
    before = await catalog.rows(FINAL_ENTITIES)
    catalog.clock.advance(1)
    await catalog.db.transact(lambda tx: enqueue(tx, [PAY], Cause(id="again", at=0)))
    await catalog.engine.settled()
    assert await catalog.rows(FINAL_ENTITIES) == before
    assert await catalog.rows(CHANGES, cause="again") == []


async def test_an_entity_that_is_written_anew_as_it_was_is_no_change(catalog: World):
    await catalog.give(given("pay"))

    async def doubt(tx: Transaction) -> None:
        await tx.execute(DOUBT)
        await enqueue(tx, [PAY], Cause(id="again", at=0))

    await catalog.db.transact(doubt)
    await catalog.engine.settled()
    (row,) = await catalog.rows(FINAL_ENTITIES)
    assert row["hash"] != "doubted"
    assert await catalog.rows(CHANGES, cause="again") == []


async def test_a_ref_that_nobody_knows_leaves_the_queue_and_nothing_else(catalog: World):
    await catalog.db.transact(lambda tx: enqueue(tx, ["component:default/nobody"], Cause(id="x", at=0)))
    await catalog.engine.settled()
    assert await catalog.rows(STITCH_QUEUE) == []
    assert await catalog.finals() == {}


async def test_two_requests_for_one_ref_are_one_row_with_the_newer_cause(catalog: World):
    async def twice(tx: Any) -> None:
        await enqueue(tx, [PAY], Cause(id="first", at=0))
        await enqueue(tx, [PAY], Cause(id="second", at=0))
        assert [row["cause"] for row in await tx.fetch(QUEUED)] == ["second"]

    await catalog.db.transact(twice)


async def test_what_a_changed_entity_no_longer_says_is_not_found_any_more(catalog: World):
    await catalog.give(given("pay", system="old"))
    await catalog.give(given("pay"))
    assert [row for row in await catalog.rows(SEARCH) if row["key"] == "spec.system"] == []


async def test_a_dangling_relation_is_shown(catalog: World):
    await catalog.give(given("pay"))
    assert {"type": "ownedBy", "targetRef": "group:default/team"} in (await catalog.finals())[PAY]["relations"]


async def test_the_change_log_counts_without_gaps(catalog: World):
    await catalog.give(*(given(f"e{number}") for number in range(60)))
    sequences = [row["sequence"] for row in await catalog.rows(CHANGES)]
    assert sorted(sequences) == list(range(1, 61))


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(ServiceUnavailableError("too busy", retry_after=5), 5), (ServiceUnavailableError("away"), 1), (ValueError(), 60)],
)
async def test_a_ref_that_only_the_database_kept_from_being_stitched_waits_no_longer_than_that_asks_for(
    catalog: World, monkeypatch: pytest.MonkeyPatch, error: Exception, seconds: int
):
    async def broken(_tx: Reading, _refs: Collection[str]) -> pantry.Shelf:
        raise error

    monkeypatch.setattr(pantry, "fetch", broken)
    await catalog.give(given("pay"))
    [row] = await catalog.rows(STITCH_QUEUE, entity_ref=PAY)
    assert row["due_at"] - catalog.clock.now() == seconds * SECOND
