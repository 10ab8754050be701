import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import pytest

from cuelight.clock import ManualClock
from cuelight.errors import ConfigurationError
from cuelight.fetch import Fetch, FetchSection
from cuelight.integrations.github.config import EventsSection, HostSection, ProviderSection
from cuelight.integrations.github.integration import GitHub, build
from cuelight.options import convert
from cuelight.scm import Delivery, Sections

Section = dict[str, Any]


def built(
    hosts: Sequence[Section] = (), providers: Mapping[str, Section] | None = None, events: Section | None = None
) -> GitHub:
    clock = ManualClock()
    sections = Sections(
        hosts=[convert(raw, HostSection) for raw in hosts],
        providers={name: convert(raw, ProviderSection) for name, raw in (providers or {}).items()},
        events=convert(events or {}, EventsSection),
    )
    nowhere = httpx2.MockTransport(lambda _: httpx2.Response(404))
    return build(sections, Fetch(FetchSection(), clock, transport=nowhere), clock)


def test_each_configured_host_is_known_by_its_name_in_lower_case():
    github = built([{"host": "github.com"}, {"host": "GHE.example.com"}])

    assert list(github.hosts) == ["github.com", "ghe.example.com"]
    assert github.urls("ghe.example.com").place("https://ghe.example.com/acme/web/blob/main/a.yaml") is not None


def test_nothing_configured_knows_no_host():
    assert list(built().hosts) == []


def test_a_provider_without_a_host_reads_the_public_github_without_a_token():
    assert list(built(providers={"main": {"organization": "acme"}}).hosts) == ["github.com"]


def test_a_provider_on_a_host_that_integrations_lacks_is_refused():
    with pytest.raises(ConfigurationError, match=r"ghe\.example\.com"):
        built(providers={"main": {"organization": "acme", "host": "ghe.example.com"}})


@pytest.mark.parametrize("apps", [[], [{"appId": 8, "webhookSecret": "x"}], [{"appId": 7, "webhookSecret": "x"}]])
def test_a_provider_of_an_app_that_nobody_can_log_in_as_is_refused(apps):
    with pytest.raises(ConfigurationError, match="app 7"):
        built([{"host": "github.com", "apps": apps}], providers={"main": {"app": 7}})


def test_a_host_named_twice_is_refused():
    with pytest.raises(ConfigurationError, match="twice"):
        built([{"host": "github.com"}, {"host": "GitHub.com"}])


def test_a_base_address_that_is_none_is_refused():
    with pytest.raises(ConfigurationError, match="base address"):
        built([{"host": "ghe.example.com", "apiBaseUrl": "https://ghe.example.com/api?x=1"}])


def test_the_secret_of_an_app_signs_as_well():
    github = built(
        [{"host": "github.com", "apps": [{"appId": 1, "webhookSecret": "app"}]}], events={"webhookSecret": "x"}
    )
    signature = "sha256=" + hmac.new(b"app", b"{}", hashlib.sha256).hexdigest()

    github.webhook.verify(
        Delivery(integration="github", headers={"x-hub-signature-256": signature}, body=b"{}", received_at=0)
    )
