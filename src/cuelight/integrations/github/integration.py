"""GitHub as configured: its hosts, its providers, its webhook."""

from collections.abc import Sequence
from typing import Final

from cuelight.clock import Clock
from cuelight.errors import ConfigurationError
from cuelight.fetch import Fetch
from cuelight.integrations.github.client import GitHubHost
from cuelight.integrations.github.config import EventsSection, HostSection, ProviderSection
from cuelight.integrations.github.provider import GitHubProvider
from cuelight.integrations.github.urls import GitHubUrls
from cuelight.integrations.github.webhook import GitHubWebhook
from cuelight.scm import Host, Module, Sections, Urls

_PUBLIC: Final = "github.com"


class GitHub:
    """Implements `cuelight.scm.Integration`."""

    name = "github"

    def __init__(self, sections: Sections, fetch: Fetch) -> None:
        self.providers = tuple(GitHubProvider(name, section) for name, section in sections.providers.items())
        configured = _hosts(sections.hosts, wanted={provider.host for provider in self.providers})
        _require_apps(self.providers, configured)
        self.webhook = GitHubWebhook(_secrets(sections.events, configured))
        self._hosts = {section.name: GitHubHost(section, fetch) for section in configured}
        self._urls = {section.name: GitHubUrls(section.name, section.raw_url) for section in configured}

    @property
    def hosts(self) -> Sequence[str]:
        """The host names that are configured."""
        return tuple(self._hosts)

    def host(self, name: str) -> Host:
        """The client for one of `hosts`."""
        return self._hosts[name]

    def urls(self, name: str) -> Urls:
        """How one of `hosts` spells its addresses."""
        return self._urls[name]


def build(sections: Sections, fetch: Fetch, clock: Clock) -> GitHub:  # noqa: ARG001 - every integration is built the same way
    """GitHub as *sections* have it; ConfigurationError where they contradict each other."""
    return GitHub(sections, fetch)


def _hosts(configured: Sequence[HostSection], wanted: set[str]) -> Sequence[HostSection]:
    """The hosts to be known: those *configured*, and github.com without a token where only a provider names it."""
    names = [section.name for section in configured]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigurationError(f"integrations.github names {min(twice)} twice; keep one of them")
    missing = wanted - set(names)
    if missing - {_PUBLIC}:
        raise ConfigurationError(
            f"catalog.providers.github names host {min(missing - {_PUBLIC})}, which integrations.github lacks; add it there"
        )
    return [*configured, HostSection(host=_PUBLIC)] if missing else configured


def _require_apps(providers: Sequence[GitHubProvider], hosts: Sequence[HostSection]) -> None:
    """ConfigurationError where a provider names an app that nobody can log in as."""
    known = {(host.name, str(app.app_id)) for host in hosts for app in host.logins}
    for provider in providers:
        if provider.scope.app is not None and (provider.host, provider.scope.app) not in known:
            raise ConfigurationError(
                f"{provider.name} takes what app {provider.scope.app} is installed on, but integrations.github has no such "
                f"app for {provider.host}; add its appId and privateKey there, under apps"
            )


def _secrets(events: EventsSection, hosts: Sequence[HostSection]) -> Sequence[str]:
    """Every secret that may have signed a delivery: the webhooks', and as in Backstage the apps'."""
    apps = [app.webhook_secret for host in hosts for app in host.apps if app.webhook_secret]
    return [secret.reveal() for secret in (*events.secrets, *apps)]


MODULE: Final = Module(
    name="github",
    host_kind="github",
    host_section=HostSection,
    provider_section=ProviderSection,
    events_section=EventsSection,
    flat_keys=frozenset({"organization", "app"}),
    build=build,
)
"""What the rest of the program knows of us."""
