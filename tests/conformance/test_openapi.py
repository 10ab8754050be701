"""The OpenAPI document is true: whatever is sent, no answer is a 5xx, and each is one that the document tells of.

schemathesis makes requests out of the document, good and bad ones, and sends them to a server that listens: to one that
lets everybody in, on either database, and to one that asks for a token, with a token and without. The feed of changes is left out here,
because its answer has no end.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
import structlog
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
from cuelight.api.waiting import Waiting
from cuelight.asgi import application
from cuelight.asgi.guard import Entrance
from cuelight.asgi.openapi import Group, document
from cuelight.clock import SECOND, ManualClock
from tests import postgresql
from tests.database import database
from tests.rows import ADD_CHANGE, ADD_DELIVERY, ADD_PROBLEM, add, add_entities, change, component, delivery, problem
from tests.unit.asgi.entrance import TOKEN, entrance

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = int(os.environ.get("CUELIGHT_TEST_EXAMPLES", "25"))
"""Requests an operation; there are some fifty operations. Before a release, let them be 2000."""
ENDLESS = "/api/cuelight/v1/changes/stream"

DOCUMENT = document("Cuelight", "test", [catalog_group(), Group(endpoints=ENDPOINTS)])
SCHEMA = schemathesis.openapi.from_dict(msgspec.to_builtins(DOCUMENT)).exclude(path=ENDLESS)


class Running:
    """A server over a small catalog, in a thread of its own."""

    def __init__(self, folder: Path, clock: ManualClock, entrance: Entrance) -> None:
        self._folder = folder
        self._clock = clock
        self._entrance = entrance
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
        clock = self._clock
        async with database(self._folder, clock) as db:
            await add_entities(db, [component(name) for name in "abc"])
            await add(db, ADD_CHANGE, *(change(number, at=number, caused_at=number) for number in range(1, 4)))
            await add(db, ADD_PROBLEM, problem(1))
            await add(db, ADD_DELIVERY, delivery(1, received_at=1))
            await self._listen(Context(db=db, clock=clock, metrics=_metrics, readiness=_readiness, waiting=_no_room()))

    async def _listen(self, context: Context) -> None:
        app = application(routes(context), context.clock, entrance=self._entrance)
        config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        listener = config.bind_socket()
        listener.listen()  # whoever comes before the server does waits
        self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._ready.set()
        await self._server.serve(sockets=[listener])


async def _metrics() -> bytes:
    return b"cuelight_up 1\n"


async def _readiness() -> Mapping[str, str | None]:
    return {"database": None}


def _no_room() -> Waiting:
    """Nobody waits for what does not come: a request that asks for it is answered at once."""
    return Waiting(0)


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Requests are many, and what their log lines say is looked at elsewhere."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@contextmanager
def running(folder: Path, clock: ManualClock, entrance: Entrance) -> Iterator[str]:
    """The address of a server that lets in whom *entrance* does."""
    server = Running(folder, clock, entrance)
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def open_to_all(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("open")
    if request.param == "postgresql":
        (folder / postgresql.NOTE).write_text(request.getfixturevalue("postgresql_databases"))
    with running(folder, ManualClock(SECOND), Entrance()) as address:
        yield address


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    clock = ManualClock(SECOND)
    with running(tmp_path_factory.mktemp("guarded"), clock, entrance(clock)) as address:
        yield address


def sending(examples: int) -> settings:
    """Send so many requests an operation, the same ones each time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


@SCHEMA.parametrize()
@sending(EXAMPLES)
def test_every_answer_is_one_that_the_document_tells_of(case: schemathesis.Case[Any], open_to_all: str):
    response = case.call(base_url=open_to_all)
    case.validate_response(response, checks=list(CHECKS))


@SCHEMA.parametrize()
@sending(EXAMPLES // 3)
def test_so_is_every_answer_to_somebody_with_a_token(case: schemathesis.Case[Any], guarded: str):
    response = case.call(base_url=guarded, headers={"Authorization": f"Bearer {TOKEN}"})
    case.validate_response(response, checks=list(CHECKS))


@SCHEMA.parametrize()
@sending(5)
def test_so_is_every_refusal(case: schemathesis.Case[Any], guarded: str):
    response = case.call(base_url=guarded)
    case.validate_response(response, checks=list(CHECKS))
    is_open = "security" not in case.operation.definition.raw
    assert is_open or response.status_code == 401
