"""`cuelight demo`: Cuelight, a simulated code host, and clones to push from, in one process and one folder."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cuelight.app import Application, Roles, application
from cuelight.app import serve as serve_application
from cuelight.catalog.queries import (
    Change,
    Problem,
    count_catalog,
    held_back,
    list_changes,
    list_problems,
    newest_sequence,
)
from cuelight.cli.serve import run, settings_of
from cuelight.clock import SECOND
from cuelight.errors import ConfigurationError, CuelightError
from cuelight.settings import Settings
from cuelight.simulator import Hook, Parcel, Pushed, Simulator
from cuelight.simulator import Settings as SimulatorSettings
from cuelight.simulator import running as simulator_running
from cuelight.simulator.seed import DEMO, seed_demo
from cuelight.telemetry import configure_logging

OWNER = "acme"
SECRET = "demo"  # noqa: S105 -- between two parts of one process on this machine
CONFIG = """\
# Written anew whenever `cuelight demo` starts: what a configuration for a real organisation looks like, too.
backend:
  listen: {{port: {port}}}
  database: {{url: "sqlite:///{folder}/cuelight.db"}}
integrations:
  github:
    - host: localhost:{host_port}
      apiBaseUrl: http://localhost:{host_port}
events:
  modules:
    github: {{webhookSecret: {secret}}}
catalog:
  providers:
    github:
      organization: {owner}
      host: localhost:{host_port}
  rules:
    - allow: [Component, API, System, Domain, Resource, Group, User, Location]
"""
_KINDS = {
    "scan": "a scan",
    "sweep": "a sweep",
    "confirm": "a confirmation",
    "verify": "a verification",
    "refresh": "a refresh",
    "approval": "an approval",
    "restore": "a restoration",
    "configuration": "the configuration",
}
"""What begins the ids of causes that no event is."""
_PROMPT = 10 * SECOND
"""Within what time an event of a push comes in."""
IDENTITY = {"user.name": "Demo Developer", "user.email": "developer@example.com", "commit.gpgsign": "false"}


def demo(
    *,
    folder: Annotated[Path, Parameter(help="Where everything is kept; delete it to begin anew.")] = Path("demo"),
    port: Annotated[int, Parameter(help="Where Cuelight listens.")] = 7007,
    host_port: Annotated[int, Parameter(help="Where the simulated code host listens.")] = 7008,
) -> None:
    """Run Cuelight with a simulated organisation, and print every change as it becomes visible.

    For example:

        cuelight demo
        cuelight demo --folder /tmp/demo --port 8007 --host-port 8008
    """
    configure_logging("warning")
    home = folder.resolve()
    config = home / "app-config.yaml"
    text = CONFIG.format(folder=home, port=port, host_port=host_port, secret=SECRET, owner=OWNER)
    try:
        home.mkdir(parents=True, exist_ok=True)
        config.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{home} cannot be written: {error.strerror}; choose another --folder") from error
    run(_demo(home, settings_of((config,), {}), host_port))


class _Host(Simulator):
    """The simulated host, which remembers when each commit was pushed."""

    def __init__(self, settings: SimulatorSettings) -> None:
        super().__init__(settings)
        self.pushed: dict[str, int] = {}

    async def announce(self, pushes: Sequence[Pushed]) -> list[Parcel]:
        self.pushed.update({push.after: push.at for push in pushes if push.after})
        return await super().announce(pushes)


async def _demo(home: Path, settings: Settings, host_port: int) -> None:
    base = f"http://localhost:{host_port}"
    hook = Hook(url=f"http://127.0.0.1:{settings.backend.listen.port}/webhooks/github", secret=SECRET)
    host = _Host(SimulatorSettings(root=home / "host", base_url=base, hooks=(hook,)))
    await asyncio.to_thread(_seed, host, home)
    there = {repository.metadata.name for repository in host.host.repositories(OWNER)}
    try:
        async with simulator_running(host, port=host_port), application(settings) as app:
            await _clone(home, base, [name for name in DEMO if name in there])
            await _show(app, host, home, base)
    finally:
        host.close()


def _seed(host: _Host, home: Path) -> None:
    """Make the organisation, once: what somebody deleted since is not made again."""
    done = home / "host" / ".seeded"
    if not done.exists():
        seed_demo(host.host, OWNER)
        done.touch()


async def _show(app: Application, host: _Host, home: Path, base: str) -> None:
    """Serve *app*, tell what to try, and print changes until the server is told to stop."""
    ready = asyncio.Event()
    serving = asyncio.create_task(serve_application(app, Roles(), ready=lambda _address: ready.set()))
    telling = asyncio.create_task(_tell(app, host, home, base, ready))
    try:
        await asyncio.wait({serving, telling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    await serving


async def _tell(app: Application, host: _Host, home: Path, base: str, ready: asyncio.Event) -> None:
    await ready.wait()
    await app.upkeep.scanned.wait()
    await app.settled()
    _greet(app, home, base, (await count_catalog(app.db)).entities)
    listener = app.db.listen("changes")
    news = _News(app, host, since=await newest_sequence(app.db))
    while True:
        for line in await news.lines():
            print(line, flush=True)
        await listener.wait(5)


class _News:
    """What happened since the last look: a line for each change, each new problem, and each entity that is held back."""

    def __init__(self, app: Application, host: _Host, *, since: int) -> None:
        self._db = app.db
        self._address = _address(app)
        self._host = host
        self._since = since
        self._problems: frozenset[str] = frozenset()
        self._held: frozenset[str] = frozenset()

    async def lines(self) -> list[str]:
        changes = list(reversed(await list_changes(self._db, limit=100, since=self._since)))
        self._since = max((change.sequence for change in changes), default=self._since)
        lines = {_problem_line(problem): None for problem in await list_problems(self._db, limit=20)}
        problems = [line for line in lines if line not in self._problems]
        held = await self._db.read(held_back)
        waiting = sorted(held - self._held)
        self._problems, self._held = frozenset(lines), held
        return [
            *(_line(change, self._host) for change in changes),
            *problems,
            *(f"    held  {ref}: its deletion waits until somebody approves, as many went at once" for ref in waiting),
            *([f"          See: {_command()} deletions list --state held --server {self._address}"] if waiting else ()),
        ]


def _greet(app: Application, home: Path, base: str, entities: int) -> None:
    """Five lines: what there is, and what to try."""
    near = home.relative_to(Path.cwd()) if home.is_relative_to(Path.cwd()) else home
    address = _address(app)
    file = near / "payments" / "catalog-info.yaml"
    print(f"Cuelight is live on {address} with {entities} entities of the organisation {OWNER} ({base}/{OWNER}).")
    print(f"1. Open {address}, or ask it: {_command()} entities list --filter kind=component --server {address}")
    print(f"2. Edit a descriptor: {file} (change its description, its owner, its lifecycle)")
    print(f"3. Push it: git -C {file.parent} commit -qam 'Try it' && git -C {file.parent} push -q")
    print("4. Watch it become visible below, and on the page. Ctrl-C stops everything.", flush=True)


def _address(app: Application) -> str:
    return f"http://localhost:{app.settings.backend.listen.port}"


def _command() -> str:
    """How this program was called, as short as one may write it here."""
    called = Path(sys.argv[0]).absolute()
    return str(called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called)


def _line(change: Change, host: _Host) -> str:
    what = ", ".join(change.paths[:4]) + (", …" if len(change.paths) > 4 else "")
    detail = f": {what}" if change.action == "updated" else ""
    return f"{change.action:>8}  {change.entity_ref}{detail}  ({_since(change, host)})"


def _problem_line(problem: Problem) -> str:
    place = f" ({problem.url}:{problem.line})" if problem.url and problem.line else ""
    return f"{problem.level:>8}  {problem.entity_ref}: {' '.join(problem.message.split())}{place}"


def _since(change: Change, host: _Host) -> str:
    """What made it visible, and for what the host told of how long after that."""
    if (cause := change.cause) is None:
        return "for no known cause"
    kind, colon, _ = cause.id.partition(":")
    if colon or cause.id == "configuration":
        return f"because of {_KINDS.get(kind, kind)}"
    pushed = host.pushed.get(cause.commit or "")
    if pushed is not None and abs(cause.at - pushed) < _PROMPT:
        return f"{(change.at - pushed) / 1000:.0f} ms after the push"
    return f"{(change.at - cause.at) / 1000:.0f} ms after the event"


async def _clone(home: Path, base: str, names: Sequence[str]) -> None:
    """Clone those of *names* that are not cloned yet, each with an identity of its own, so that a commit needs no set-up."""
    if shutil.which("git") is None:
        raise ConfigurationError("git is missing; on Debian or Ubuntu: sudo apt install git")
    lacking = [name for name in names if not (home / name / ".git").exists()]
    for name in lacking:
        options = [word for key, value in IDENTITY.items() for word in ("-c", f"{key}={value}")]
        await _git("clone", "--quiet", *options, f"{base}/{OWNER}/{name}.git", str(home / name))


async def _git(*words: str) -> None:
    process = await asyncio.create_subprocess_exec("git", *words, stderr=asyncio.subprocess.PIPE)
    _, complaint = await process.communicate()
    if process.returncode:
        raise CuelightError(f"git {words[0]} failed: {complaint.decode('utf-8', 'replace').strip()}")
