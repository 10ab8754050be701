"""The listeners, as others reach them: real sockets, and the whole program behind them."""

import asyncio
import gc
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cuelight.app import Roles, serve
from cuelight.asgi.table import listed
from cuelight.errors import ConfigurationError
from tests.unit.app.program import TOKEN, guarded, program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@asynccontextmanager
async def served(folder: Path, roles: Roles | None = None, **backend: Any) -> AsyncIterator[str]:
    """The program, serving; its main address."""
    async with program(folder, listen={"port": 0}, **backend) as app:
        address: asyncio.Queue[str] = asyncio.Queue()
        serving = asyncio.create_task(serve(app, roles or Roles(worker=False), ready=address.put_nowait))
        listening = asyncio.create_task(address.get())
        try:
            await asyncio.wait([serving, listening], return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            yield await listening
        finally:
            serving.cancel()
            listening.cancel()
            await asyncio.wait([serving, listening])


async def status(url: str, method: str = "GET", **headers: str) -> int:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return (await client.request(method, url, headers=headers)).status_code


async def test_the_page_names_the_listener_that_webhooks_have_of_their_own(tmp_path: Path):
    port = free_port()
    async with (
        served(tmp_path, ingress={"listen": {"port": port}}) as main,
        httpx2.AsyncClient(trust_env=False) as client,
    ):
        page = (await client.get(main)).text
    assert f"<code>http://&lt;your host&gt;:{port}/webhooks/github</code>" in page


async def test_webhooks_on_a_listener_of_their_own_leave_the_main_one(tmp_path: Path):
    port = free_port()
    async with served(tmp_path, ingress={"listen": {"port": port}}) as main:
        own = f"http://127.0.0.1:{port}"
        asked = [await status(f"{base}/webhooks/github", "POST") for base in (main, own)]
        shown = [await status(f"{base}/api/catalog/entities") for base in (main, own)]
        well = [await status(f"{base}/readyz") for base in (main, own)]
    assert (asked, shown, well) == ([404, 403], [200, 404], [200, 200])


@pytest.mark.parametrize("path", ["/webhooks/github", "/api/events/http/github", "/%77ebhooks/github", "/webhooks/"])
async def test_the_main_listener_has_no_way_in_for_webhooks_then(tmp_path: Path, path: str):
    async with served(tmp_path, ingress={"listen": {"port": free_port()}}) as main:
        assert await status(f"{main}{path}", "POST") == 404


async def test_the_webhooks_own_listener_has_no_other_route(tmp_path: Path):
    port = free_port()
    async with program(tmp_path) as app:
        paths = {re.sub(r"\{[^}]*\}", "1", each.path) for each in listed(app.routes(Roles()))}
    (tmp_path / "own").mkdir()
    async with served(tmp_path / "own", ingress={"listen": {"port": port}}):
        found = {path for path in paths if await status(f"http://127.0.0.1:{port}{path}") != 404}
    assert found == {"/livez", "/readyz", "/.backstage/health/v1/liveness", "/.backstage/health/v1/readiness"}


@pytest.mark.parametrize("listener", ["main", "own"])
async def test_limits_hold_wherever_webhooks_come_in(tmp_path: Path, listener: str):
    port = free_port()
    listen = {"listen": {"port": port}} if listener == "own" else {}
    async with served(tmp_path, ingress={**listen, "bodyLimit": "1KB"}) as main:
        base = f"http://127.0.0.1:{port}" if listener == "own" else main
        async with httpx2.AsyncClient(trust_env=False) as client:
            large = await client.post(f"{base}/webhooks/github", content=b"x" * 1025)
            endless = await client.post(f"{base}/webhooks/github", content=_pieces())
            with suppress(httpx2.WriteError, httpx2.ReadError):  # hung up on before it could read why
                head = await client.post(f"{base}/webhooks/github", headers={"x-more": "x" * 1_000_000})
                assert head.status_code == 431
    assert (large.status_code, endless.status_code) == (413, 413)


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(4):
        yield b"x" * 300


async def test_a_token_opens_the_main_listener(tmp_path: Path):
    async with served(tmp_path, **guarded()) as main:
        url = f"{main}/api/catalog/entities"
        assert [await status(url), await status(url, Authorization=f"Bearer {TOKEN}")] == [401, 200]


@pytest.mark.parametrize("byte", ["\xff", "\x80"])
async def test_a_token_of_odd_bytes_is_refused_and_breaks_nothing(tmp_path: Path, byte: str):
    async with served(tmp_path, **guarded()) as main:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(main.rpartition(":")[2]))
        asked = f"GET /api/catalog/entities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {byte}\r\n\r\n"
        writer.write(asked.encode("latin-1"))
        answer = await reader.readline()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 401")


async def test_an_address_that_is_taken_is_told_with_the_mend(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1:{port} cannot be listened on"):
            async with served(tmp_path, ingress={"listen": {"port": port}}):
                pass


async def test_collections_of_garbage_pass_over_what_the_program_is_made_of_while_it_serves(tmp_path: Path):
    async with served(tmp_path):
        spared = gc.get_freeze_count()
    assert (spared > 10_000, gc.get_freeze_count()) == (True, 0)
