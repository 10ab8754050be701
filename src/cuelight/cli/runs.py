"""Asking the server for a run (a sweep, a scan, a verification) and following it to its end."""

import time
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import quote

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from cuelight.cli.client import Client, Document
from cuelight.cli.output import note
from cuelight.errors import ServiceUnavailableError, TimedOut

_API: Final = "/api/cuelight/v1"
PAUSE: Final = 0.5
"""Seconds between two looks at a run."""

Wait = Annotated[bool, Parameter(help="Wait until it has ended, and show what it came to.")]
Timeout = Annotated[
    float, Parameter(name="--timeout", validator=Number(gt=0, lte=86_400), help="Seconds to wait at most.")
]


T = TypeVar("T")


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a run is."""

    step: str
    seen: int
    of: int | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a run as is needed here."""

    id: str
    kind: str
    state: str
    progress: Progress | None = None
    result: Any = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in {"done", "failed"}


def start(client: Client, what: str, options: Document | None = None) -> tuple[Run, Document]:
    """Ask for a run of *what* (`sweeps`); the run, and all that the server says of it."""
    answer = client.post(f"{_API}/{what}", msgspec.json.encode(options or {}), {"content-type": "application/json"})
    try:
        return msgspec.convert(answer, Run), answer
    except msgspec.ValidationError as error:
        raise ServiceUnavailableError(f"the server answered something else than a run: {error}") from error


def follow(client: Client, run: Run, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> Run:
    """*run* once it has ended, told of on standard error meanwhile. TimedOut after *seconds*; it goes on at the server."""
    until = clock() + seconds
    told = None
    while not run.ended:
        if clock() > until:
            raise TimedOut(
                f"{run.id} did not end within {seconds:g} seconds, and goes on at the server; wait longer with --timeout"
            )
        told = _tell(run, told)
        time.sleep(PAUSE)
        run = client.get(f"{_API}/runs/{quote(run.id, safe='')}", kind=Run)
    return run


def expect_done(run: Run) -> None:
    """Raise ServiceUnavailableError where *run* failed."""
    if run.state == "failed":
        raise ServiceUnavailableError(f"the {run.kind} failed: {run.error}")


def result_of(run: Run, kind: type[T]) -> T:
    """What *run* came to. ServiceUnavailableError where the server's words for it are others."""
    try:
        return msgspec.convert(run.result, kind)
    except msgspec.ValidationError as error:
        raise ServiceUnavailableError(
            f"the server's report is of another kind: {error}; is it as new as this?"
        ) from error


def expect_said(known: int, unknown: int, what: str) -> None:
    """Raise ServiceUnavailableError where of all *unknown* of them nothing was said, and of none (*known*) anything."""
    if unknown and not known:
        raise ServiceUnavailableError(
            f"the hosts said nothing of any of {unknown} {what}; the reasons are above, and nothing was changed"
        )


def _tell(run: Run, told: str | None) -> str:
    """Say how far *run* is, unless that is what was said last."""
    line = f"{run.kind}: {run.state}"
    if run.progress is not None:
        of = f" of {run.progress.of}" if run.progress.of is not None else ""
        line = f"{run.kind}: {run.progress.step}, {run.progress.seen}{of}"
    if line != told:
        note(line)
    return line
