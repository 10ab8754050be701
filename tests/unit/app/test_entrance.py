"""Who may come in, as the configuration has it."""

from pathlib import Path

import pytest

from cuelight.app import Roles
from cuelight.app.entrance import keyrings
from cuelight.asgi.authentication import StaticToken
from cuelight.asgi.signed import SignedTokens
from cuelight.clock import ManualClock
from tests.unit.app.program import READER, TOKEN, asked, asking, guarded, program, settings

LOCATIONS = "/api/catalog/locations"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_a_newcomer_on_this_machine_needs_no_token(tmp_path: Path):
    async with asked(tmp_path) as client:
        assert (await client.get("/api/catalog/entities")).status_code == 200


async def test_a_name_that_is_made_to_mean_this_machine_is_not_answered(tmp_path: Path):
    async with program(tmp_path) as app, asking(app.asgi(Roles()), "evil.example:7007") as client:
        assert (await client.get("/api/catalog/entities")).status_code == 403


async def test_behind_a_proxy_we_answer_to_the_configured_address(tmp_path: Path):
    url = "https://catalog.example"
    async with program(tmp_path, baseUrl=url) as app, asking(app.asgi(Roles()), "catalog.example") as client:
        assert (await client.get("/api/catalog/entities")).status_code == 200


async def test_a_webhook_may_call_us_by_any_name(tmp_path: Path):
    async with program(tmp_path) as app, asking(app.asgi(Roles()), "tunnel.example") as client:
        assert (await client.post("/webhooks/github", content=b"{}")).json() == {"message": "invalid signature"}


async def test_where_the_policy_is_disabled_everybody_is_let_in_by_any_name(tmp_path: Path):
    auth = {"externalAccess": [], "dangerouslyDisableDefaultAuthPolicy": True}
    async with program(tmp_path, auth=auth) as app, asking(app.asgi(Roles()), "evil.example") as client:
        assert (await client.get("/api/catalog/entities")).status_code == 200


async def test_where_the_policy_is_disabled_no_token_is_looked_at(tmp_path: Path):
    auth = {**guarded()["auth"], "dangerouslyDisableDefaultAuthPolicy": True}
    async with asked(tmp_path, auth=auth) as client:
        assert (await client.get("/api/catalog/entities", headers=bearer("wrong"))).status_code == 200


async def test_a_token_opens_the_catalog(tmp_path: Path):
    async with asked(tmp_path, **guarded()) as client:
        assert (await client.get("/api/catalog/entities", headers=bearer(TOKEN))).status_code == 200


async def test_restrictions_leave_what_they_name(tmp_path: Path):
    async with asked(tmp_path, **guarded()) as client:
        assert (await client.get(LOCATIONS, headers=bearer(READER))).status_code == 200


async def test_restrictions_leave_nothing_else(tmp_path: Path):
    async with asked(tmp_path, **guarded()) as client:
        answer = await client.post(LOCATIONS, json={"type": "url", "target": "https://x"}, headers=bearer(READER))
    body = answer.json()
    assert (answer.status_code, body["error"]["name"], body["request"]["url"]) == (403, "NotAllowedError", "/locations")
    assert "catalog.location.create" in body["error"]["message"]


async def test_the_webhooks_own_listener_has_nothing_but_them_and_health(tmp_path: Path):
    async with (
        program(tmp_path, ingress={"listen": "0.0.0.0:0"}) as app,
        asking(app.outer_asgi(), "hooks.example") as client,
    ):
        paths = (
            "/livez",
            "/readyz",
            "/metrics",
            "/",
            "/api/catalog/entities",
            "/api/cuelight/v1/deliveries",
            "/sign-in",
        )
        statuses = {path: (await client.get(path)).status_code for path in paths}
        posted = await client.post("/webhooks/github", content=b"{}")
    assert statuses == {**dict.fromkeys(paths, 404), "/livez": 200, "/readyz": 200}
    assert posted.json() == {"message": "invalid signature"}


async def test_webhooks_with_a_listener_of_their_own_leave_the_main_one(tmp_path: Path):
    async with asked(tmp_path, roles=Roles(ingress=False)) as client:
        assert (await client.post("/webhooks/github", content=b"{}")).status_code == 404


async def test_somebody_with_a_browser_signs_in_and_sees_the_page(tmp_path: Path):
    async with asked(tmp_path, **guarded()) as client:
        sent = await client.get("/", headers={"accept": "text/html"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2F")
        signed = await client.post(
            sent.headers["location"], data={"token": TOKEN}, headers={"sec-fetch-site": "same-origin"}
        )
        assert (signed.status_code, signed.headers["location"]) == (303, "./")
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("url", "name"), [("HTTPS://catalog.example", "__Host-cuelight"), ("http://catalog.example", "cuelight")]
)
async def test_behind_https_a_session_goes_nowhere_else(tmp_path: Path, url: str, name: str):
    async with asked(tmp_path, **guarded(baseUrl=url)) as client:
        cookie = (await client.post("/sign-in", data={"token": TOKEN})).headers["set-cookie"]
    assert (cookie.startswith(f"{name}-session="), "; Secure" in cookie) == (True, url.startswith("HTTPS"))


async def test_a_callers_keys_are_asked_for_after_all_that_is_known_here(tmp_path: Path):
    issued = {"type": "jwks", "options": {"url": "https://keys.example/jwks"}}
    given = settings(tmp_path, {"auth": {"externalAccess": [issued, *guarded()["auth"]["externalAccess"]]}})
    kinds = [type(keyring) for keyring in keyrings(given.backend.auth, unread, ManualClock())]
    assert kinds == [StaticToken, StaticToken, SignedTokens]


async def unread(url: str) -> bytes:
    raise AssertionError(url)
