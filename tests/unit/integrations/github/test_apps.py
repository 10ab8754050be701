import asyncio
import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cuelight.clock import SECOND, isoformat
from cuelight.errors import ConfigurationError, HostDenied, HostUnavailable
from cuelight.fetch import Fetch, FetchSection, spending
from cuelight.integrations.github.client import GitHubHost
from cuelight.integrations.github.config import HostSection
from cuelight.options import ByteSize, convert
from cuelight.scm import Commit, Look, Scope, Seen
from tests.unit.integrations.github.fake import HEAD, REPO, TREE, WEB, Document, GitHub, shown

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
INSTALLATIONS = "/app/installations?per_page=100"
TOKEN = "POST /app/installations/5/access_tokens"
OF_INSTALLATION = "/installation/repositories?per_page=100"
TREE_PATH = f"{REPO}/git/trees/{TREE}?recursive=1"
SMALL = {"sha": TREE, "tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": "b1"}], "truncated": False}
COMMIT = Commit(sha=HEAD, tree=TREE)


def installation(number: int = 5, owner: str = "acme", **more: Any) -> Document:
    return {"id": number, "account": {"login": owner, "type": "Organization"}, "suspended_at": None, **more}


class Apps(GitHub):
    """A GitHub whose app 9 is installed; each installation token is another one and lives for an hour."""

    def __init__(self, answers: Mapping[str, Any] | None = None, *installed: Document, **app: Any) -> None:
        fallback = {} if app.pop("alone", False) else {"token": "fallback"}
        limits = app.pop("limits", None)
        super().__init__(answers, section={"apps": [{"appId": 9, "privateKey": PEM, **app}], **fallback}, limits=limits)
        self.tokens = 0
        installed = installed or (installation(),)
        self.answers[INSTALLATIONS] = lambda _: httpx2.Response(200, json=installed)
        for one in installed:
            self.answers[f"POST /app/installations/{one['id']}/access_tokens"] = self._token
        self.answers.setdefault(TREE_PATH, SMALL)

    def _token(self, _: httpx2.Request) -> httpx2.Response:
        self.tokens += 1
        ends = isoformat(self.clock.now() + 3600 * SECOND)
        return httpx2.Response(201, json={"token": f"ghs_{self.tokens}", "expires_at": ends})

    @property
    def sent(self) -> list[str]:
        """The tokens of the requests that were not about tokens."""
        return [one.headers.get("authorization", "none") for one in self.asked if "/app/" not in one.url.path]


async def listed(github: Apps) -> list[str]:
    """The names of all repositories that the app lists."""
    return [one.full_name async for one in github.host.repositories(Scope(app="9"))]


async def test_an_owner_that_the_app_is_installed_on_is_read_as_that_installation():
    github = Apps()

    await github.host.tree(WEB, COMMIT)

    assert github.paths == [INSTALLATIONS, TOKEN, TREE_PATH]
    assert github.sent == ["Bearer ghs_1"]


async def test_the_app_logs_in_with_a_short_token_of_its_own_signed_with_its_key():
    github = Apps()

    await github.host.tree(WEB, COMMIT)

    for request in github.asked[:2]:
        token = request.headers["authorization"].removeprefix("Bearer ")
        now = github.clock.now() // SECOND
        claims = jwt.decode(
            token, KEY.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
        )
        assert claims == {"iss": "9", "iat": now - 60, "exp": now + 540}


async def test_installations_and_tokens_are_asked_for_once():
    github = Apps()

    for _ in range(3):
        await github.host.tree(WEB, COMMIT)

    assert (github.paths.count(INSTALLATIONS), github.paths.count(TOKEN)) == (1, 1)


async def test_a_token_is_renewed_before_it_expires():
    github = Apps()
    await github.host.tree(WEB, COMMIT)
    github.clock.advance(3600 - 300)

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer ghs_1", "Bearer ghs_2"]


async def test_a_token_that_is_refused_is_renewed_once():
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.headers["authorization"] == "Bearer ghs_1":
            return httpx2.Response(401, json={"message": "Bad credentials"})
        return httpx2.Response(200, json=SMALL)

    github = Apps({TREE_PATH: answer})

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer ghs_1", "Bearer ghs_2"]


async def test_a_token_that_is_refused_twice_is_denied_and_does_not_show():
    github = Apps({TREE_PATH: (401, {"message": "Bad credentials"})})

    with pytest.raises(HostDenied, match="replace it") as caught:
        await github.host.tree(WEB, COMMIT)

    assert "ghs_" not in caught.value.message
    assert len(github.sent) == 2


def slowly(github: Apps, answer: Callable[[httpx2.Request], httpx2.Response]) -> GitHubHost:
    """A client of *github* to whom each of its answers comes a little later, as *answer* gives it."""

    async def later(request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(0)
        return answer(request)

    fetch = Fetch(FetchSection(), github.clock, transport=httpx2.MockTransport(later))
    return GitHubHost(convert({"host": "github.com", "apps": [{"appId": 9, "privateKey": PEM}]}, HostSection), fetch)


async def test_many_that_need_a_token_at_once_get_one():
    github = Apps()
    host = slowly(github, github._answer)

    await asyncio.gather(*(host.tree(WEB, COMMIT) for _ in range(20)))

    assert (github.paths.count(INSTALLATIONS), github.paths.count(TOKEN)) == (1, 1)


async def test_many_whose_token_is_refused_at_once_get_one_other():
    def answer(request: httpx2.Request) -> httpx2.Response:
        revoked = request.headers["authorization"] == "Bearer ghs_1"
        return httpx2.Response(401 if revoked else 200, json=SMALL)

    github = Apps({TREE_PATH: answer})
    host = slowly(github, github._answer)

    await asyncio.gather(*(host.tree(WEB, COMMIT) for _ in range(20)))

    assert github.tokens == 2


async def test_many_that_wait_for_a_renewal_that_fails_fail_with_it():
    github = Apps()
    host = slowly(github, github._answer)
    await host.tree(WEB, COMMIT)
    github.answers[TREE_PATH] = (401, {"message": "Bad credentials"})
    github.answers[TOKEN] = (502, {})

    found = await asyncio.gather(*(host.tree(WEB, COMMIT) for _ in range(20)), return_exceptions=True)

    assert all(isinstance(one, HostUnavailable) for one in found)
    assert github.paths.count(TOKEN) == 2


async def test_many_that_wait_for_the_installations_in_vain_ask_for_them_once():
    github = Apps()
    github.answers[INSTALLATIONS] = (502, {})
    host = slowly(github, github._answer)

    found = await asyncio.gather(*(host.tree(WEB, COMMIT) for _ in range(20)), return_exceptions=True)

    assert all(isinstance(one, HostUnavailable) for one in found)
    assert github.paths.count(INSTALLATIONS) == 1


async def test_after_a_renewal_that_failed_the_next_one_asks_again():
    github = Apps()
    github.answers[TOKEN] = (502, {})
    with pytest.raises(HostUnavailable):
        await github.host.tree(WEB, COMMIT)
    github.answers[TOKEN] = github._token

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer ghs_1"]


async def test_a_renewal_that_was_given_up_leaves_it_to_the_next_one():
    github = Apps()
    hold = asyncio.Event()

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST" and not hold.is_set():
            hold.set()
            await asyncio.Event().wait()
        return github._answer(request)

    fetch = Fetch(FetchSection(), github.clock, transport=httpx2.MockTransport(answer))
    host = GitHubHost(convert({"host": "github.com", "apps": [{"appId": 9, "privateKey": PEM}]}, HostSection), fetch)
    first = asyncio.create_task(host.tree(WEB, COMMIT))
    await hold.wait()
    second = asyncio.create_task(host.tree(WEB, COMMIT))
    first.cancel()

    assert (await second).blobs == {"a": "b1"}


async def test_a_token_that_a_scan_needs_is_got_as_for_an_event_that_may_wait_for_it():
    github = Apps()

    with spending("scan"):
        await github.host.tree(WEB, COMMIT)

    assert {(kind, purpose) for _, kind, purpose in github.fetch.counts} == {
        ("installations", "events"),
        ("installation token", "events"),
        ("tree", "scan"),
    }


@pytest.mark.parametrize("skew", [-7200, 7200])
async def test_the_end_of_a_token_is_meant_by_the_clock_of_the_host(skew):
    def token(_: httpx2.Request) -> httpx2.Response:
        github.tokens += 1
        theirs = github.clock.now() + skew * SECOND
        given = {"token": f"ghs_{github.tokens}", "expires_at": isoformat(theirs + 3600 * SECOND)}
        return httpx2.Response(201, json=given, headers={"date": formatdate(theirs / SECOND, usegmt=True)})

    github = Apps()
    github.answers[TOKEN] = token
    for seconds in (0, 3200, 200):
        github.clock.advance(seconds)
        await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer ghs_1", "Bearer ghs_1", "Bearer ghs_2"]


async def test_a_token_that_is_said_to_be_over_is_used_until_it_is_refused():
    github = Apps()
    github.answers[TOKEN] = (201, {"token": "ghs_1", "expires_at": "2001-01-01T00:00:00Z"})

    for _ in range(3):
        await github.host.tree(WEB, COMMIT)

    assert github.paths.count(TOKEN) == 1


async def test_a_token_in_an_answer_past_the_limit_is_unknown():
    github = Apps(limits=FetchSection(response_limit=ByteSize(400)))
    github.answers[TOKEN] = (201, {"token": "x" * 500})

    with pytest.raises(HostUnavailable, match="access_tokens"):
        await github.host.tree(WEB, COMMIT)


async def test_an_installation_that_moves_up_because_another_went_is_not_lost():
    def first(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=left[:1], headers={"link": '<https://api.github.com/page2>; rel="next"'})

    def second(_: httpx2.Request) -> httpx2.Response:
        left[:] = left[-2:]
        return httpx2.Response(200, json=left[1:])

    left = [installation(4, "gone"), installation(5, "acme"), installation(6, "other")]
    github = Apps({"/page2": second})
    github.answers[INSTALLATIONS] = first

    await github.host.tree(WEB, COMMIT)

    assert github.sent[-1] == "Bearer ghs_1"


async def test_an_owner_without_installation_is_read_with_the_token():
    github = Apps(None, installation(owner="other"))

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer fallback"]


async def test_an_owner_that_installs_the_app_later_is_found_a_minute_after():
    github = Apps(None, installation(owner="other"))
    await github.host.tree(WEB, COMMIT)
    github.answers[INSTALLATIONS] = [installation()]
    github.answers[TOKEN] = github._token
    await github.host.tree(WEB, COMMIT)
    github.clock.advance(60)

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer fallback", "Bearer fallback", "Bearer ghs_1"]


async def test_a_complete_list_has_what_is_installed_by_now():
    github = Apps({OF_INSTALLATION: {"repositories": [shown(7)]}})
    await listed(github)
    github.answers[INSTALLATIONS] = []

    assert await listed(github) == []


async def test_what_was_read_for_a_complete_list_serves_other_requests():
    github = Apps({OF_INSTALLATION: {"repositories": [shown(7)]}})
    await listed(github)

    await github.host.tree(WEB, COMMIT)

    assert github.paths.count(INSTALLATIONS) == 1


async def test_the_installations_are_read_again_after_some_minutes():
    github = Apps()
    await github.host.tree(WEB, COMMIT)
    github.answers[INSTALLATIONS] = []
    github.clock.advance(600)

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer ghs_1", "Bearer fallback"]


async def test_an_owner_that_is_not_allowed_is_not_read_as_an_installation():
    github = Apps(allowedInstallationOwners=["other"])

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer fallback"]


async def test_the_name_of_an_owner_is_the_same_in_any_case():
    github = Apps(None, installation(owner="ACME"), allowedInstallationOwners=["Acme"])

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer ghs_1"]


async def test_a_suspended_installation_is_denied_with_what_to_do():
    github = Apps(None, installation(suspended_at="2026-01-01T00:00:00Z"))

    with pytest.raises(HostDenied, match=r"on acme is suspended; unsuspend it"):
        await github.host.tree(WEB, COMMIT)


async def test_a_key_that_github_refuses_is_denied_and_names_the_app():
    github = Apps()
    github.answers[INSTALLATIONS] = (401, {"message": "A JSON web token could not be decoded"})

    with pytest.raises(HostDenied, match="appId 9"):
        await github.host.tree(WEB, COMMIT)


@pytest.mark.parametrize(
    "answer",
    [(404, {}), (500, {}), (200, {"token": "x"}), (201, {"token": "x"}), (201, {"token": "x", "expires_at": "soon"})],
)
async def test_a_token_that_is_not_given_leaves_everything_unknown(answer):
    github = Apps()
    github.answers[TOKEN] = answer

    with pytest.raises(HostUnavailable):
        await github.host.tree(WEB, COMMIT)


@pytest.mark.parametrize(
    "key", ["c", PEM[:400], "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----"]
)
def test_a_key_that_is_none_is_a_configuration_error_and_does_not_show(key):
    with pytest.raises(ConfigurationError, match="app 9 is no RSA key") as caught:
        Apps(privateKey=key)
    assert "hunter2" not in caught.value.message


async def test_a_key_may_have_its_line_ends_escaped():
    github = Apps(privateKey=PEM.replace("\n", "\\n"))

    await github.host.tree(WEB, COMMIT)

    assert github.sent == ["Bearer ghs_1"]


async def test_all_that_an_app_is_installed_on_is_listed_with_the_token_of_each_installation():
    def answer(request: httpx2.Request) -> httpx2.Response:
        owner = {"Bearer ghs_1": "acme", "Bearer ghs_2": "other"}[request.headers["authorization"]]
        return httpx2.Response(200, json={"total_count": 1, "repositories": [shown(len(owner), "a", owner)]})

    github = Apps({OF_INSTALLATION: answer}, installation(5, "acme"), installation(6, "other"))

    found = [one.full_name async for one in github.host.repositories(Scope(app="9"))]

    assert found == ["acme/a", "other/a"]


async def test_a_suspended_installation_leaves_the_list_of_an_app_incomplete():
    suspended = installation(4, "gone", suspended_at="2026-01-01T00:00:00Z")
    listed = {"total_count": 1, "repositories": [shown(1, "a")]}
    listing = Apps({OF_INSTALLATION: listed}, suspended, installation()).host.repositories(Scope(app="9"))

    assert (await anext(listing)).full_name == "acme/a"
    with pytest.raises(HostDenied, match="on gone is suspended"):
        await anext(listing)


async def test_an_app_that_is_not_configured_lists_nothing():
    with pytest.raises(ConfigurationError, match="no app 8"):
        [one async for one in Apps().host.repositories(Scope(app="8"))]


async def test_a_user_with_an_installation_is_listed_with_what_it_may_read_and_what_is_public():
    query = "per_page=100&sort=created&direction=asc"
    github = Apps(
        {
            OF_INSTALLATION: {"total_count": 1, "repositories": [shown(1, "secret")]},
            f"/users/acme/repos?{query}": [shown(1, "secret"), shown(2, "notes")],
        }
    )

    assert [one.full_name async for one in github.host.repositories(Scope(owner="acme"))] == [
        "acme/secret",
        "acme/notes",
    ]


async def test_an_owner_without_any_credentials_is_denied_and_not_taken_for_what_is_public():
    github = Apps(None, installation(owner="other"), alone=True)

    with pytest.raises(HostDenied, match="install the app there, or add a token"):
        [one async for one in github.host.repositories(Scope(owner="acme"))]


async def test_a_repository_that_is_not_seen_without_credentials_is_denied_where_an_app_should_see_it():
    github = Apps(None, installation(owner="other"), alone=True)

    [found] = await github.host.heads([Look(repository_id="7", full_name="acme/web")])

    assert isinstance(found, HostDenied)


async def test_looks_are_batched_by_the_credentials_of_their_owners():
    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append((request.headers["authorization"], json.loads(request.content)["variables"]["o0"]))
        return httpx2.Response(200, json={"data": {"r0": node, "r1": node}})

    asked: list[tuple[str, str]] = []
    node = {
        "databaseId": 7,
        "nameWithOwner": "acme/web",
        "url": "https://github.com/acme/web",
        "isArchived": False,
        "isFork": False,
        "visibility": "PUBLIC",
        "repositoryTopics": {"nodes": []},
        "defaultBranchRef": None,
        "branch": None,
    }
    github = Apps()
    github.graph = lambda *_: answer(github.asked[-1])
    looks = [Look(repository_id="7", full_name=f"{owner}/web") for owner in ("acme", "other", "acme", "third")]

    found = await github.host.heads(looks)

    assert asked == [("Bearer ghs_1", "acme"), ("Bearer fallback", "other")]
    assert all(isinstance(one, Seen) for one in found)
