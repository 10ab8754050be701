"""Registered locations over Backstage's API: its statuses, its bodies, its words."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from cuelight.api import Context, routes
from cuelight.asgi import application
from cuelight.catalog import Absent, Answer, File, Found, Rules, StaticLocation, location_ref
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.registered import Registering
from cuelight.catalog.rehearsal import Rehearsal
from cuelight.clock import ManualClock
from cuelight.db import Database
from cuelight.processors import Ingredients, find_processors
from tests.corpus import corpus
from tests.unit.catalog.world import Files, component, locations, yaml

pytestmark = pytest.mark.usefixtures("dialect")

LOCATIONS = "/api/catalog/locations"
TARGET = "https://github.com/acme/shop/blob/main/catalog-info.yaml"
OTHER = "https://github.com/acme/shop/blob/main/other.yaml"
NOBODY = "00000000-0000-4000-8000-000000000000"
READONLY = Registering(readonly=True)
REF = location_ref(StaticLocation(type="url", target=TARGET))
FORBIDDEN = (403, "NotAllowedError", "This operation not allowed in readonly mode")

Connect = Callable[..., Any]


class Shelf(Files):
    """Files in a dict, as a rehearsal gathers them."""

    async def gather(self, urls: Sequence[str]) -> Mapping[str, Answer]:
        return {url: self._held(url) for url in urls}

    def _held(self, url: str) -> Answer:
        text = self.held.get(url)
        if not isinstance(text, str):
            return Absent(reason="nothing there")
        return Found(files=(File(url=url, content=text.encode()),))


@pytest.fixture
def files() -> Shelf:
    return Shelf()


@pytest.fixture
def connect(db: Database, clock: ManualClock, files: Shelf) -> Connect:
    """Opens a client of a server that registers in some way."""

    async def nothing() -> Any:
        return {}

    pipeline = Pipeline(find_processors(Ingredients(urls=lambda _url: None)))

    @asynccontextmanager
    async def connect(registering: Registering | None = None) -> AsyncIterator[AsyncClient]:
        context = Context(
            db=db,
            clock=clock,
            metrics=nothing,
            readiness=nothing,
            registering=registering or Registering(),
            rehearsing=Rehearsal(pipeline, Rules(), lambda: files),
        )
        transport = ASGITransport(app=application(routes(context), clock))
        async with AsyncClient(transport=transport, base_url="http://test") as opened:
            yield opened

    return connect


@pytest.fixture
async def client(connect: Connect) -> AsyncIterator[AsyncClient]:
    async with connect() as opened:
        yield opened


def body(target: str = TARGET, **more: Any) -> dict[str, Any]:
    return {"type": "url", "target": target, **more}


async def made(client: AsyncClient, target: str = TARGET) -> dict[str, Any]:
    answer = await client.post(LOCATIONS, json=body(target))
    assert answer.status_code == 201, answer.text
    location: dict[str, Any] = answer.json()["location"]
    return location


async def said(asked: Awaitable[Any]) -> tuple[int, str, str]:
    """The status of an answer, and the name and the message of the error in it."""
    answer = await asked
    error = answer.json()["error"]
    return answer.status_code, error["name"], error["message"]


class TestRegistering:
    async def test_it_answers_the_location_and_no_entities(self, client):
        answer = await client.post(LOCATIONS, json=body())
        assert answer.status_code == 201
        assert answer.json() == {
            "location": {**body(), "id": answer.json()["location"]["id"], "entityRef": REF},
            "entities": [],
        }

    async def test_the_same_again_is_a_conflict(self, client):
        await made(client)
        assert await said(client.post(LOCATIONS, json=body())) == (
            *(409, "ConflictError"),
            f"Location url:{TARGET} already exists",
        )

    async def test_a_conflict_may_be_a_refresh(self, client):
        location = await made(client)
        answer = await client.post(f"{LOCATIONS}?onConflict=refresh", json=body())
        assert (answer.status_code, answer.json()) == (201, {"location": location, "entities": []})

    async def test_what_becomes_of_a_conflict_may_be_configured(self, connect):
        async with connect(Registering(on_conflict="refresh")) as client:
            location = await made(client)
            assert await made(client) == location

    async def test_a_request_may_refuse_what_the_configuration_refreshes(self, connect):
        async with connect(Registering(on_conflict="refresh")) as client:
            await made(client)
            assert (await client.post(f"{LOCATIONS}?onConflict=reject", json=body())).status_code == 409

    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            ({}, "request/body must have required property 'target'"),
            ({"type": "url"}, "request/body must have required property 'target'"),
            ({"target": "x"}, "request/body must have required property 'type'"),
            ({"type": "url", "target": 1}, "request/body/target must be string"),
            ({"type": "file", "target": "/etc/passwd"}, 'Registered locations must be of an allowed type ["url"]'),
            (body(""), "Unable to stringify location ref, empty target"),
        ],
    )
    async def test_what_is_no_location_is_refused(self, client, sent, message):
        assert await said(client.post(LOCATIONS, json=sent)) == (400, "InputError", message)

    async def test_further_fields_are_refused_in_backstages_words(self, client):
        recorded = next(case for case in golden() if case["name"] == "loc-create-extra")
        answer = await client.post(LOCATIONS, json=recorded["body"])
        assert answer.json()["error"] == recorded["expect"]["body"]["error"]

    async def test_a_third_presence_is_refused_as_a_union_of_two(self, client):
        _, _, message = await said(client.post(LOCATIONS, json=body(presence="x")))
        issues = json.loads(message.removeprefix("Malformed request: "))
        assert [(each["code"], each["path"], each["message"]) for each in issues] == [
            ("invalid_union", ["presence"], "Invalid input")
        ]

    async def test_moving_takes_no_further_fields(self, client):
        answer = await said(client.put(f"{LOCATIONS}/x", json=body(presence="required")))
        assert answer == (400, "InputError", "request/body must NOT have additional properties")


class TestTryingOut:
    @pytest.fixture(autouse=True)
    def _tree(self, files: Shelf) -> None:
        files.held[TARGET] = yaml(locations("more", OTHER))
        files.held[OTHER] = yaml(component("x"))

    async def tried(self, client: AsyncClient, **more: Any) -> Any:
        answer = await client.post(f"{LOCATIONS}?dryRun=true", json=body(**more))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def test_it_brings_the_whole_tree(self, client):
        found = await self.tried(client)
        assert [each["kind"] for each in found["entities"]] == ["Location", "Location", "Component"]

    async def test_its_location_goes_by_its_name(self, client):
        found = await self.tried(client)
        assert found["location"] == {**body(), "id": f"url:{TARGET}", "entityRef": REF}

    async def test_what_else_was_sent_comes_back(self, client):
        assert (await self.tried(client, presence="optional"))["location"]["presence"] == "optional"

    async def test_it_tells_that_nothing_like_it_is_registered(self, client):
        assert (await self.tried(client))["exists"] is False

    async def test_it_tells_that_the_same_is_registered(self, client):
        await made(client)
        assert (await self.tried(client))["exists"] is True

    async def test_it_registers_nothing(self, client):
        await self.tried(client)
        assert (await client.get(LOCATIONS)).json() == []

    async def test_what_cannot_be_read_is_refused(self, client, files):
        del files.held[OTHER]
        assert await said(client.post(f"{LOCATIONS}?dryRun=1", json=body())) == (
            *(400, "InputError"),
            f"NotFoundError: Unable to read url, no matching files found for {OTHER}",
        )

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ("not a url", "Error: Unable to read url, Invalid URL"),
            (
                "",
                "TypeError: Unable to parse location ref 'url:', expected '<type>:<target>', e.g. 'url:https://host/path'",
            ),
            (
                "javascript:alert(1)",
                "TypeError: Invalid location ref 'url:javascript:alert(1)', target is a javascript: URL",
            ),
        ],
    )
    async def test_what_is_no_address_is_refused_as_backstage_does(self, client, target, message):
        sent = client.post(f"{LOCATIONS}?dryRun=true", json=body(target))
        assert await said(sent) == (400, "InputError", message)

    async def test_one_ref_twice_is_refused(self, client, files):
        files.held[OTHER] = yaml(component("x"), component("x"))
        assert await said(client.post(f"{LOCATIONS}?dryRun=yes", json=body())) == (
            *(400, "InputError"),
            "Duplicate nested entity: component:default/x",
        )


class TestReadonly:
    async def test_nothing_is_registered(self, connect):
        async with connect(READONLY) as client:
            assert await said(client.post(LOCATIONS, json=body())) == FORBIDDEN

    async def test_nothing_moves(self, connect):
        async with connect(READONLY) as client:
            assert await said(client.put(f"{LOCATIONS}/{NOBODY}", json=body())) == FORBIDDEN

    async def test_nothing_is_unregistered(self, connect):
        async with connect(READONLY) as client:
            assert await said(client.delete(f"{LOCATIONS}/{NOBODY}")) == FORBIDDEN

    async def test_trying_out_is_no_writing(self, connect, files):
        files.held[TARGET] = yaml(component("x"))
        async with connect(READONLY) as client:
            assert (await client.post(f"{LOCATIONS}?dryRun=true", json=body())).status_code == 201


class TestOne:
    async def test_it_is_read_by_its_id(self, client):
        location = await made(client)
        assert (await client.get(f"{LOCATIONS}/{location['id']}")).json() == location

    @pytest.mark.parametrize("location_id", [NOBODY, "nope"])
    @pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
    async def test_an_unknown_id_is_not_found(self, client, method, location_id):
        sent = client.request(method, f"{LOCATIONS}/{location_id}", json=body() if method == "PUT" else None)
        assert await said(sent) == (404, "NotFoundError", f"Found no location with ID {location_id}")

    async def test_it_keeps_its_id_and_its_entity_when_it_moves(self, client):
        location = await made(client)
        answer = await client.put(f"{LOCATIONS}/{location['id']}", json=body(OTHER))
        assert (answer.status_code, answer.json()) == (200, {**location, "target": OTHER})

    async def test_of_two_things_that_are_missing_it_names_the_type(self, client):
        location = await made(client)
        assert await said(client.put(f"{LOCATIONS}/{location['id']}", json={})) == (
            *(400, "InputError"),
            "request/body must have required property 'type'",
        )

    async def test_it_does_not_move_to_where_another_is(self, client):
        location = await made(client)
        await made(client, OTHER)
        assert await said(client.put(f"{LOCATIONS}/{location['id']}", json=body(OTHER))) == (
            *(409, "ConflictError"),
            f"Location url:{OTHER} already exists",
        )

    async def test_it_is_unregistered_without_a_word(self, client):
        location = await made(client)
        answer = await client.delete(f"{LOCATIONS}/{location['id']}")
        assert (answer.status_code, answer.content) == (204, b"")

    async def test_an_unknown_entity_comes_from_nowhere(self, client):
        assert await said(client.get(f"{LOCATIONS}/by-entity/Component/default/X")) == (
            *(404, "NotFoundError"),
            "found no entity for ref component:default/x",
        )


class TestMany:
    async def test_the_list_wraps_each(self, client):
        location = await made(client)
        assert (await client.get(LOCATIONS)).json() == [{"data": location}]

    async def test_a_page_has_those_that_are_meant(self, client):
        await made(client)
        location = await made(client, OTHER)
        answer = await client.post(f"{LOCATIONS}/by-query", json={"query": {"target": OTHER.upper()}})
        assert answer.json() == {"items": [location], "totalItems": 1, "pageInfo": {}}

    async def test_pages_lead_to_the_end(self, client):
        ids = {(await made(client, target))["id"] for target in (TARGET, OTHER, "x")}
        found: list[str] = []
        asked: dict[str, Any] | None = {"limit": 1, "query": {"type": "url"}}
        while asked:
            page = (await client.post(f"{LOCATIONS}/by-query", json=asked)).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["pageInfo"].get("nextCursor")
            asked = {"cursor": cursor} if cursor else None
        assert found == sorted(ids)

    async def test_no_body_asks_for_all(self, client):
        location = await made(client)
        assert (await client.post(f"{LOCATIONS}/by-query")).json()["items"] == [location]

    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            ({"limit": "x"}, "request/body/limit must be number"),
            ({"limit": None}, "request/body/limit must be number"),
            ({"cursor": None}, "request/body/cursor must be string"),
            ({"query": None}, "request/body/query must be object"),
            ({"limit": 0}, "Limit must be a positive integer >= 1"),
            ({"limit": -1}, "Limit must be a positive integer >= 1"),
            ({"limit": 1.5}, "Limit must be a positive integer >= 1"),
            (
                {"query": {"kind": "x"}},
                "Invalid filter predicate, expected key to be 'id', 'type', 'target', or 'entityRef', got 'kind'",
            ),
        ],
    )
    async def test_what_is_no_question_is_refused(self, client, sent, message):
        assert await said(client.post(f"{LOCATIONS}/by-query", json=sent)) == (400, "InputError", message)


class TestValidating:
    def entity(self, **spec: str) -> dict[str, Any]:
        return {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": "v"}, "spec": spec}

    async def validated(self, client: AsyncClient, sent: Any) -> Any:
        return await client.post("/api/catalog/validate-entity", json=sent)

    async def test_a_good_entity_is_answered_with_nothing(self, client):
        sent = {"entity": component("x"), "location": f"url:{TARGET}"}
        answer = await self.validated(client, sent)
        assert (answer.status_code, answer.content) == (200, b"")

    async def test_what_it_names_is_not_validated(self, client, files):
        files.held[TARGET] = yaml(component("bad name"))
        sent = {"entity": locations("l", TARGET), "location": f"url:{OTHER}"}
        assert (await self.validated(client, sent)).status_code == 200

    @pytest.mark.parametrize("case", [f"validate-{name}" for name in ("no-owner", "no-metadata", "many-errors")])
    async def test_errors_are_the_recorded_ones(self, client, case):
        recorded = next(each for each in golden() if each["name"] == case)
        answer = await self.validated(client, recorded["body"])
        assert (answer.status_code, answer.json()) == (400, recorded["expect"]["body"])

    async def test_a_location_of_another_type_is_an_error(self, client):
        answer = await self.validated(client, {"entity": component("x"), "location": "file:/x"})
        (error,) = answer.json()["errors"]
        assert error["message"].startswith("Invalid location ref file:/x, only 'url:<target>' is supported")

    async def test_a_body_without_an_entity_is_refused_as_any_other(self, client):
        assert await said(self.validated(client, {"location": "url:x"})) == (
            *(400, "InputError"),
            "request/body must have required property 'entity'",
        )


class TestAnalyzing:
    async def analyzed(self, client: AsyncClient, target: str) -> Any:
        answer = await client.post("/api/catalog/analyze-location", json={"location": body(target)})
        assert answer.status_code == 200, answer.text
        return answer.json()["generateEntities"][0]["entity"]["metadata"]

    @pytest.mark.parametrize(
        ("target", "metadata"),
        [
            ("https://github.com/acme/shop", ("shop", {"github.com/project-slug": "acme/shop"})),
            ("https://github.com/acme/shop/tree/main/x", ("shop", {"github.com/project-slug": "acme/shop"})),
            ("https://github.com/acme/shop.git", ("shop", {"github.com/project-slug": "acme/shop"})),
            ("https://gitlab.com/a/b/shop", ("shop", {"gitlab.com/project-slug": "a/b/shop"})),
            ("https://gitlab.com/a/shop/-/tree/main", ("shop", {"gitlab.com/project-slug": "a/shop"})),
            ("https://dev.azure.com/o/p/_git/shop", ("shop", {"dev.azure.com/project-slug": "p/shop"})),
            ("https://example.com/acme/shop", ("shop", None)),
        ],
    )
    async def test_a_repository_gets_a_component_to_begin_with(self, client, target, metadata):
        found = await self.analyzed(client, target)
        assert (found["name"], found.get("annotations")) == metadata

    async def test_what_is_no_url_is_refused(self, client):
        asked = client.post("/api/catalog/analyze-location", json={"location": body("garbage")})
        assert await said(asked) == (400, "InputError", "The given location.target is not a URL")


def golden() -> list[Any]:
    found: list[Any] = json.loads(corpus("golden", "cases.json").read_bytes())
    return [case for case in found if "name" in case]
