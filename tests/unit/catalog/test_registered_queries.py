"""Asking for registered locations by a predicate, page by page."""

from typing import Any

import pytest

from cuelight.catalog import StaticLocation
from cuelight.catalog.registered import LocationQuery, query_locations, register
from cuelight.catalog.registered.asking import location_predicate, meets
from cuelight.errors import InputError
from tests.unit.catalog.world import World

VALUES = {"id": "1f", "type": "url", "target": "https://host/a_b/c", "entityref": "location:default/x"}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"type": "url"},
        {"type": "URL", "id": "1F"},
        {"target": {"$hasPrefix": "https://HOST/a_"}},
        {"target": {"$in": ["x", "https://host/a_b/c"]}},
        {"entityRef": "Location:default/x"},
        {"ENTITYREF": {"$exists": True}, "Type": "url"},
        {"id": {"$exists": True}},
        {"$all": [{"type": "url"}, {"id": "1f"}]},
        {"$any": [{"type": "file"}, {"id": "1f"}]},
        {"$not": {"type": "file"}},
    ],
)
def test_a_location_that_is_meant(query: dict[str, Any]):
    assert meets(location_predicate(query), VALUES)


@pytest.mark.parametrize(
    "query",
    [
        {"type": "file"},
        {"target": {"$hasPrefix": "https://hostx"}},
        {"target": {"$hasPrefix": "https://host/a%"}},
        {"target": {"$in": []}},
        {"id": {"$exists": False}},
        {"$all": []},
        {"$any": []},
        {"target": {"$contains": "https://host/a_b/c"}},
        {"$not": {"type": "url"}},
    ],
)
def test_a_location_that_is_not_meant(query: dict[str, Any]):
    assert not meets(location_predicate(query), VALUES)


def test_another_field_is_refused():
    with pytest.raises(InputError, match=r"expected key to be 'id', 'type', 'target', or 'entityRef', got 'kind'$"):
        location_predicate({"$not": {"kind": "x"}})


def test_a_page_of_nothing_is_refused():
    with pytest.raises(InputError, match=r"^Limit must be a positive integer >= 1$"):
        LocationQuery(limit=0)


def test_an_empty_cursor_is_refused():
    with pytest.raises(InputError, match=r"^Cursor cannot be empty$"):
        LocationQuery.continued("")


@pytest.mark.parametrize("cursor", ["nonsense", "eyJsaW1pdCI6MX0=", "ä"])
def test_a_foreign_cursor_is_refused(cursor: str):
    with pytest.raises(InputError, match=r"^Malformed cursor, unknown encoding$"):
        LocationQuery.continued(cursor)


async def test_pages_walk_over_everything_by_id(catalog: World):
    made = [await register(catalog.db, StaticLocation(type="url", target=f"https://h/{n}")) for n in range(3)]
    found: list[str] = []
    asked: LocationQuery | None = LocationQuery(limit=1, query={"type": "url"})
    while asked is not None:
        page = await query_locations(catalog.db, asked)
        found += [each.id for each in page.items]
        asked = LocationQuery.continued(page.next) if page.next else None
    assert found == sorted(each.id for each in made)


async def test_every_page_counts_all(catalog: World):
    for number in range(3):
        await register(catalog.db, StaticLocation(type="url", target=f"https://h/{number}"))
    page = await query_locations(catalog.db, LocationQuery(limit=1))
    assert page.total == 3
