"""The OpenAPI document is true: whatever is sent, no answer is a 5xx, and each is one that the document tells of.

schemathesis makes requests out of the document, good and bad ones, and sends them to a server that listens. The feed of
changes is left out here, because its answer has no end.
"""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cuelight.api import ENDPOINTS, Context, routes
from cuelight.api.routing import catalog_group
from cuelight.asgi import application
from cuelight.asgi.openapi import Group, document
from cuelight.clock import SECOND, ManualClock
from tests.database import database
from tests.rows import ADD_CHANGE, ADD_DELIVERY, ADD_PROBLEM, add, add_entities, change, component, delivery, problem

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 25
"""Requests an operation; there are some fifty operations."""
ENDLESS = "/api/cuelight/v1/changes/stream"

DOCUMENT = document("Cuelight", "test", [catalog_group(), Group(endpoints=ENDPOINTS)])
SCHEMA = schemathesis.openapi.from_dict(msgspec.to_builtins(DOCUMENT)).exclude(path=ENDLESS)


class Running:
    """A server over a small catalog, in a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._server: uvicorn.Server | None = None
        self.address = ""

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(30)

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(30)

    async def _serve(self) -> None:
        clock = ManualClock(SECOND)
        async with database(self._folder, clock) as db:
            await add_entities(db, [component(name) for name in "abc"])
            await add(db, ADD_CHANGE, *(change(number, at=number, caused_at=number) for number in range(1, 4)))
            await add(db, ADD_PROBLEM, problem(1))
            await add(db, ADD_DELIVERY, delivery(1, received_at=1))
            await self._listen(Context(db=db, clock=clock, metrics=_metrics, readiness=_readiness, waiting=_no_room()))

    async def _listen(self, context: Context) -> None:
        config = uvicorn.Config(
            application(routes(context), context.clock), port=0, lifespan="off", log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        listener = config.bind_socket()
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._ready.set()
        await self._server.serve(sockets=[listener])


async def _metrics() -> bytes:
    return b"cuelight_up 1\n"


async def _readiness() -> Mapping[str, str | None]:
    return {"database": None}


def _no_room() -> asyncio.Semaphore:
    """Nobody waits for what does not come: a request that asks for it is answered at once."""
    return asyncio.Semaphore(0)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    running = Running(tmp_path_factory.mktemp("openapi"))
    running.start()
    yield running.address
    running.stop()


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_that_the_document_tells_of(case: schemathesis.Case[Any], server: str):
    response = case.call(base_url=server)
    case.validate_response(response, checks=list(CHECKS))
