"""What Backstage's permission framework asks: the rules, and whether entities meet conditions made of them."""

import json
from typing import Any

import pytest
from httpx2 import AsyncClient

from cuelight.db import Database
from tests.rows import add_entities, component

pytestmark = pytest.mark.usefixtures("dialect")

WELL_KNOWN = "/api/catalog/.well-known/backstage/permissions"
SHOP = "component:default/shop"
NOBODY = "component:default/nobody"


def shop() -> dict[str, Any]:
    entity = component("shop", tier="Gold")
    entity["metadata"] |= {"annotations": {"example.com/Tier": "gold"}, "labels": {"plain": "Yes"}, "tags": ["java"]}
    return entity | {"relations": [{"type": "ownedBy", "targetRef": "group:default/a"}]}


def rule(name: str, **params: Any) -> dict[str, Any]:
    return {"rule": name, "resourceType": "catalog-entity", "params": params}


def asking(conditions: Any, ref: str = SHOP, **more: Any) -> dict[str, Any]:
    return {"id": "1", "resourceRef": ref, "resourceType": "catalog-entity", "conditions": conditions, **more}


async def decided(client: AsyncClient, *items: dict[str, Any]) -> list[str]:
    answer = await client.post(f"{WELL_KNOWN}/apply-conditions", json={"items": items})
    return [each["result"] for each in answer.json()["items"]]


async def refusal(client: AsyncClient, *items: dict[str, Any]) -> str:
    answer = await client.post(f"{WELL_KNOWN}/apply-conditions", json={"items": items})
    assert answer.status_code == 400
    return str(answer.json()["error"]["message"])


async def test_the_rules_are_backstages(client: AsyncClient):
    rules = (await client.get(f"{WELL_KNOWN}/metadata")).json()["rules"]
    assert [each["name"] for each in rules] == [
        *("HAS_ANNOTATION", "HAS_LABEL", "HAS_METADATA", "HAS_SPEC", "IS_ENTITY_KIND", "IS_ENTITY_OWNER")
    ]
    assert rules[0] == {
        "name": "HAS_ANNOTATION",
        "description": "Allow entities with the specified annotation",
        "resourceType": "catalog-entity",
        "paramsSchema": {
            "type": "object",
            "properties": {
                "annotation": {"type": "string", "description": "Name of the annotation to match on"},
                "value": {"type": "string", "description": "Value of the annotation to match on"},
            },
            "required": ["annotation"],
            "additionalProperties": False,
            "$schema": "http://json-schema.org/draft-07/schema#",
        },
    }
    assert rules[-1]["paramsSchema"]["properties"] == {
        "claims": {
            "type": "array",
            "items": {"type": "string"},
            "description": "List of claims to match at least one on within ownedBy",
        }
    }


@pytest.mark.parametrize(
    ("conditions", "result"),
    [
        (rule("HAS_ANNOTATION", annotation="example.com/tier"), "ALLOW"),
        (rule("HAS_ANNOTATION", annotation="example.com/tier", value="GOLD"), "ALLOW"),
        (rule("HAS_ANNOTATION", annotation="example.com/tier", value=""), "DENY"),
        (rule("HAS_ANNOTATION", annotation="nope"), "DENY"),
        (rule("HAS_LABEL", label="plain"), "ALLOW"),
        (rule("HAS_LABEL", label="plain", value="no"), "DENY"),
        (rule("HAS_METADATA", key="tags", value="java"), "ALLOW"),
        (rule("HAS_METADATA", key="title"), "DENY"),
        (rule("HAS_SPEC", key="tier", value="gold"), "ALLOW"),
        (rule("IS_ENTITY_KIND", kinds=["API", "Component"]), "ALLOW"),
        (rule("IS_ENTITY_KIND", kinds=[]), "DENY"),
        (rule("IS_ENTITY_OWNER", claims=["group:default/a", "user:default/x"]), "ALLOW"),
        (rule("IS_ENTITY_OWNER", claims=["user:default/x"]), "DENY"),
        ({"not": rule("IS_ENTITY_KIND", kinds=["API"])}, "ALLOW"),
        ({"allOf": [rule("IS_ENTITY_KIND", kinds=["component"]), rule("HAS_LABEL", label="nope")]}, "DENY"),
        ({"anyOf": [rule("IS_ENTITY_KIND", kinds=["component"]), rule("HAS_LABEL", label="nope")]}, "ALLOW"),
    ],
    ids=json.dumps,
)
async def test_an_entity_meets_a_condition_or_not(db: Database, client: AsyncClient, conditions: Any, result: str):
    await add_entities(db, [shop()])
    assert await decided(client, asking(conditions)) == [result]


async def test_an_entity_that_there_is_not_meets_nothing(db: Database, client: AsyncClient):
    await add_entities(db, [shop()])
    conditions = {"not": rule("IS_ENTITY_KIND", kinds=["API"])}
    assert await decided(client, asking(conditions), asking(conditions, NOBODY)) == ["ALLOW", "DENY"]


async def test_each_question_is_answered_by_its_own_conditions_in_their_order(db: Database, client: AsyncClient):
    await add_entities(db, [shop()])
    yes, no = rule("IS_ENTITY_KIND", kinds=["component"]), rule("IS_ENTITY_KIND", kinds=["api"])
    assert await decided(client, asking(no), asking(yes), asking(no), asking(yes)) == ["DENY", "ALLOW", "DENY", "ALLOW"]


async def test_another_type_of_resource_is_refused(client: AsyncClient):
    said = await refusal(client, asking(rule("HAS_LABEL", label="a"), resourceType="scaffolder-action"))
    assert said == "Unexpected resource types: scaffolder-action."


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (rule("NOPE"), "Unexpected permission rule: NOPE"),
        ({}, "Unexpected permission rule"),
        (rule("HAS_LABEL"), "Parameters to rule are invalid"),
        (rule("HAS_LABEL", label="a", value=1), "Parameters to rule are invalid"),
        (rule("IS_ENTITY_KIND", kinds="api"), "Parameters to rule are invalid"),
        ({"anyOf": []}, "anyOf lists conditions"),
        ({"not": 1}, "conditions are an object"),
    ],
)
async def test_what_is_no_condition_is_refused(client: AsyncClient, conditions: Any, said: str):
    assert said in await refusal(client, asking(conditions))


async def test_conditions_that_are_nested_too_deep_are_refused(client: AsyncClient):
    conditions = rule("HAS_LABEL", label="a")
    for _ in range(500):
        conditions = {"not": conditions}
    assert "at most" in await refusal(client, asking(conditions))
