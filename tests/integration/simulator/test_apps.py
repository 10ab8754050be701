"""An app: its installations, its tokens, what they reach."""

import base64
import json

import httpx2
import pytest

from cuelight.simulator import Settings, Simulator, application

NOW = 1_767_225_600


def segment(document) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def jwt(algorithm: str = "RS256", **claims) -> str:
    return f"{segment({'alg': algorithm, 'typ': 'JWT'})}.{segment({'iss': '1', 'iat': NOW - 60, 'exp': NOW + 540} | claims)}.c2ln"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def token_of(client, owner: str = "acme") -> str:
    kind = "orgs" if owner == "acme" else "users"
    installation = (await client.get(f"/{kind}/{owner}/installation", headers=bearer(jwt()))).json()
    answer = await client.post(f"/app/installations/{installation['id']}/access_tokens", headers=bearer(jwt()))
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


async def names(client, token: str) -> list[str]:
    document = (await client.get("/installation/repositories", headers=bearer(token))).json()
    assert document["total_count"] == len(document["repositories"])
    return [one["full_name"] for one in document["repositories"]]


async def test_an_app_is_installed_on_every_owner(client, simulator):
    simulator.host.add_owner("somebody", "User")
    found = (await client.get("/app/installations", headers=bearer(jwt()))).json()
    assert [(one["account"]["login"], one["target_type"], one["repository_selection"]) for one in found] == [
        ("acme", "Organization", "all"),
        ("somebody", "User", "all"),
    ]


async def test_the_installation_of_an_owner_is_found_by_its_kind(client, simulator):
    simulator.host.add_owner("somebody", "User")
    organisation = await client.get("/orgs/acme/installation", headers=bearer(jwt()))
    user = await client.get("/users/somebody/installation", headers=bearer(jwt()))
    assert organisation.json()["id"] != user.json()["id"]
    assert (await client.get("/orgs/somebody/installation", headers=bearer(jwt()))).status_code == 404


async def test_a_token_reaches_what_its_owner_granted(client, simulator):
    simulator.host.create("acme/other")
    simulator.host.create("beta/foreign")
    await simulator.allow("acme/other", readable=False)
    token = await token_of(client)
    assert await names(client, token) == ["acme/booking"]
    assert (await client.get("/repos/acme/other", headers=bearer(token))).status_code == 404
    assert (await client.get("/repos/beta/foreign", headers=bearer(token))).status_code == 404
    assert (await client.get("/repos/acme/booking", headers=bearer(token))).status_code == 200


async def test_what_is_granted_again_is_reached_again(client, simulator):
    await simulator.allow("acme/booking", readable=False)
    await simulator.allow("acme/booking", readable=True)
    assert await names(client, await token_of(client)) == ["acme/booking"]


async def test_graphql_hides_what_was_not_granted(client, simulator):
    await simulator.allow("acme/booking", readable=False)
    query = {"query": '{ repository(owner: "acme", name: "booking") { id } }'}
    document = (await client.post("/graphql", json=query, headers=bearer(await token_of(client)))).json()
    assert (document["data"]["repository"], document["errors"][0]["type"]) == (None, "NOT_FOUND")


async def test_a_token_expires(client, clock):
    token = await token_of(client)
    clock.advance(3599)
    assert await names(client, token) == ["acme/booking"]
    clock.advance(1)
    answer = await client.get("/installation/repositories", headers=bearer(token))
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


async def test_a_token_says_until_when_it_lives(client, simulator):
    simulator.knobs.token_life = 60
    answer = await client.post("/app/installations/40000001/access_tokens", headers=bearer(jwt()))
    assert answer.json()["expires_at"] == "2026-01-01T00:01:00Z"


async def test_an_apps_token_has_no_user(client):
    answer = await client.get("/user", headers=bearer(await token_of(client)))
    assert answer.status_code == 403
    assert (await client.get("/user")).json()["login"] == "demo-developer"


async def test_whoever_is_no_app_has_no_installation(client):
    assert (await client.get("/installation/repositories")).status_code == 403
    assert [one["name"] for one in (await client.get("/user/repos")).json()] == ["booking"]


@pytest.mark.parametrize(
    "token",
    ["", "a.b", "ghs_x", "a.b.c", jwt("HS256"), jwt(exp=NOW), jwt(exp=NOW + 3600), jwt(iat=NOW + 60), jwt(exp="soon")],
)
async def test_what_is_no_valid_json_web_token_is_unauthorised(client, token):
    assert (await client.get("/app/installations", headers=bearer(token))).status_code == 401


async def test_a_signature_is_checked_against_the_apps_key(tmp_path):
    library = pytest.importorskip("jwt")
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    forms = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    public = keys[0].public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo).decode()
    simulator = Simulator(Settings(root=tmp_path, app_key=public))
    now = simulator.clock.now() // 1_000_000
    tokens = [library.encode({"iss": "1", "iat": now - 60, "exp": now + 300}, key, algorithm="RS256") for key in keys]
    transport = httpx2.ASGITransport(app=application(simulator, "http://host.example"))
    async with httpx2.AsyncClient(transport=transport, base_url="http://host.example") as client:
        statuses = [(await client.get("/app", headers=bearer(token))).status_code for token in tokens]
    simulator.close()
    assert statuses == [200, 401]
