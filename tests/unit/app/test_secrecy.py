"""What callers are known by is shown to nobody: not in logs, not in answers, not in what is wrong with it."""

import base64
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest
from structlog.testing import capture_logs

from cuelight.app import Application, Roles
from cuelight.asgi.table import listed
from cuelight.options import InvalidConfiguration
from tests.unit.app.program import READER, TOKEN, asking, guarded, program, settings

WRONG = "wr0ng-token-of-nobody"
SHORT = "sh0rt.."
KEY = base64.b64encode(b"k3y-of-a-legacy-caller..").decode()


async def everything(app: Application, headers: dict[bytes, bytes]) -> Sequence[httpx2.Response]:
    """What each route answers to a caller with *headers*."""
    async with asking(app.asgi(Roles())) as client:
        paths = [each.path for each in listed(app.routes(Roles())) if "changes/stream" not in each.path]
        return [
            await client.request(method, path, headers=headers)
            for path in paths
            for method in ("GET", "POST", "DELETE")
        ]


@pytest.mark.parametrize("token", [TOKEN, READER, WRONG, f"{WRONG}.e30.e30", f"\xff{WRONG}"])
async def test_a_token_is_in_no_answer_and_in_no_log(tmp_path: Path, token: str):
    async with program(tmp_path, **guarded()) as app:
        shown = {"authorization": f"Bearer {token}", "cookie": f"cuelight-session={token}"}
        with capture_logs() as lines:
            answers = await everything(app, {name.encode(): value.encode("latin-1") for name, value in shown.items()})
    assert answers
    assert [answer.url for answer in answers if token in answer.text or token in str(answer.headers)] == []
    assert [line for line in lines if token.strip("\xff") in repr(line)] == []


@pytest.mark.parametrize("token", [TOKEN, WRONG])
async def test_a_token_that_somebody_signs_in_with_is_in_no_answer_and_in_no_log(tmp_path: Path, token: str):
    async with program(tmp_path, **guarded()) as app, asking(app.asgi(Roles())) as client:
        with capture_logs() as lines:
            answer = await client.post("/sign-in", data={"token": token})
    assert token not in answer.text + str(answer.headers) + repr(lines)


def test_tokens_are_shown_by_no_configuration(tmp_path: Path):
    legacy = {"type": "legacy", "options": {"secret": KEY, "subject": "old"}}
    given = settings(tmp_path, {"auth": {"externalAccess": [*guarded()["auth"]["externalAccess"], legacy]}})
    shown = f"{given!r} {given.effective} {given.access}"
    assert [secret for secret in (TOKEN, READER, KEY) if secret in shown] == []


@pytest.mark.parametrize(
    "options",
    [
        {"token": SHORT, "subject": "ci"},
        {"token": f"{WRONG} x", "subject": "ci"},
        {"token": [WRONG], "subject": "ci"},
        {"token": WRONG, "subject": "a b"},
        {"token": WRONG, "subjekt": "ci"},
        {"secret": KEY, "token": WRONG},
    ],
)
def test_what_is_wrong_with_a_token_is_told_without_it(tmp_path: Path, options: dict[str, object]):
    with pytest.raises(InvalidConfiguration) as caught:
        settings(tmp_path, {"auth": {"externalAccess": [{"type": "static", "options": options}]}})
    told = str(caught.value) + repr(caught.value.findings)
    assert [secret for secret in (SHORT, WRONG, KEY) if secret in told] == []
