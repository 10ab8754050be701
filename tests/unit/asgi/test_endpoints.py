"""An endpoint is a function; what it returns and raises goes on the wire as Backstage has it."""

import re
from collections.abc import AsyncIterator

import msgspec
import pytest
import structlog
from httpx2 import ASGITransport, AsyncClient

from cuelight.asgi import Access, Call, Query, application, get, plugin, post, resources
from cuelight.clock import ManualClock
from cuelight.errors import ConfigurationError, ConflictError, NotFoundError, ServiceUnavailableError

RAISES: dict[str, Exception] = {
    "missing": NotFoundError("no such thing"),
    "conflict": ConflictError("taken"),
    "away": ServiceUnavailableError("later", retry_after=1.2),
    "bug": KeyError("/etc/secret"),
    "ours": ConfigurationError("backend.database.url is /etc/secret"),
}


class Greeting(msgspec.Struct, frozen=True, rename="camel"):
    said_by: str


class Name(msgspec.Struct, frozen=True):
    name: str


@get("/greetings/{name}", Query, access=Access.READ)
async def greet(context: str, call: Call[Query, None]) -> Greeting:
    return Greeting(f"{context} {call.path['name']}")


@post("/greetings/{name}", Query, Name, access=Access.WRITE)
async def rename(context: str, call: Call[Query, Name]) -> Greeting:
    return Greeting(f"{context} {call.path['name']} {call.body.name}")


@get("/raises/{which}", Query, access=Access.READ)
async def fail(context: str, call: Call[Query, None]) -> Greeting:
    raise RAISES[call.path["which"]]


ENDPOINTS = (greet, rename, fail)


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    routes = [plugin("/api/plugin", ENDPOINTS, "plugin"), *resources(ENDPOINTS, "own")]
    transport = ASGITransport(app=application(routes, ManualClock()))
    async with AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_a_value_is_sent_as_json(client: AsyncClient):
    response = await client.get("/greetings/ada")
    assert response.content == b'{"saidBy":"own ada"}'
    assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_body_reaches_the_function_decoded(client: AsyncClient):
    response = await client.post("/greetings/ada", json={"name": "eve"})
    assert response.json() == {"saidBy": "own ada eve"}


async def test_an_answer_that_is_known_is_not_sent_again(client: AsyncClient):
    tag = (await client.get("/greetings/ada")).headers["etag"]
    again = await client.get("/greetings/ada", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


async def test_another_answer_is_sent_whatever_is_known(client: AsyncClient):
    tag = (await client.get("/greetings/ada")).headers["etag"]
    assert (await client.get("/greetings/eve", headers={"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize(
    ("which", "status", "name"),
    [
        ("missing", 404, "NotFoundError"),
        ("conflict", 409, "ConflictError"),
        ("away", 503, "ServiceUnavailableError"),
    ],
)
async def test_an_error_is_answered_by_its_class(client: AsyncClient, which: str, status: int, name: str):
    response = await client.get(f"/raises/{which}")
    assert response.status_code == status
    assert response.json() == {
        "error": {"name": name, "message": str(RAISES[which])},
        "request": {"method": "GET", "url": f"/raises/{which}"},
        "response": {"statusCode": status},
    }


async def test_an_error_that_passes_says_when_to_come_back(client: AsyncClient):
    assert (await client.get("/raises/away")).headers["retry-after"] == "2"


@pytest.mark.parametrize("which", ["bug", "ours"])
async def test_an_error_of_ours_is_logged_under_an_id_and_says_nothing_else(client: AsyncClient, which: str):
    with structlog.testing.capture_logs() as logs:
        response = await client.get(f"/raises/{which}")
    logged = next(entry for entry in logs if entry["event"] == "request_failed")
    assert response.status_code == 500
    assert response.json()["error"] == {
        "name": "Error",
        "message": f"An internal error occurred logId={logged['log_id']}",
    }
    assert logged["exc_info"] is RAISES[which]


async def test_the_url_in_a_plugins_error_is_relative_to_it(client: AsyncClient):
    response = await client.get("/api/plugin/raises/missing?x=%20y")
    assert response.json()["request"]["url"] == "/raises/missing?x=%20y"


@pytest.mark.parametrize(("method", "path"), [("GET", "/nope"), ("PATCH", "/greetings/ada"), ("GET", "/greetings/a/b")])
async def test_a_plugin_says_nothing_of_what_it_lacks(client: AsyncClient, method: str, path: str):
    response = await client.request(method, f"/api/plugin{path}")
    assert (response.status_code, response.content) == (404, b"")


async def test_a_plugin_tells_the_methods_of_a_path(client: AsyncClient):
    response = await client.options("/api/plugin/greetings/ada")
    assert (response.status_code, response.headers["allow"]) == (200, response.text)
    assert set(response.text.split(",")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/api/plugin", "/api/plugin/"])
async def test_a_plugin_has_nothing_at_its_root(client: AsyncClient, path: str):
    response = await client.get(path)
    assert (response.status_code, response.content) == (404, b"")


async def test_an_unknown_path_is_an_error_with_a_body(client: AsyncClient):
    response = await client.get("/nope")
    assert response.status_code == 404
    assert response.json()["error"] == {"name": "NotFoundError", "message": "there is nothing at GET /nope"}


async def test_a_method_that_a_path_does_not_take_names_those_that_it_takes(client: AsyncClient):
    response = await client.delete("/greetings/ada")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_head_is_answered_like_get(client: AsyncClient):
    assert (await client.head("/greetings/ada")).status_code == 200


async def test_a_request_id_of_a_proxy_is_kept(client: AsyncClient):
    response = await client.get("/greetings/ada", headers={"X-Request-Id": "abc-1"})
    assert response.headers["x-request-id"] == "abc-1"


@pytest.mark.parametrize("given", ["a b", "x" * 65, ""])
async def test_a_request_id_that_logs_should_not_hold_is_replaced(client: AsyncClient, given: str):
    response = await client.get("/greetings/ada", headers={"X-Request-Id": given})
    assert re.fullmatch("[0-9a-f]{16}", response.headers["x-request-id"])


async def test_no_answer_may_be_taken_for_another_media_type(client: AsyncClient):
    assert (await client.get("/nope")).headers["x-content-type-options"] == "nosniff"


def test_an_endpoint_says_which_access_it_asks_for():
    assert [endpoint.access for endpoint in ENDPOINTS] == [Access.READ, Access.WRITE, Access.READ]
