"""Cursors that somebody made up: what we could have written, but for what is in it, is refused and breaks nothing."""

import json
from base64 import urlsafe_b64encode

import msgspec
import pytest
from httpx2 import AsyncClient

pytestmark = pytest.mark.usefixtures("dialect")


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("changes", [10**30]),
        ("changes", [-(2**63)]),
        ("problems", [1, "a", 2**63]),
        ("problems", [1, "\0", 1]),
        ("conflicts", ["\0", "a"]),
        ("deliveries", {"at": 2**63, "id": "a"}),
        ("runs", {"at": 2**63, "id": "a"}),
    ],
)
async def test_a_place_that_no_database_holds_is_refused(client: AsyncClient, path: str, place: object):
    response = await client.get(f"/api/cuelight/v1/{path}", params={"after": text(json.dumps(place).encode())})
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith("Malformed cursor")


@pytest.mark.parametrize(
    "window",
    ['{"limit":1,"offset":9223372036854775808}', '{"limit":1e30}', "[" * 20_000],
    ids=["offset", "limit", "depth"],
)
async def test_a_page_that_no_database_counts_to_is_refused(client: AsyncClient, window: str):
    response = await client.get("/api/catalog/entities", params={"after": text(window.encode())})
    assert response.status_code == 400


@pytest.mark.parametrize("levels", [101, 900, 5000])
async def test_a_question_that_is_nested_too_deep_is_refused(client: AsyncClient, levels: int):
    predicate = msgspec.msgpack.encode(["is", "kind", ["component"]])
    for _ in range(levels):
        predicate = b"\x92" + msgspec.msgpack.encode("not") + predicate  # an array of two
    places = msgspec.msgpack.encode([["a", "uid-a"], ["a", "uid-a"], 1, False])[1:]
    cursor = b"\x01\x95\x92\xc0" + predicate + places  # plain, an array of five, of which the first is of two
    response = await client.get("/api/catalog/entities/by-query", params={"cursor": text(cursor)})
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith("Malformed cursor")


def text(cursor: bytes) -> str:
    return urlsafe_b64encode(cursor).decode()
