"""Where a request may go, and what of an address may be shown."""

import httpx2
import pytest

from cuelight.clock import ManualClock
from cuelight.errors import ConfigurationError, HostUnavailable
from cuelight.fetch import Fetch, FetchSection
from tests.unit.fetch.host import BASE, Host, answered, refused, told


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_within_the_host_is_followed(status):
    host = Host(answered(status, location="/elsewhere"), answered(200))

    await host.origin.get("/x", kind="thing")

    assert [str(request.url) for request in host.asked] == [f"{BASE}/x", "https://host.example/elsewhere"]
    assert host.asked[1].headers["authorization"] == "Bearer hunter2"


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/api/x",
        "http://host.example/api/x",
        "https://host.example:444/api/x",
        "//evil.example/x",
        "https://host.example@evil.example/x",
        "https://a:b@host.example/x",
        "file:///etc/passwd",
        "https://[",
    ],
)
async def test_a_redirect_out_of_the_host_is_not_followed(location):
    host = Host(answered(302, location=location))

    assert isinstance(await refused(host), HostUnavailable)
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "location",
    [
        "https://user:hunter2@host.example/x",
        "https://user:hunter2@evil.example/x",
        "https://user:pa/hunter2@host.example/x",
        "https://hunter2:123/more@host.example",
        "https://hunter2%40host.example/",
        "https://user:hunter2@[/",
        "//user:hunter2@evil.example",
        "https://evil.example/?token=hunter2#hunter2",
    ],
)
async def test_a_redirect_shows_no_credential_that_it_carries(location):
    host = Host(answered(302, location=location))
    host.origin = host.fetch.for_host(BASE)

    error = await refused(host)

    assert "hunter2" not in told(error)
    assert f"GET {BASE}/x (thing, for events) leads to" in error.message


@pytest.mark.parametrize("name", ["token", "access_token", "client_secret", "X-Amz-Signature", "sig", "api_key"])
async def test_what_an_address_within_the_host_carries_does_not_show(name):
    host = Host(answered(302, location=f"/y?page=2&{name}=hunter2&a=b#hunter2"), answered(500))
    host.origin = host.fetch.for_host(BASE)

    error = await refused(host)

    assert "hunter2" not in told(error)
    assert f"/y?page=2&{name}=…&a=b (thing, for events) was answered 500" in error.message


async def test_after_a_redirect_no_other_host_gets_the_credentials():
    host = Host(answered(301, location="/moved"), answered(302, location="https://evil.example/x"), answered(200))

    await refused(host)

    assert {request.url.host for request in host.asked} == {"host.example"}


def test_a_proxy_of_the_environment_that_is_no_address_is_a_configuration_error_without_its_password(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hunter2/more@proxy.example:1")

    with pytest.raises(ConfigurationError, match="HTTPS_PROXY") as caught:
        Fetch(FetchSection(), ManualClock())

    assert "hunter2" not in told(caught.value)


async def test_redirects_in_a_circle_end():
    host = Host(*(answered(302, location="/x") for _ in range(9)))

    assert "more than 3 redirects" in (await refused(host)).message
    assert len(host.asked) == 4


async def test_a_whole_address_of_the_host_may_be_asked_for():
    host = Host(answered(200))

    await host.origin.get("https://HOST.example:443/api/page2", kind="thing")

    assert host.asked[0].url.raw_path == b"/api/page2"


async def test_an_address_of_another_host_may_not():
    host = Host(answered(200))

    with pytest.raises(HostUnavailable, match=r"evil\.example"):
        await host.origin.get("https://evil.example/page2", kind="thing")
    assert host.asked == []


@pytest.mark.parametrize(
    "base",
    [
        "host.example",
        "ftp://host.example",
        "https://",
        "https://user:hunter2@host.example",
        "https://user:hunter2/more@host.example",
        "https://user:hunter2@host.example:abc",
        "https://user:more@hunter2@host.example",
        "https://user:123/hunter2@host.example",
        "https://user:hunter2%40host.example",
        "https://hunter2%40host.example",
        "https://user:hunter2\uff20host.example",
        "https://hunter2\\@host.example",
        "https://user:hunter2",
        "https://user:hunter2#more@host.example",
        "https://user:hunter2?more@host.example",
        "user:hunter2@host.example",
        "//user:hunter2@host.example",
        "https://host.example/?a=1",
        "https://host.example/#a",
        "https://[",
        "",
    ],
)
def test_a_base_address_that_is_none_is_a_configuration_error_without_its_password(base):
    with pytest.raises(ConfigurationError) as caught:
        Fetch(FetchSection(), ManualClock(), transport=httpx2.MockTransport(lambda _: answered(200))).for_host(base)
    assert "hunter2" not in told(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/elsewhere", "https://evil.example/graphql"])
async def test_a_posted_question_is_redirected_nowhere(status, location):
    host = Host(answered(status, location=location), answered(200))

    assert (await host.origin.post("/x", b"{}", kind="thing")).status == status
    assert len(host.asked) == 1
