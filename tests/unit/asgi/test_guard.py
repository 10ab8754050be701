"""Who is let in, and what the others are told: Backstage's words."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from cuelight.asgi.access import Caller
from cuelight.asgi.config import CorsSection
from cuelight.clock import ManualClock
from tests.unit.asgi.entrance import CALLER, READER, TOKEN, bearer, entrance, neighbourly, refused, served, sessions

ORIGIN = "http://localhost:3000"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[AsyncClient]:
    async with served(entrance(clock), clock) as opened:
        yield opened


@pytest.fixture
async def neighbour(clock: ManualClock) -> AsyncIterator[AsyncClient]:
    async with served(neighbourly(), clock) as opened:
        yield opened


async def test_a_token_opens_everything(client: AsyncClient):
    assert (await client.get("/api/catalog/things", headers=bearer(TOKEN))).json() == {"things": "plugin"}


@pytest.mark.parametrize("path", ["/api/catalog/things", "/things", "/api/catalog/nothing", "/nothing", "/"])
async def test_without_a_token_nothing_is_told_not_even_what_there_is(client: AsyncClient, path: str):
    assert refused(await client.get(path)) == (401, "AuthenticationError", "Missing credentials")


async def test_a_refusal_beside_the_plugins_names_the_whole_path(client: AsyncClient):
    assert (await client.get("/things?a=b")).json()["request"]["url"] == "/things?a=b"


async def test_a_refusal_is_the_body_that_backstage_sends(client: AsyncClient):
    answer = await client.get("/api/catalog/things?a=b")
    assert answer.json() == {
        "error": {"name": "AuthenticationError", "message": "Missing credentials"},
        "request": {"method": "GET", "url": "/things?a=b"},
        "response": {"statusCode": 401},
    }
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", [b"", b"Bearer", b"Bearer ", b"Basic dXNlcjpwdw==", TOKEN.encode(), b"Bearer a b", b"Token x"]
)
async def test_what_is_no_token_counts_as_none(client: AsyncClient, header: bytes):
    answer = await client.get("/things", headers={b"authorization": header})
    assert refused(answer) == (401, "AuthenticationError", "Missing credentials")


@pytest.mark.parametrize(
    "token",
    [b"wrong", TOKEN.upper().encode(), TOKEN.encode() + b"x", "tök€n".encode(), b"\xff\xfe", b"a" * 20_000, b"a.b.c"],
)
async def test_a_token_that_nobody_has_is_illegal_whatever_bytes_it_is_made_of(client: AsyncClient, token: bytes):
    assert refused(await client.get("/things", headers=bearer(token))) == (401, "AuthenticationError", "Illegal token")


async def test_the_scheme_may_be_written_in_any_case(client: AsyncClient):
    assert (await client.get("/things", headers={"authorization": f"bearer  {TOKEN}"})).status_code == 200


async def test_what_is_open_needs_no_token(client: AsyncClient):
    assert (await client.get("/health")).status_code == 200


async def test_what_is_open_stays_so_for_a_wrong_token(client: AsyncClient):
    assert (await client.get("/health", headers=bearer("wrong"))).status_code == 200


class Unasked:
    """Somebody who must not be asked."""

    async def caller(self, token: bytes) -> Caller | None:
        raise AssertionError(token)


async def test_nobody_else_is_asked_of_a_token_that_is_known(clock: ManualClock):
    async with served(entrance(clock, Unasked()), clock) as client:
        assert (await client.get("/things", headers=bearer(TOKEN))).status_code == 200


async def test_the_log_says_whose_a_request_was(client: AsyncClient):
    with capture_logs() as lines:
        await client.post("/things", json={}, headers=bearer(TOKEN))
        await client.post("/things", json={}, headers=bearer("wrong"))
    assert [line.get("caller") for line in lines if line["event"] == "request"] == [CALLER.subject, None]


async def test_a_confined_token_may_do_what_it_is_for(client: AsyncClient):
    assert (await client.get("/api/catalog/things", headers=bearer(READER))).status_code == 200


async def test_a_confined_token_may_do_nothing_else(client: AsyncClient):
    status, name, message = refused(await client.post("/api/catalog/things", json={}, headers=bearer(READER)))
    assert (status, name) == (403, "NotAllowedError")
    assert "leave out catalog.write" in message


async def test_a_confined_token_is_told_which_plugin_it_is_for(client: AsyncClient):
    assert refused(await client.get("/things", headers=bearer(READER))) == (
        403,
        "NotAllowedError",
        "This token's access is restricted to plugin(s) 'catalog'",
    )


@pytest.mark.parametrize("path", ["/api/elsewhere/things?a=b", "/things?a=b", "/nothing?a=b"])
async def test_that_refusal_is_the_body_that_backstage_sends(client: AsyncClient, path: str):
    assert (await client.get(path, headers=bearer(READER))).json() == {
        "error": {"name": "NotAllowedError", "message": "This token's access is restricted to plugin(s) 'catalog'"},
        "request": {"method": "GET", "url": path},
        "response": {"statusCode": 403},
    }


async def test_a_confined_token_sees_what_is_open_too(client: AsyncClient):
    assert (await client.get("/health", headers=bearer(READER))).status_code == 200


async def test_a_browser_is_sent_where_its_user_can_sign_in(client: AsyncClient):
    answer = await client.get("/entities/a b", headers={"accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fentities%2Fa%2520b")


async def test_a_browser_that_asks_the_api_is_answered_as_a_program_is(client: AsyncClient):
    assert (await client.get("/api/catalog/things", headers={"accept": "text/html"})).status_code == 401


async def test_a_session_stands_for_the_token_it_was_begun_with(client: AsyncClient, clock: ManualClock):
    cookie = sessions(clock).begin(TOKEN.encode())
    assert cookie is not None
    assert (await client.get("/things", headers={"cookie": cookie.partition(";")[0]})).status_code == 200


async def test_a_session_does_not_make_a_wrong_token_good(client: AsyncClient, clock: ManualClock):
    cookie = sessions(clock).begin(TOKEN.encode())
    assert cookie is not None
    headers = {**bearer("wrong"), b"cookie": cookie.partition(";")[0].encode()}
    assert (await client.get("/things", headers=headers)).status_code == 401


async def test_a_page_of_another_site_changes_nothing_with_its_users_session(client: AsyncClient, clock: ManualClock):
    cookie = sessions(clock).begin(TOKEN.encode())
    assert cookie is not None
    headers = {"cookie": cookie.partition(";")[0], "sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    status, name, message = refused(await client.post("/things", json={}, headers=headers))
    assert (status, name) == (403, "NotAllowedError")
    assert "https://evil.example" in message


async def test_a_program_with_a_token_may_say_any_origin(client: AsyncClient):
    headers = {**bearer(TOKEN), b"origin": b"https://evil.example"}
    assert (await client.post("/things", json={}, headers=headers)).status_code == 200


async def test_where_nobody_needs_a_token_this_machine_may_do_everything(neighbour: AsyncClient):
    assert (await neighbour.post("/things", json={})).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:1", "LOCALHOST:7007", "127.0.0.1:7007", "127.9.9.9", "[::1]:7007", "a.localhost", ""],
)
async def test_where_nobody_needs_a_token_names_of_this_machine_are_ours(neighbour: AsyncClient, host: str):
    assert (await neighbour.get("/things", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7007",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "[::2]",
        "a:b:c",
    ],
)
async def test_where_nobody_needs_a_token_no_other_name_is_answered(neighbour: AsyncClient, host: str):
    status, name, message = refused(await neighbour.get("/things", headers={"host": host}))
    assert (status, name) == (403, "NotAllowedError")
    assert "backend.baseUrl" in message


async def test_the_address_that_others_know_us_by_is_ours(clock: ManualClock):
    async with served(neighbourly("https://catalog.example/base"), clock, "catalog.example") as client:
        assert (await client.get("/things")).status_code == 200


async def test_health_is_told_by_whatever_name_it_is_asked(neighbour: AsyncClient):
    assert (await neighbour.get("/health", headers={"host": "10.1.2.3"})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:3000"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost:7007"},
        {"origin": "http://[broken"},
    ],
)
@pytest.mark.parametrize("path", ["/things", "/api/catalog/things", "/begin"])
async def test_a_page_of_another_origin_changes_nothing_on_this_machine(
    neighbour: AsyncClient, path: str, headers: dict[str, str]
):
    assert refused(await neighbour.post(path, json={}, headers=headers))[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://localhost:7007"},
        {"sec-fetch-site": "same-origin", "origin": "https://x"},
        {"sec-fetch-site": "none"},
    ],
)
async def test_a_page_of_ours_may_change_something(neighbour: AsyncClient, headers: dict[str, str]):
    assert (await neighbour.post("/things", json={}, headers=headers)).status_code == 200


async def test_a_page_that_the_configuration_names_may_change_something(clock: ManualClock):
    cors = CorsSection(origin=(ORIGIN,))
    async with served(neighbourly(cors=cors), clock) as client:
        headers = {"origin": ORIGIN, "sec-fetch-site": "same-site"}
        assert (await client.post("/things", json={}, headers=headers)).status_code == 200


async def test_a_browser_asks_before_it_shows_a_token(clock: ManualClock):
    cors = CorsSection(origin=("http://*.example:*", ORIGIN), methods=("GET", "PUT"), credentials=True)
    asks = {"access-control-request-method": "PUT", "access-control-request-headers": "authorization"}
    async with served(entrance(clock, cors=cors), clock) as client:
        answer = await client.options("/api/catalog/things", headers={"origin": "http://a.example:80", **asks})
    assert answer.status_code == 200
    told = {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}
    assert told == {
        "access-control-allow-origin": "http://a.example:80",
        "access-control-allow-methods": "GET, PUT",
        "access-control-allow-headers": "authorization",
        "access-control-allow-credentials": "true",
        "access-control-max-age": "600",
    }


@pytest.mark.parametrize(
    "origin", ["http://a.b/.example:1", "http://example:1", "https://a.example:1", "http://localhost:30001"]
)
async def test_an_origin_that_no_pattern_means_is_told_nothing(clock: ManualClock, origin: str):
    cors = CorsSection(origin=("http://*.example:*", ORIGIN))
    async with served(entrance(clock, cors=cors), clock) as client:
        answer = await client.get("/things", headers={b"origin": origin.encode(), **bearer(TOKEN)})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_refusal_can_be_read_by_pages_that_may_read_answers(clock: ManualClock):
    async with served(entrance(clock, cors=CorsSection(origin=(ORIGIN,))), clock) as client:
        answer = await client.get("/things", headers={"origin": ORIGIN})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)
