"""Paths are matched as they were sent, and decoded part by part."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from httpx2 import URL, ASGITransport, AsyncClient

from cuelight.asgi import Access, Call, Query, application, get, plugin, resources
from cuelight.clock import ManualClock


class Answer(msgspec.Struct, frozen=True):
    by: str
    name: str = ""


@get("/things/{kind}/{name}", Query, access=Access.READ)
async def thing(context: None, call: Call[Query, None]) -> Answer:
    return Answer("thing", call.path["name"])


@get("/things/{id}", Query, access=Access.READ)
async def numbered(context: None, call: Call[Query, None]) -> Answer:
    return Answer("numbered", call.path["id"])


@get("/things/newest", Query, access=Access.READ)
async def newest(context: None, call: Call[Query, None]) -> Answer:
    return Answer("newest")


ENDPOINTS = (thing, numbered, newest)
OWN, PLUGIN = "/things", "/api/plugin/things"


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    routes = [plugin("/api/plugin", ENDPOINTS, None), *resources(ENDPOINTS, None)]
    async with AsyncClient(transport=ASGITransport(app=application(routes, ManualClock())), base_url="http://t") as it:
        yield it


@pytest.mark.parametrize("prefix", [OWN, PLUGIN])
@pytest.mark.parametrize(
    ("path", "by", "name"),
    [
        ("component/a", "thing", "a"),
        ("component/a%2Fb", "thing", "a/b"),
        ("component/a%20b%25", "thing", "a b%"),
        ("component/%0A", "thing", "\n"),
        ("%2e%2e%2f", "numbered", "../"),
        ("newest", "newest", ""),
        ("newest%20", "numbered", "newest "),
        ("%C3%A9", "numbered", "é"),
    ],
)
async def test_a_part_is_decoded_on_its_own(client: AsyncClient, prefix: str, path: str, by: str, name: str):
    assert (await client.get(f"{prefix}/{path}")).json() == {"by": by, "name": name}


@pytest.mark.parametrize(
    "path", ["/api/plugin/THINGS/newest", "/api/plugin/Things/Newest", "/api/plugin/things/newest/"]
)
async def test_a_plugins_path_may_be_in_any_case_and_end_with_a_slash(client: AsyncClient, path: str):
    assert (await client.get(path)).json() == {"by": "newest", "name": ""}


async def test_what_stands_for_a_parameter_keeps_its_case(client: AsyncClient):
    assert (await client.get("/api/plugin/THINGS/Component/A")).json() == {"by": "thing", "name": "A"}


@pytest.mark.parametrize("path", ["/api/plugin/things/newest//", "/THINGS/newest"])
async def test_other_paths_are_none_of_ours(client: AsyncClient, path: str):
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("prefix", [OWN, PLUGIN])
@pytest.mark.parametrize("sent", [b"%ff", b"%", b"a%zz", b"%f"])
async def test_a_part_that_is_no_utf8_is_refused_as_express_does(client: AsyncClient, prefix: str, sent: bytes):
    response = await client.get(URL("http://t").copy_with(raw_path=prefix.encode() + b"/" + sent))
    said = response.json()["error"]
    assert (response.status_code, said) == (400, {"name": "InputError", "message": "malformed uri'"})


@pytest.mark.parametrize("prefix", [OWN, PLUGIN])
async def test_nothing_is_named_with_a_character_that_no_database_keeps(client: AsyncClient, prefix: str):
    assert (await client.get(f"{prefix}/a%00")).status_code == 404


@pytest.mark.parametrize("path", ["/things/", "/things/a/", "/thing%73/a", "/things//a", "/api%2Fplugin/things/a"])
async def test_what_only_looks_like_a_path_is_none(client: AsyncClient, path: str):
    assert (await client.get(path)).status_code == 404


async def test_a_slash_at_the_end_of_a_plugins_path_changes_nothing(client: AsyncClient):
    assert (await client.get(f"{PLUGIN}/newest/")).json()["by"] == "newest"


async def test_the_head_of_an_answer_has_its_length_and_no_body(client: AsyncClient):
    response = await client.head(f"{PLUGIN}/newest")
    assert (response.headers["content-length"], response.content) == ("25", b"")
