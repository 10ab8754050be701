"""The entry point, over real sockets: each delivery gets exactly its answer, and leaves exactly the rows that it should."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote_plus

import pytest

from tests.end_to_end.polling import until
from tests.end_to_end.signing import SECRET, Delivery, delivery, push, signed
from tests.end_to_end.sockets import BLOCK, Answer, chunk, cut_off, head, sent
from tests.end_to_end.world import LOG, World, component, connected

DESCRIPTOR = "catalog-info.yaml"
PATH = "/webhooks/github"
TOO_LARGE = 26 * 1024**2
LIMIT = 25 * 1024**2
INVALID = {"message": "invalid signature"}
PUSH = push({"id": 4711, "full_name": "elsewhere/nowhere"}, before="1" * 40, after="2" * 40)


class TestAccepted:
    async def test_a_delivery_is_answered_with_its_id_and_can_be_read_as_it_was_sent(self, world):
        one = signed(delivery(PUSH))
        answer = await world.cuelight.post(one)
        accepted = answer.json()
        assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json; charset=utf-8")
        assert (accepted["status"], accepted["outcome"]) == ("accepted", "accepted")
        body = await world.cuelight.client.get(f"/api/cuelight/v1/deliveries/{accepted['id']}/body")
        assert body.content == one.body

    async def test_where_backstage_has_the_entry_point_it_is_the_same(self, world):
        answer = await world.cuelight.post(signed(delivery(PUSH)), "/api/events/http/github")
        assert (answer.status_code, answer.json()["outcome"]) == (202, "accepted")

    async def test_a_doubled_delivery_is_answered_alike_and_changes_nothing(self, world):
        one = signed(delivery(PUSH))
        first, second = await world.cuelight.post(one), await world.cuelight.post(one)
        assert (second.status_code, second.json()) == (202, {**first.json(), "outcome": "doubled"})
        assert len(rows(world, one)) == 1

    async def test_copies_that_arrive_together_are_one_delivery(self, world):
        one = signed(delivery(PUSH))
        answers = await asyncio.gather(*(world.cuelight.post(one) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {202}
        assert sorted(answer.json()["outcome"] for answer in answers) == ["accepted", *["doubled"] * 7]
        assert len(rows(world, one)) == 1

    async def test_an_id_used_again_with_another_body_is_kept_as_a_conflict(self, world):
        one = signed(delivery(PUSH))
        await world.cuelight.post(one)
        answer = await world.cuelight.post(signed(delivery(PUSH + b" ", guid=one.guid)))
        assert (answer.status_code, answer.json()["outcome"]) == (202, "conflict")
        assert sorted(row["state"] for row in rows(world, one)) == ["conflict", "published"]

    async def test_a_late_delivery_changes_nothing(self, world):
        repository = await world.host.create("late", {DESCRIPTOR: component("late", "At first")})
        overtaken = await world.host.commit("late", {DESCRIPTOR: component("late", "A")}, webhook=False)
        await world.host.commit("late", {DESCRIPTOR: component("late", "B")})
        await world.cuelight.appeared("component:late", "B")
        await world.cuelight.settled()
        newest = (await world.cuelight.listed("changes", limit=1))[0]["sequence"]
        answer = await world.cuelight.post(
            signed(delivery(push(repository, before=overtaken["before"], after=overtaken["after"])))
        )
        await world.cuelight.settled()
        looks = world.cuelight.rows("SELECT outcome FROM reconciles WHERE cause = :id", id=answer.json()["id"])
        assert {look["outcome"] for look in looks} == {"confirmed"}
        assert await world.cuelight.listed("changes", since=newest) == []
        assert (await world.cuelight.appeared("component:late"))["metadata"]["description"] == "B"

    async def test_an_event_that_nobody_cares_about_is_accepted(self, world):
        one = signed(delivery(b'{"action":"opened"}', event="issues"))
        answer = await world.cuelight.post(one)
        assert (answer.status_code, [row["state"] for row in rows(world, one)]) == (202, ["published"])

    async def test_what_is_signed_but_not_json_is_kept_as_unparseable(self, world):
        one = signed(delivery(b"\xff{not json"))
        answer = await world.cuelight.post(one)
        [row] = rows(world, one)
        assert (answer.status_code, answer.json()["outcome"], row["state"]) == (202, "accepted", "unparseable")
        assert world.cuelight.rows("SELECT id FROM events WHERE cause = :id", id=row["id"]) == []

    async def test_a_form_is_read_as_the_json_that_it_carries(self, world):
        repository = await world.host.create("form", {DESCRIPTOR: component("form", "A+B & 100 %")}, webhook=False)
        payload = push(repository, before="0" * 40, after="1" * 40, note="Zoë + Σ")
        body = f"payload={quote_plus(payload)}".encode()
        one = signed(delivery(body, Content_Type="application/x-www-form-urlencoded"))
        answer = await world.cuelight.post(one)
        assert (answer.status_code, [row["state"] for row in rows(world, one)]) == (202, ["published"])
        await world.cuelight.appeared("component:form", "A+B & 100 %")

    async def test_a_delivery_of_exactly_the_limit_is_accepted(self, world):
        one = signed(delivery(PUSH + b" " * (LIMIT - len(PUSH))))
        assert (await world.cuelight.post(one)).status_code == 202
        assert [row["size"] for row in rows(world, one)] == [LIMIT]


class TestRefused:
    @pytest.mark.parametrize(
        "one",
        [
            pytest.param(signed(delivery(PUSH), "another secret"), id="forged"),
            pytest.param(delivery(PUSH), id="unsigned"),
            pytest.param(delivery(PUSH, X_Hub_Signature_256="sha256=é"), id="signed-with-what-is-not-ascii"),
            pytest.param(delivery(PUSH, X_Hub_Signature="sha1=" + "0" * 40), id="signed-with-sha1-only"),
            pytest.param(signed(delivery(PUSH), ""), id="signed-with-the-empty-secret"),
        ],
    )
    async def test_what_no_secret_signed_is_forbidden_and_leaves_no_delivery(self, world, one):
        parts = [head(PATH, {**one.headers, "Content-Length": str(len(one.body)), "Connection": "close"}), one.body]
        answer = await sent(world.cuelight.program.port, parts)
        assert (answer.status, answer.json()) == (403, INVALID)
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert rows(world, one) == []

    async def test_a_body_changed_on_its_way_is_forbidden(self, world):
        one = signed(delivery(PUSH))
        changed = Delivery(guid=one.guid, headers=one.headers, body=one.body.replace(b"2", b"3"))
        answer = await world.cuelight.post(changed)
        assert (answer.status_code, answer.json()) == (403, INVALID)
        assert rows(world, one) == []

    async def test_a_refused_request_is_counted_and_its_reason_kept_without_its_signature(self, world):
        one = signed(delivery(PUSH), "another secret")
        await world.cuelight.post(one)
        row = await until(lambda: rejection(world, one))
        assert row["status"] == 403
        assert "x-hub-signature-256" not in json.loads(row["headers"])
        assert await counted(world, "refused_403") >= 1

    async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(self, world):
        one = delivery(b"")
        parts = [head(PATH, {**one.headers, "Content-Length": str(TOO_LARGE)})]
        answer = await sent(world.cuelight.program.port, parts)
        assert_failed(answer, 413, "TooLargeError")
        assert answer.headers["connection"] == "close"
        assert rows(world, one) == []

    async def test_a_body_that_says_it_is_too_large_and_comes_all_the_same_is_refused(self, world):
        one = delivery(b"")
        parts = [head(PATH, {**one.headers, "Content-Length": str(TOO_LARGE)}), *zeros(TOO_LARGE)]
        answer = await sent(world.cuelight.program.port, parts)
        assert_failed(answer, 413, "TooLargeError")
        assert rows(world, one) == []

    async def test_a_stream_that_grows_too_large_is_refused(self, world):
        one = delivery(b"")
        first = head(PATH, {**one.headers, "Transfer-Encoding": "chunked"})
        answer = await sent(world.cuelight.program.port, [first, *map(chunk, zeros(TOO_LARGE)), chunk(b"")])
        assert_failed(answer, 413, "TooLargeError")
        assert answer.headers["connection"] == "close"
        assert rows(world, one) == []

    async def test_another_content_type_is_refused(self, world):
        one = signed(delivery(PUSH, Content_Type="text/plain"))
        answer = await world.cuelight.post(one)
        assert (answer.status_code, answer.json()["error"]["name"]) == (415, "UnsupportedMediaTypeError")
        assert rows(world, one) == []

    async def test_an_unknown_integration_is_not_found(self, world):
        answer = await world.cuelight.post(signed(delivery(PUSH)), "/webhooks/nobody")
        assert (answer.status_code, answer.json()["error"]["name"]) == (404, "NotFoundError")
        assert answer.json()["request"] == {"method": "POST", "url": "/webhooks/nobody"}

    async def test_another_method_is_told_which_one_to_use(self, world):
        answer = await world.cuelight.client.get(PATH)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


class TestCutOff:
    @pytest.mark.parametrize("chunked", [False, True], ids=["with-its-length", "chunked"])
    async def test_a_body_that_is_cut_off_leaves_no_row(self, world, chunked):
        before = await counted(world, "disconnected")
        one = signed(delivery(PUSH))
        size = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(PUSH))}
        half = PUSH[: len(PUSH) // 2]
        data = head(PATH, {**one.headers, **size}) + (chunk(half) if chunked else half)
        await cut_off(world.cuelight.program.port, data)
        await until(lambda: counted_past(world, "disconnected", before))
        assert rows(world, one) == []

    async def test_a_sender_who_leaves_before_the_answer_may_send_again(self, world):
        one = signed(delivery(PUSH))
        await cut_off(world.cuelight.program.port, head(PATH, {**one.headers, "Content-Length": str(len(PUSH))}) + PUSH)
        await until(lambda: kept(world, one))
        answer = await world.cuelight.post(one)
        assert answer.json()["outcome"] == "doubled"
        assert len(rows(world, one)) == 1


class TestOtherConfigurations:
    @pytest.fixture(scope="class")
    async def closed(self, tmp_path_factory):
        """A Cuelight without a secret, that waits only for a moment and takes only little at a time."""
        folder = tmp_path_factory.mktemp("closed")
        backend = {
            "listen": {"port": 0},
            "database": {"url": f"sqlite:///{folder}/cuelight.db"},
            "ingress": {"deadline": "500ms", "bodyLimit": "1MB", "bytesInFlight": "1MB"},
        }
        async with connected(folder, backend=backend, events={}) as made:
            yield made

    @pytest.mark.parametrize("secret", [SECRET, ""])
    async def test_without_a_configured_secret_nothing_is_accepted(self, closed, secret):
        one = signed(delivery(PUSH), secret)
        answer = await closed.cuelight.post(one)
        assert (answer.status_code, answer.json()) == (403, INVALID)
        assert rows(closed, one) == []

    async def test_without_a_configured_secret_the_mend_is_logged(self, closed):
        await closed.cuelight.post(delivery(PUSH))
        assert "set events.modules.github.webhookSecret" in (closed.folder / LOG).read_text()

    async def test_a_body_that_does_not_come_is_given_up(self, closed):
        one = delivery(b"")
        answer = await sent(closed.cuelight.program.port, [head(PATH, {**one.headers, "Content-Length": "10"}), b"123"])
        assert_failed(answer, 408, "DeadlineError")
        assert answer.headers["connection"] == "close"
        assert rows(closed, one) == []


class TestUnwritable:
    async def test_while_the_database_cannot_be_written_it_says_when_to_come_again_and_then_accepts(self, tmp_path):
        one, forged = signed(delivery(PUSH)), signed(delivery(PUSH), "another secret")
        async with connected(tmp_path) as world:
            with closing(sqlite3.connect(world.cuelight.database, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                answers = await asyncio.gather(world.cuelight.post(forged), world.cuelight.post(one))
                await until(lambda: logged(world, "rejections_not_kept"))
            refused = answers[1]
            assert [answer.status_code for answer in answers] == [403, 503]
            assert refused.headers["retry-after"] == "5"
            assert refused.json()["error"]["name"] == "ServiceUnavailableError"
            assert (await world.cuelight.post(one)).json()["outcome"] == "accepted"
            assert len(rows(world, one)) == 1


async def logged(world: World, event: str) -> bool:
    """Whether the program has logged *event*."""
    return event in (world.folder / LOG).read_text()


def rows(world: World, one: Delivery) -> list[sqlite3.Row]:
    """The journal's rows for *one*."""
    return list(world.cuelight.rows("SELECT * FROM deliveries WHERE guid = :guid", guid=one.guid))


async def kept(world: World, one: Delivery) -> bool:
    """Whether the journal has *one*."""
    return bool(rows(world, one))


async def rejection(world: World, one: Delivery) -> sqlite3.Row | None:
    """The row of *one* among the refused requests."""
    found = world.cuelight.rows("SELECT * FROM rejections")
    return next((row for row in found if json.loads(row["headers"]).get("x-github-delivery") == one.guid), None)


async def counted(world: World, outcome: str) -> float:
    """How many deliveries ended so, as the metrics say."""
    text = (await world.cuelight.client.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith("cuelight_deliveries") and f'"{outcome}"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in lines if "_total{" in line)


async def counted_past(world: World, outcome: str, before: float) -> bool:
    """Whether more than *before* deliveries ended so."""
    return await counted(world, outcome) > before


def assert_failed(answer: Answer, status: int, name: str) -> None:
    """*answer* has *status*, and Backstage's error body."""
    assert answer.status == status
    document = answer.json()
    assert document["error"]["name"] == name
    assert document["request"] == {"method": "POST", "url": PATH}
    assert document["response"] == {"statusCode": status}


def zeros(count: int) -> Iterator[bytes]:
    """So many bytes, in blocks."""
    for start in range(0, count, BLOCK):
        yield b"0" * min(BLOCK, count - start)
