"""Every route of the whole program has a policy, and nobody gets past it."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from httpx2 import AsyncClient

from cuelight.api.permissions import PERMISSIONS
from cuelight.app import Application, Roles
from cuelight.app.policies import CATALOG, permission_of
from cuelight.asgi import Access
from cuelight.asgi.access import Operation, plugin_of
from cuelight.asgi.table import Listed, listed
from tests.unit.app.program import READER, TOKEN, asked, asking, guarded, program

OPEN = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/.backstage/health/v1/liveness"),
    ("GET", "/.backstage/health/v1/readiness"),
    ("GET", "/static/{name}"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("POST", "/sign-out"),
}
"""What needs no token: probes of load balancers, and what a browser needs in order to show one."""


@pytest.fixture
async def app(tmp_path: Path):
    async with program(tmp_path, **guarded()) as opened:
        yield opened


def table(app: Application) -> Sequence[Listed]:
    """Every route; a TypeError where one leads past the endpoints."""
    return list(listed(app.routes(Roles())))


def operations(app: Application) -> list[tuple[str, Operation]]:
    """What may be asked for, with the whole path."""
    return [
        (
            each.path,
            Operation(plugin=plugin_of(each.path), method=endpoint.method, path=endpoint.path, access=endpoint.access),
        )
        for each in table(app)
        for endpoint in each.endpoints
    ]


async def ask(client: AsyncClient, method: str, path: str, token: str | None = None) -> int:
    """The status of a request for *path*, whose parameters are made up."""
    made_up = re.sub(r"\{[^}]*\}", "1", path)
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return (await client.request(method, made_up, headers=headers)).status_code


async def test_every_endpoint_names_its_access(app: Application):
    assert all(isinstance(operation.access, Access) for _, operation in operations(app))
    assert len(operations(app)) > 30


async def test_nothing_is_open_but_probes_and_what_a_browser_needs_to_sign_in(app: Application):
    assert {(it.method, path) for path, it in operations(app) if it.access is Access.OPEN} == OPEN


async def test_whatever_changes_something_asks_for_more_than_reading(app: Application):
    reading = {"/entities/by-query", "/entities/by-refs", "/entity-facets", "/locations/by-query"}
    reading |= {"/analyze-location", "/validate-entity", "/.well-known/backstage/permissions/apply-conditions"}
    changing = [it for _, it in operations(app) if it.method != "GET" and it.path not in reading]
    assert [it for it in changing if it.access is Access.READ] == []


async def test_without_a_token_every_route_that_is_not_open_answers_401(app: Application):
    async with asking(app.asgi(Roles())) as client:
        closed = [(it.method, path) for path, it in operations(app) if it.access is not Access.OPEN]
        statuses = {(method, path): await ask(client, method, path) for method, path in closed}
    assert {route: status for route, status in statuses.items() if status != 401} == {}


async def test_a_caller_of_another_plugin_gets_nothing_of_ours(app: Application):
    async with asking(app.asgi(Roles())) as client:
        ours = [
            (it.method, path) for path, it in operations(app) if it.plugin != "catalog" and it.access is not Access.OPEN
        ]
        statuses = {(method, path): await ask(client, method, path, READER) for method, path in ours}
    assert {route: status for route, status in statuses.items() if status != 403} == {}


async def test_a_caller_that_may_only_read_the_catalog_changes_nothing_of_it(app: Application):
    async with asking(app.asgi(Roles())) as client:
        others = [
            (it.method, path)
            for path, it in operations(app)
            if it.plugin == "catalog" and permission_of(it).name not in {"catalog.entity.read", "catalog.location.read"}
        ]
        statuses = {(method, path): await ask(client, method, path, READER) for method, path in others}
    assert others
    assert {route: status for route, status in statuses.items() if status != 403} == {}


async def test_every_operation_of_the_catalog_has_backstages_name(app: Application):
    missing = [
        (it.method, it.path)
        for _, it in operations(app)
        if it.plugin == "catalog" and (it.method, it.path) not in CATALOG
    ]
    assert missing == []


def test_the_names_are_those_that_backstage_is_told_of():
    told = {item.name: item.attributes.get("action") for item in PERMISSIONS}
    assert {permission.name: permission.action for permission in CATALOG.values()}.items() <= told.items()


async def test_a_process_without_the_api_has_policies_too(app: Application):
    paths = {
        (endpoint.method, each.path): endpoint.access
        for each in listed(app.routes(Roles(api=False)))
        for endpoint in each.endpoints
    }
    assert paths == {
        **dict.fromkeys(
            [route for route in OPEN if "/static" not in route[1] and "/sign" not in route[1]], Access.OPEN
        ),
        ("GET", "/metrics"): Access.OPERATE,
    }


async def test_webhooks_need_no_token(tmp_path: Path):
    async with asked(tmp_path, **guarded()) as client:
        answer = await client.post("/webhooks/github", content=b"{}", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (403, {"message": "invalid signature"})


async def test_metrics_need_a_token(tmp_path: Path):
    async with asked(tmp_path, **guarded()) as client:
        assert (await ask(client, "GET", "/metrics"), await ask(client, "GET", "/metrics", TOKEN)) == (401, 200)
