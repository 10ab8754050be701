"""A host whose answers a test gives."""

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx2
import pytest

from cuelight.clock import SECOND, ManualClock
from cuelight.errors import HostError
from cuelight.fetch import Fetch, FetchSection, Origin
from cuelight.options import ByteSize

BASE = "https://host.example/api"
NOW = 1_767_225_600


class Host:
    """A host whose answers a test gives, by path, and what it was asked."""

    def __init__(self, *answers: httpx2.Response, response_limit: int = 1000) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []
        self.clock = ManualClock(NOW * SECOND)
        self.seen: list[tuple[str, str, str, int | None]] = []
        self.fetch = Fetch(
            FetchSection(response_limit=ByteSize(response_limit)),
            self.clock,
            observe=lambda host, kind, purpose, status, _: self.seen.append((host, kind, purpose, status)),
            transport=httpx2.MockTransport(self._answer),
        )
        self.origin = self.fetch.for_host(BASE, {"authorization": "Bearer hunter2"})

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        return self.answers.pop(0)


def answered(status: int, body: bytes = b"", **headers: str) -> httpx2.Response:
    return httpx2.Response(
        status, content=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def told(error: BaseException) -> str:
    """All that a log shows of *error*, with what it came from."""
    return "".join(traceback.format_exception(error))


async def refused(host: Host) -> HostError:
    with pytest.raises(HostError) as caught:
        await host.origin.get("/x", kind="thing")
    return caught.value


def http_date(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, UTC), usegmt=True)


def limits(remaining: int, limit: int = 1000) -> dict[str, str]:
    """What an answer says of the hour, which ends in 90 seconds."""
    return {
        "x_ratelimit_limit": str(limit),
        "x_ratelimit_remaining": str(remaining),
        "x_ratelimit_reset": str(NOW + 90),
    }


def origin_of(answer: Callable[[httpx2.Request], object], concurrency: int = 16) -> Origin:
    transport = httpx2.MockTransport(answer)  # type: ignore[arg-type] # coroutines too
    return Fetch(FetchSection(concurrency=concurrency), ManualClock(), transport=transport).for_host(BASE)
