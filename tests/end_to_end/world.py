"""A simulated code host and a Cuelight that hears of its pushes, each a process, and what a test says to them."""

import json
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

import httpx2

from cuelight.clock import isoformat
from tests import postgresql
from tests.end_to_end.polling import until
from tests.end_to_end.processes import Program, running
from tests.end_to_end.signing import SECRET, Delivery

OWNER = "acme"
TOKEN = "t0ken"
SERVER = "tests.end_to_end.server"
LOG = "server.log"
DATABASE = "cuelight.db"
KINDS = ("Component", "API", "System", "Domain", "Resource", "Group", "User", "Location", "Template")

UNFINISHED: Final = """
    SELECT (SELECT count(*) FROM event_queue)
         + (SELECT count(*) FROM repositories WHERE due_at <= :now OR claim_id IS NOT NULL)
         + (SELECT count(*) FROM signals WHERE outcome IS NULL AND kind <> 'push')
         + (SELECT count(*) FROM refresh_state WHERE due_at <= :now OR claim_id IS NOT NULL)
         + (SELECT count(*) FROM stitch_queue)
         + (SELECT count(*) FROM deletions WHERE state = 'moving')
"""


class CodeHost:
    """The simulated code host, from outside."""

    def __init__(self, program: Program, client: httpx2.AsyncClient) -> None:
        self.program = program
        self._client = client

    async def create(
        self, name: str, files: Mapping[str, str] | None = None, *, webhook: bool = True
    ) -> dict[str, Any]:
        """Create `acme/name`; what the host knows of it."""
        body = {"files": files or {}, "webhook": webhook}
        return await self._posted(f"/_simulator/repos/{OWNER}/{name}", body)

    async def commit(self, name: str, files: Mapping[str, str | None], **more: Any) -> dict[str, Any]:
        """Commit *files* (None removes) to `acme/name`; what moved. `webhook=False` loses the delivery."""
        return await self._posted(f"/_simulator/repos/{OWNER}/{name}/commits", {"files": files, **more})

    async def subscribe(self, address: str) -> None:
        """Send webhooks to the Cuelight at *address*."""
        await self._posted("/_simulator/hooks", {"url": f"{address}/webhooks/github", "secret": SECRET})

    async def deliveries(self) -> list[dict[str, Any]]:
        """What became of the webhooks, newest first."""
        answer = await self._client.get("/_simulator/deliveries")
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    async def requests(self) -> dict[str, int]:
        """How many requests were answered, by status."""
        counts: dict[str, int] = (await self._client.get("/_simulator/requests")).raise_for_status().json()["statuses"]
        return counts

    async def _posted(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


class Cuelight:
    """The program, from outside: its API, its entry point, and its rows."""

    def __init__(self, program: Program, client: httpx2.AsyncClient, database: Path, *, since: int) -> None:
        self.program = program
        self.client = client
        self.database = database
        self._since = isoformat(since)

    async def post(self, one: Delivery, path: str = "/webhooks/github") -> httpx2.Response:
        """Send *one* to the entry point."""
        return await self.client.post(path, content=one.body, headers=dict(one.headers))

    async def entity(self, ref: str) -> dict[str, Any] | None:
        """The entity *ref* (`kind:name`), or None."""
        kind, _, name = ref.partition(":")
        answer = await self.client.get(f"/api/catalog/entities/by-name/{kind}/default/{name}")
        if answer.status_code == 404:
            return None
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def appeared(self, ref: str, description: str | None = None) -> dict[str, Any]:
        """The entity *ref*, once it is there, and with *description* where one is given."""

        async def there() -> dict[str, Any] | None:
            found = await self.entity(ref)
            right = found is not None and description in {None, found["metadata"].get("description")}
            return found if right else None

        return await until(there)

    async def vanished(self, ref: str) -> None:
        """Return once there is no entity *ref*."""

        async def away() -> bool:
            return await self.entity(ref) is None

        await until(away)

    async def troubled(self, ref: str) -> None:
        """Return once there is a problem with the entity *ref*."""

        async def named() -> bool:
            return bool(await self.listed("problems", ref=ref))

        await until(named)

    async def scanned(self) -> None:
        """Return once the scan at its start is done: it may be one that a process asked for, or began, that is dead."""

        async def ended() -> bool:
            scans = [one for one in await self.listed("runs", kind="scan") if (one["startedAt"] or "") >= self._since]
            return "done" in {one["state"] for one in scans}

        await until(ended)

    async def scan(self) -> None:
        """Ask for a scan, and return once it is done: it has seen whatever the host had when it was asked for."""
        answer = await self.client.post("/api/cuelight/v1/scans", json={})
        assert answer.status_code == 202, answer.text

        async def ended() -> dict[str, Any] | None:
            run: dict[str, Any] = (await self.client.get(answer.headers["location"])).raise_for_status().json()
            return run if run["state"] in {"done", "failed"} else None

        run = await until(ended)
        assert run["state"] == "done", run["error"]

    async def settled(self) -> None:
        """Return once nothing is left to do now. A push whose commit no host shows is looked for a while longer."""

        async def idle() -> bool:
            return self.unfinished() == 0

        await until(idle)

    async def listed(self, what: str, **query: Any) -> list[dict[str, Any]]:
        """One page of a list of our own API."""
        answer = await self.client.get(f"/api/cuelight/v1/{what}", params={"limit": 500, **query})
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    async def delivery(self, guid: str) -> dict[str, Any] | None:
        """The delivery that came as *guid*, or None."""
        return next((one for one in await self.listed("deliveries") if one["guid"] == guid), None)

    def unfinished(self) -> int:
        """How many rows ask for something to be done now."""
        return int(self.rows(UNFINISHED, now=time.time_ns() // 1000)[0][0])

    def rows(self, sql: str, **parameters: Any) -> Sequence[Any]:
        """What *sql* reads, beside the program and without disturbing it."""
        return rows(self.database, sql, **parameters)


def rows(database: Path, sql: str, **parameters: Any) -> Sequence[Any]:
    """What *sql* reads from *database*, or from that on a server which stands for its folder."""
    if url := postgresql.url_of(database.parent):
        return postgresql.rows(url, sql, **parameters)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql, parameters).fetchall()


class World:
    """Both of them, the host telling Cuelight of its pushes."""

    def __init__(self, folder: Path, host: CodeHost, cuelight: Cuelight) -> None:
        self.folder = folder
        self.host = host
        self.cuelight = cuelight


@asynccontextmanager
async def code_host(folder: Path, *, port: int = 0, token: str = TOKEN) -> AsyncIterator[CodeHost]:
    """A simulated code host over *folder*, empty or as it was left there."""
    arguments = ["--root", str(folder), "--port", str(port), "--token", token]
    arguments += ["--owner", OWNER, "--web-base", "https://github.com"]
    log = folder.with_suffix(".log")
    async with running("cuelight.simulator", arguments, log) as program, _client(program, token) as client:
        yield CodeHost(program, client)


@asynccontextmanager
async def cuelight(folder: Path, config: Path) -> AsyncIterator[Cuelight]:
    """A Cuelight configured by *config*, whose database is in *folder*."""
    since = time.time_ns() // 1000
    async with running(SERVER, ["--config", str(config)], folder / LOG) as program, _client(program) as client:
        yield Cuelight(program, client, folder / DATABASE, since=since)


@asynccontextmanager
async def connected(folder: Path, **overrides: Any) -> AsyncIterator[World]:
    """Both, in *folder*; *overrides* are for `configure`."""
    async with code_host(folder / "host") as host:
        config = configure(folder, host.program.address, **overrides)
        async with cuelight(folder, config) as program:
            await host.subscribe(program.program.address)
            yield World(folder, host, program)


CATALOG: Final = {"providers": {"github": {"organization": OWNER}}, "rules": [{"allow": list(KINDS)}]}
"""The section `catalog` of every server here."""
UNBRAKED: Final = {**CATALOG, "deletionBrake": False}
"""The same for histories that delete in large numbers and wait for nobody's approval."""


def configure(folder: Path, host: str, *, port: int = 0, **overrides: Any) -> Path:
    """Write into *folder* a configuration that reads the code host at *host*; *overrides* replace its sections."""
    folder.mkdir(parents=True, exist_ok=True)
    database = postgresql.url_of(folder) or f"sqlite:///{folder}/{DATABASE}"
    document = {
        "backend": {"listen": {"port": port}, "database": {"url": database}},
        "integrations": {"github": [{"host": "github.com", "apiBaseUrl": host, "token": TOKEN}]},
        "events": {"modules": {"github": {"webhookSecret": SECRET}}},
        "catalog": CATALOG,
        **overrides,
    }
    path = folder / "app-config.yaml"
    path.write_text(json.dumps(document))  # every JSON document is one of YAML
    return path


def component(name: str, description: str = "A component", **spec: Any) -> str:
    """The descriptor of a component."""
    return json.dumps(
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": name, "description": description},
            "spec": {"type": "service", "lifecycle": "production", "owner": "team", **spec},
        }
    )


def location(name: str, *targets: str) -> str:
    """The descriptor of a Location."""
    return json.dumps(
        {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Location",
            "metadata": {"name": name},
            "spec": {"targets": targets},
        }
    )


def _client(program: Program, token: str | None = None) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx2.AsyncClient(base_url=program.address, headers=headers, trust_env=False, timeout=30)
