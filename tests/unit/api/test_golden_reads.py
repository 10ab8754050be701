"""What a real Backstage answered to reads, we answer too.

The catalog that is read is put together from the recorded answers themselves: each entity that one of them holds
whole, and for the others a stand-in that has only its name. So these cases test reading alone; the recorded sequence
as a whole, pushes and all, is another test's.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import AsyncClient, Request, Response

from cuelight.db import Database
from cuelight.model import ref_of
from tests.corpus import corpus
from tests.rows import add_entities

OURS = re.compile(r"/entities(\?|$)|/entities/by-|/entity-facets|/nope$")
"""The operations that read entities, and the path that nothing is at."""
VARIABLE = re.compile(r"\$\{(\w+)\}")
"""What an earlier answer gave."""

LEFT_OUT = {
    "list-order-desc-two": "sorts by a field that the stand-ins lack",
    "list-filter-relation": "selects by relations that the stand-ins lack",
    "list-filter-relation-exists": "selects by relations that the stand-ins lack",
    **dict.fromkeys(
        ("query-fulltext-two-fields", "querypost-predicates", "querypost-not-exists", "facets-two", "facets-case"),
        "selects by fields that the stand-ins lack",
    ),
    **dict.fromkeys(("ancestry-deep", "ancestry-location"), "reads who names whom, which no answer shows"),
    "query-cursor-bad": "our cursors are no JSON, so that we have no parser's words for one that is none",
    "query-cursor-bad-json": "our cursors are no JSON, so that we have no parser's words for one that is none",
}
"""Recorded cases on these paths that this catalog cannot answer, each with the reason."""


def recorded() -> list[dict[str, Any]]:
    """The requests that were sent before the recorded catalog was changed, and those that no catalog can change."""
    cases: list[dict[str, Any]] = json.loads(corpus("golden", "cases.json").read_text())
    first_change = next(number for number, case in enumerate(cases) if case.get("path") == "/locations")
    return cases[:first_change] + [case for case in cases if case["name"].startswith("err-")]


def applicable() -> list[dict[str, Any]]:
    return [case for case in recorded() if OURS.search(case["path"]) and case["name"] not in LEFT_OUT]


def entities_within(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, list):
        for item in answer:
            yield from entities_within(item)
    elif isinstance(answer, dict):
        if {"apiVersion", "kind", "relations"} <= answer.keys():
            yield answer
        else:
            yield from entities_within(list(answer.values()))


def catalog() -> list[dict[str, Any]]:
    """Every entity of the recorded catalog, whole or as a stand-in."""
    answers = {case["name"]: case["expect"]["body"] for case in recorded()}
    whole = {ref_of(entity): entity for entity in entities_within(list(answers.values()))}
    for named in answers["list-all-refs"]:
        stand_in = {**named, "metadata": {**named["metadata"], "uid": f"stand-in-{ref_of(named)}"}}
        whole.setdefault(ref_of(named), stand_in)
    return list(whole.values())


def comparable(case: dict[str, Any], body: Any) -> Any:
    """*body* without what no run determines: cursors, an order that nobody asked for, and how ties of an order break."""
    if isinstance(body, dict) and "pageInfo" in body:
        body = {**body, "pageInfo": sorted(body["pageInfo"])}
    if case.get("ties"):
        return [_value(item, case["ties"].split(".")) for item in (body["items"] if isinstance(body, dict) else body)]
    if case.get("unordered") and isinstance(body, list):
        return sorted(body, key=lambda item: json.dumps(item, sort_keys=True))
    return body


async def request_of(case: dict[str, Any], client: AsyncClient) -> Request:
    """The request of *case*, with what it takes from the answers of earlier ones, which are asked for before."""
    path = case["path"]
    for name in VARIABLE.findall(path):
        giving = next(each for each in applicable() if name in each.get("save", {}))
        answer = (await client.send(await request_of(giving, client))).json()
        path = path.replace(f"${{{name}}}", quote(_value(answer, giving["save"][name].split("."))))
    body = case.get("body")
    content = body if body is None or case.get("raw_body") else json.dumps(body)
    headers = {} if body is None else {"Content-Type": "application/json"}
    return client.build_request(case["method"], f"/api/catalog{path}", content=content, headers=headers)


def _value(item: Any, path: list[str]) -> Any:
    return item if not path else _value(item[path[0]], path[1:])


def answered(case: dict[str, Any], response: Response) -> dict[str, Any]:
    names = ("content-type", "link", "cache-control", "location", "allow", "retry-after", "www-authenticate")
    return {
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in names if name in response.headers},
        "body": comparable(case, response.json() if response.content else None),
    }


@pytest.mark.parametrize("case", applicable(), ids=lambda case: case["name"])
async def test_a_read_is_answered_as_backstage_answered_it(case: dict[str, Any], db: Database, client: AsyncClient):
    await add_entities(db, catalog())
    response = await client.send(await request_of(case, client))
    expected = case["expect"]
    assert answered(case, response) == {**expected, "body": comparable(case, expected["body"])}


def test_every_case_that_is_left_out_is_a_recorded_one():
    assert set(LEFT_OUT) <= {case["name"] for case in recorded()}
