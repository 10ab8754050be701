"""Probes and metrics, and what holds for every endpoint."""

import pytest
from httpx2 import AsyncClient

from cuelight.api import CATALOG_ENDPOINTS, ENDPOINTS
from cuelight.asgi import Access, Endpoint


@pytest.mark.parametrize("path", ["/livez", "/.backstage/health/v1/liveness"])
async def test_it_lives_whatever_it_lacks(client: AsyncClient, missing: dict[str, str | None], path: str):
    missing["database"] = "the disk is full"
    assert (await client.get(path)).json() == {"status": "ok", "dependencies": {}}


@pytest.mark.parametrize("path", ["/readyz", "/.backstage/health/v1/readiness"])
async def test_it_is_ready_when_nothing_is_missing(client: AsyncClient, path: str):
    assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/readyz", "/.backstage/health/v1/readiness"])
async def test_it_is_not_ready_and_says_what_is_missing(client: AsyncClient, missing: dict[str, str | None], path: str):
    missing["database"] = "the disk is full"
    response = await client.get(path)
    assert (response.status_code, response.json()) == (
        503,
        {"status": "error", "dependencies": {"database": "the disk is full"}},
    )


async def test_metrics_are_prometheus_text(client: AsyncClient):
    response = await client.get("/metrics")
    assert response.text == "cuelight_up 1\n"
    assert response.headers["content-type"].startswith("text/plain; version=")


@pytest.mark.parametrize("endpoint", [*CATALOG_ENDPOINTS, *ENDPOINTS], ids=lambda endpoint: endpoint.path)
def test_every_endpoint_names_its_access_and_says_what_it_does(endpoint: Endpoint[object]):
    assert isinstance(endpoint.access, Access)
    assert endpoint.function.__doc__


def test_only_probes_are_open_to_everybody():
    opened = {endpoint.path for endpoint in (*CATALOG_ENDPOINTS, *ENDPOINTS) if endpoint.access is Access.OPEN}
    assert opened == {"/livez", "/readyz", "/.backstage/health/v1/liveness", "/.backstage/health/v1/readiness"}


def test_no_two_endpoints_share_a_method_and_a_path():
    named = [(endpoint.method, endpoint.path) for endpoint in ENDPOINTS]
    named += [(endpoint.method, f"/api/catalog{endpoint.path}") for endpoint in CATALOG_ENDPOINTS]
    assert len(named) == len(set(named))
