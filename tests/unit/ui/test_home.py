"""The home page, as a browser without JavaScript gets it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from cuelight.asgi import Access, application
from cuelight.clock import SECOND, ManualClock, isoformat
from cuelight.db import Database
from cuelight.ui import ENDPOINTS, make_pages, routes
from tests.database import database
from tests.rows import (
    ADD_CHANGE,
    ADD_DELIVERY,
    ADD_PROBLEM,
    add,
    add_entities,
    change,
    component,
    delivery,
    problem,
)

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def db(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Database]:
    async with database(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
async def client(db: Database, clock: ManualClock) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app=application(routes(make_pages(db, clock)), clock))
    async with AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_an_empty_catalog_says_how_to_begin(client: AsyncClient):
    page = (await client.get("/")).text
    assert "No deliveries yet." in page
    assert "cuelight deliveries send" in page
    assert "Nothing has changed yet." in page


async def test_entities_are_counted_by_kind(db: Database, client: AsyncClient):
    await add_entities(db, [component("a"), component("b"), {**component("c"), "kind": "API"}])
    page = (await client.get("/")).text
    assert "<li>Component <b>2</b></li>" in page
    assert "<li>API <b>1</b></li>" in page


async def test_a_change_shows_what_who_when_and_how_fast(db: Database, clock: ManualClock, client: AsyncClient):
    at = clock.now() - 12 * SECOND
    await add(db, ADD_CHANGE, change(1, at=at, caused_at=at - 38_000))
    row = _row((await client.get("/")).text, "1")
    assert 'href="api/catalog/entities/by-name/component/default/c1"' in row
    assert "<code>spec.owner</code>" in row
    assert '<code title="0000000000000000000000000000000000000001">0000000</code>' in row
    assert "Release Engineer" in row
    assert "38 ms" in row
    assert f'<time datetime="{isoformat(at)}" title="{isoformat(at)}">12 s ago</time>' in row


async def test_what_was_deleted_leads_to_the_change_that_tells_what_it_was(db: Database, client: AsyncClient):
    await add(db, ADD_CHANGE, change(1, at=1, action="deleted"))
    assert 'href="api/cuelight/v1/changes/1"' in _row((await client.get("/")).text, "1")


async def test_many_changed_fields_are_told_by_their_number(db: Database, client: AsyncClient):
    await add(db, ADD_CHANGE, change(1, at=1, paths='["a","b","c","d","e","f"]'))
    assert "and 2 more" in _row((await client.get("/")).text, "1")


async def test_a_delivery_shows_its_outcome_and_the_reason(db: Database, client: AsyncClient):
    await add(db, ADD_DELIVERY, delivery(1, received_at=1, state="unparseable", reason="line 1 is no JSON"))
    row = _row((await client.get("/")).text, "delivery-1 unparseable")
    assert 'data-word="unparseable"' in row
    assert "line 1 is no JSON" in row
    assert "acme/shop" in row


async def test_a_problem_links_to_its_file_and_names_the_line(db: Database, client: AsyncClient):
    await add(db, ADD_PROBLEM, problem(1))
    page = (await client.get("/")).text
    assert (
        '<a href="https://github.com/acme/shop/blob/main/catalog-info.yaml" rel="noreferrer noopener">'
        "github.com/acme/shop/blob/main/catalog-info.yaml:4</a>" in page
    )


async def test_what_strangers_wrote_stays_text(db: Database, client: AsyncClient):
    await add(db, ADD_CHANGE, change(1, at=1, caused_at=1, entity_ref=f"component:default/{HOSTILE}", author=HOSTILE))
    await add(db, ADD_DELIVERY, delivery(1, received_at=1, event=HOSTILE, subject=HOSTILE, reason=HOSTILE))
    await add(db, ADD_PROBLEM, problem(1, message=HOSTILE, url="javascript:alert(1)", entity_ref=HOSTILE))
    page = (await client.get("/")).text
    assert "<img src=x" not in page
    assert 'href="javascript:' not in page


async def test_no_script_and_no_style_is_written_into_the_page(client: AsyncClient):
    page = (await client.get("/")).text
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", page)


async def test_the_page_may_load_our_own_files_and_nothing_else(client: AsyncClient):
    policy = (await client.get("/")).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy


async def test_every_file_that_the_page_names_is_there_and_kept_for_good(client: AsyncClient):
    files = re.findall(r'(?:src|href)="(static/[^"]+)"', (await client.get("/")).text)
    answers = [await client.get(f"/{file}") for file in files]
    assert len(files) >= 3
    assert {answer.status_code for answer in answers} == {200}
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)


async def test_a_file_under_its_plain_name_is_asked_for_again_and_not_sent_twice(client: AsyncClient):
    first = await client.get("/static/rows.js")
    again = await client.get("/static/rows.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.headers["cache-control"], again.status_code) == ("no-cache", 304)


@pytest.mark.parametrize("name", ["nope.js", "..%2fhome.py", "%2e%2e%2fpages.py"])
async def test_nothing_but_the_pages_files_is_served(client: AsyncClient, name: str):
    assert (await client.get(f"/static/{name}")).status_code == 404


async def test_the_twin_holds_what_the_page_shows(db: Database, client: AsyncClient):
    await add_entities(db, [component("a")])
    await add(db, ADD_CHANGE, change(7, at=1))
    twin = (await client.get("/index.json")).json()
    assert (twin["entities"], twin["kinds"], twin["changes"][0]["sequence"]) == (
        1,
        [{"kind": "Component", "count": 1}],
        7,
    )


async def test_a_twin_that_is_known_is_not_sent_again(client: AsyncClient):
    tag = (await client.get("/index.json")).headers["etag"]
    assert (await client.get("/index.json", headers={"If-None-Match": tag})).status_code == 304


def test_files_are_open_and_pages_are_for_readers():
    assert {endpoint.path: endpoint.access for endpoint in ENDPOINTS} == {
        "/": Access.READ,
        "/index.json": Access.READ,
        "/static/{name}": Access.OPEN,
        "/sign-in": Access.OPEN,
        "/sign-out": Access.OPEN,
    }


def _row(page: str, key: str) -> str:
    found = re.search(rf'<tr data-key="{re.escape(key)}">.*?</tr>', page, re.DOTALL)
    assert found, f"no row {key}"
    return found[0]
