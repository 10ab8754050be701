"""Backstage's predicates, each asked over the API of four entities."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from cuelight.db import Database
from tests.rows import add_entities, component

pytestmark = pytest.mark.usefixtures("dialect")

OWNED = {"type": "ownedBy", "targetRef": "group:default/a"}
LED = {"type": "ownedBy", "targetRef": "group:default/b"}
PART = {"type": "partOf", "targetRef": "system:default/s"}


def entities() -> list[dict[str, Any]]:
    """a to d: two types, a tier with a wildcard of SQL in it, a number, a null, relations."""
    return [
        component("a", tier="x_1", number=1) | {"relations": [OWNED, PART]},
        component("b", tier="xy1", number="1") | {"relations": [LED]},
        component("c", type="Library", nothing=None),
        component("d", type="library", public=True),
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "abcd"),
        ({"$all": []}, "abcd"),
        ({"$any": []}, ""),
        ({"spec.type": {"$in": []}}, ""),
        ({"spec.type": "LIBRARY"}, "cd"),
        ({"SPEC.type": {"$in": ["library", "x"]}}, "cd"),
        ({"spec.type": "service", "metadata.name": "a"}, "a"),
        ({"spec.number": 1}, "ab"),
        ({"spec.public": True}, "d"),
        ({"spec.tier": {"$exists": True}}, "ab"),
        ({"spec.tier": {"$exists": False}}, "cd"),
        ({"spec.nothing": {"$exists": True}}, "c"),
        ({"spec.tier": {"$hasPrefix": "X_"}}, "a"),
        ({"spec.type": {"$contains": "library"}}, "cd"),
        ({"$any": [{"metadata.name": "a"}, {"$any": [{"spec.type": "library"}, {"spec.tier": "xy1"}]}]}, "abcd"),
        ({"$not": {"spec.tier": "xy1"}}, "acd"),
        ({"$not": {"$any": [{"metadata.name": "a"}, {"metadata.name": "b"}]}}, "cd"),
        ({"$all": [{"spec.type": "library"}, {"$not": {"spec.public": True}}]}, "c"),
        ({"relations": {"$contains": {"type": "OwnedBy"}}}, "ab"),
        ({"relations": {"$contains": {"type": "ownedBy", "targetRef": "group:default/a"}}}, "a"),
        ({"relations": {"$contains": {"type": "ownedBy", "targetRef": {"$in": ["group:default/b", "x"]}}}}, "b"),
        ({"relations.partOf": "system:default/s"}, "a"),
    ],
    ids=str,
)
async def test_a_predicate_selects_what_meets_it(db: Database, client: AsyncClient, query: dict[str, Any], names: str):
    await add_entities(db, entities())
    order = [{"field": "metadata.name", "order": "asc"}]
    answer = await client.post("/api/catalog/entities/by-query", json={"query": query, "orderBy": order})
    assert "".join(item["metadata"]["name"] for item in answer.json()["items"]) == names
