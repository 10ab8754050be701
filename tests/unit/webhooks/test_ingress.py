"""Each answer of the entry point, and what it leaves in the journal."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

import cuelight.repositories.tables  # noqa: F401 -- their tables are part of the schema
from cuelight.clock import ManualClock
from cuelight.db import Database
from cuelight.errors import InvalidSignature
from cuelight.events import Event, EventsClient, backend_class
from cuelight.journal import Journal
from cuelight.journal.queries import DeliverySummary, get_delivery, list_deliveries
from cuelight.options import ByteSize, Duration
from cuelight.scm import Delivery, Identity, Translated
from cuelight.telemetry import Metrics
from cuelight.webhooks import Ingress, WebhookGateway
from cuelight.webhooks.config import IngressSection
from cuelight.webhooks.disk import Disk
from tests.database import database

SECRET = b"s3cret"
LIMIT = 1000


class Quay:
    """A webhook of the tests' own: signs as GitHub does, and knows two events."""

    name = "quay"
    topics = ("quay.push",)
    refusal = None

    def verify(self, delivery: Delivery) -> None:
        given = delivery.headers.get("x-quay-signature", "").encode()
        if not hmac.compare_digest(given, sign(delivery.body)):
            raise InvalidSignature("nobody signed this")

    def identify(self, delivery: Delivery) -> Identity:
        return Identity(key=delivery.headers.get("x-quay-delivery"), event=delivery.headers.get("x-quay-event", "push"))

    def body(self, delivery: Delivery) -> bytes | None:
        return delivery.body if delivery.headers.get("content-type") == "application/json" else None

    def translate(self, _delivery: Delivery, document: bytes) -> Sequence[Translated]:
        payload = msgspec.json.decode(document)
        if payload == {"breaks": True}:
            raise KeyError("repository")
        return [Translated(topic="quay.push", key="r1", reason="nothing of interest")]


def sign(body: bytes) -> bytes:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode()


class Answer(msgspec.Struct):
    status: int
    headers: dict[bytes, bytes]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Dock:
    """The gateway under test, its journal, and a sender."""

    def __init__(self, db: Database, events: EventsClient, gateway: WebhookGateway) -> None:
        self.db = db
        self.events = events
        self.gateway = gateway

    async def post(
        self,
        body: bytes = b'{"n":1}',
        *,
        path: str = "/webhooks/quay",
        method: str = "POST",
        chunks: Sequence[bytes] | None = None,
        **headers: str,
    ) -> Answer | None:
        given = {"content-type": "application/json", "x-quay-delivery": "d1", "x-quay-signature": sign(body).decode()}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
        }
        messages: list[MutableMapping[str, Any]] = []

        async def send(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        await self.gateway(scope, _sender(chunks if chunks is not None else [body]), send)
        if not messages:
            return None
        return Answer(messages[0]["status"], dict(messages[0]["headers"]), messages[1]["body"])

    async def deliveries(self) -> list[DeliverySummary]:
        return await list_deliveries(self.db, limit=100)


def _sender(chunks: Sequence[bytes]) -> Callable[[], Awaitable[MutableMapping[str, Any]]]:
    """An ASGI receive of *chunks*; an empty last one means that the sender left."""
    left = list(chunks)

    async def receive() -> MutableMapping[str, Any]:
        if not left or left[0] == b"":
            return {"type": "http.disconnect"}
        chunk = left.pop(0)
        if chunk == b"(silence)":
            await asyncio.Event().wait()
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    return receive


async def nothing_else(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("this path is the ingress's")


@pytest.fixture
def limits() -> IngressSection:
    return IngressSection(
        body_limit=ByteSize(LIMIT),
        deadline=Duration(0.05),
        bytes_in_flight=ByteSize(2 * LIMIT),
        minimum_free_disk=ByteSize(0),
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def dock(tmp_path: Path, limits: IngressSection, clock: ManualClock) -> AsyncIterator[Dock]:
    metrics = Metrics()
    async with database(tmp_path, clock) as db:
        events = EventsClient(db, backend_class("db")(db, clock), clock, metrics)

        async def handler(_events: Sequence[Event], _tx: object) -> None:
            return None

        events.subscribe("test", ["quay.*"], handler)
        await events.open()
        disk = Disk(tmp_path, limits.minimum_free_disk, clock)
        ingress = Ingress(Journal(db, events, metrics), clock=clock, metrics=metrics, disk=disk, limits=limits)
        ingress.attach(Quay())
        yield Dock(db, events, WebhookGateway(nothing_else, ingress))


@pytest.mark.parametrize("path", ["/webhooks/quay", "/api/events/http/quay"])
async def test_a_signed_delivery_is_committed_and_answered_with_its_id(dock: Dock, path: str):
    answer = await dock.post(path=path)
    assert answer is not None
    (delivery,) = await dock.deliveries()
    assert (answer.status, answer.json()) == (202, {"status": "accepted", "id": delivery.id, "outcome": "accepted"})


async def test_a_delivery_is_kept_byte_for_byte(dock: Dock):
    body = b'{"text":"\xc3\xa9\\u00e9"}  '
    await dock.post(body)
    (delivery,) = await dock.deliveries()
    detail = await get_delivery(dock.db, delivery.id)
    assert detail is not None
    assert detail.body == body


async def test_a_delivery_s_events_are_queued_with_it(dock: Dock):
    await dock.post()
    assert await dock.events.consumer("test").turn(0) == 1


async def test_what_arrives_in_pieces_is_put_together(dock: Dock):
    body = b'{"n":1}'
    answer = await dock.post(body, chunks=[b'{"n', b'":', b"1}"])
    assert answer is not None
    assert answer.status == 202


async def test_a_doubled_delivery_is_answered_alike_and_changes_nothing(dock: Dock):
    first, second = await dock.post(), await dock.post()
    assert first is not None
    assert second is not None
    assert (second.status, second.json()["id"], second.json()["outcome"]) == (202, first.json()["id"], "doubled")
    assert len(await dock.deliveries()) == 1


async def test_a_hundred_copies_at_once_are_one_delivery(dock: Dock):
    answers = await asyncio.gather(*(dock.post() for _ in range(100)))
    assert {answer.json()["id"] for answer in answers if answer} == {(await dock.deliveries())[0].id}


async def test_the_same_id_with_another_body_is_kept_as_a_conflict_and_publishes_nothing(dock: Dock):
    await dock.post(b'{"n":1}')
    answer = await dock.post(b'{"n":2}')
    assert answer is not None
    assert (answer.status, answer.json()["outcome"]) == (202, "conflict")
    assert sorted(delivery.state for delivery in await dock.deliveries()) == ["conflict", "published"]
    assert await dock.events.consumer("test").turn(0) == 1


async def test_a_sender_without_ids_is_known_by_its_body_for_ten_minutes(dock: Dock, clock: ManualClock):
    await dock.post(x_quay_delivery="")
    clock.advance(599)
    again = await dock.post(x_quay_delivery="")
    clock.advance(2)
    later = await dock.post(x_quay_delivery="")
    assert again is not None
    assert later is not None
    assert (again.json()["outcome"], later.json()["outcome"]) == ("doubled", "accepted")


@pytest.mark.parametrize("signature", ["", "0" * 64, "é"])
async def test_an_unsigned_or_forged_delivery_is_refused_and_leaves_no_row(dock: Dock, signature: str):
    answer = await dock.post(x_quay_signature=signature)
    assert answer is not None
    assert (answer.status, answer.json()) == (403, {"message": "invalid signature"})
    assert await dock.deliveries() == []


async def test_an_unknown_integration_is_not_found(dock: Dock):
    answer = await dock.post(path="/webhooks/nowhere")
    assert answer is not None
    assert (answer.status, answer.json()["error"]["name"]) == (404, "NotFoundError")


async def test_a_body_past_the_limit_is_refused_by_its_announced_length(dock: Dock):
    answer = await dock.post(content_length=str(LIMIT + 1))
    assert answer is not None
    assert (answer.status, answer.json()["error"]["name"]) == (413, "TooLargeError")


async def test_a_body_past_the_limit_is_refused_while_it_streams(dock: Dock):
    answer = await dock.post(chunks=[b"x" * 600, b"x" * 600, b"never read"])
    assert answer is not None
    assert answer.status == 413
    assert await dock.deliveries() == []


async def test_a_body_at_the_limit_is_taken(dock: Dock):
    answer = await dock.post(b'{"n":"' + b"x" * (LIMIT - 8) + b'"}')
    assert answer is not None
    assert answer.status == 202


async def test_a_body_that_is_cut_off_gets_no_answer_and_leaves_no_row(dock: Dock):
    assert await dock.post(chunks=[b'{"n"', b""]) is None
    assert await dock.deliveries() == []


async def test_a_body_past_its_deadline_is_a_time_out(dock: Dock):
    answer = await dock.post(chunks=[b'{"n"', b"(silence)"])
    assert answer is not None
    assert answer.status == 408
    assert await dock.deliveries() == []


async def test_another_content_type_is_not_taken(dock: Dock):
    answer = await dock.post(content_type="text/plain")
    assert answer is not None
    assert answer.status == 415
    assert await dock.deliveries() == []


async def test_a_signed_body_that_is_no_json_is_kept_as_unparseable(dock: Dock):
    answer = await dock.post(b"not json")
    assert answer is not None
    assert answer.status == 202
    (delivery,) = await dock.deliveries()
    assert (delivery.state, await dock.events.consumer("test").turn(0)) == ("unparseable", 0)


async def test_a_payload_that_breaks_its_translation_is_kept_with_the_reason(dock: Dock):
    answer = await dock.post(b'{"breaks":true}')
    assert answer is not None
    assert answer.status == 202
    (delivery,) = await dock.deliveries()
    assert delivery.state == "failed"
    assert "KeyError" in (delivery.reason or "")


async def test_another_method_is_told_which_one_to_use(dock: Dock):
    answer = await dock.post(method="GET")
    assert answer is not None
    assert (answer.status, answer.headers[b"allow"]) == (405, b"POST")


async def test_bytes_in_flight_are_given_back(dock: Dock):
    for number in range(10):
        answer = await dock.post(b'{"n":"' + b"x" * 900 + b'"}', x_quay_delivery=f"d{number}")
        assert answer is not None
        assert answer.status == 202


async def test_more_bytes_than_fit_in_memory_are_asked_to_come_back(dock: Dock):
    held = [asyncio.create_task(dock.post(chunks=[b"x" * 900, b"(silence)"])) for _ in range(2)]
    await asyncio.sleep(0)
    answer = await dock.post(b'{"n":"' + b"x" * 900 + b'"}')
    await asyncio.gather(*held)
    assert answer is not None
    assert (answer.status, answer.headers[b"retry-after"]) == (503, b"1")


@pytest.mark.parametrize("limits", [IngressSection(minimum_free_disk=ByteSize(2**60))])
async def test_a_disk_that_runs_low_refuses_deliveries_until_there_is_room(dock: Dock):
    answer = await dock.post()
    assert answer is not None
    assert (answer.status, answer.headers[b"retry-after"]) == (503, b"30")
    assert await dock.deliveries() == []


async def test_headers_are_kept_without_their_secrets(dock: Dock):
    await dock.post(authorization="Bearer x", cookie="a=b", x_gitlab_token="t", x_quay_event="push")
    (delivery,) = await dock.deliveries()
    detail = await get_delivery(dock.db, delivery.id)
    assert detail is not None
    assert dict(detail.headers) == {
        "content-type": "application/json",
        "x-quay-delivery": "d1",
        "x-quay-event": "push",
    }


async def test_an_error_of_our_own_is_answered_without_its_insides(dock: Dock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Quay, "identify", lambda _self, _delivery: 1 / 0)
    answer = await dock.post()
    assert answer is not None
    assert (answer.status, answer.json()["error"]["name"]) == (500, "Error")
    assert b"Zero" not in answer.body
    assert await dock.deliveries() == []
