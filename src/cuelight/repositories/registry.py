"""Whom to ask: the configured hosts by name, the providers by name, and how each host spells its addresses."""

from collections.abc import Iterable
from urllib.parse import urljoin

import msgspec

from cuelight.errors import ConfigurationError
from cuelight.scm import Host, Integration, Place, Provider, Urls


class Registry:
    """Everything that the configured integrations lend, to be found by host and by provider."""

    def __init__(self, integrations: Iterable[Integration]) -> None:
        self._hosts: dict[str, Host] = {}
        self._urls: dict[str, Urls] = {}
        self._kinds: dict[str, str] = {}
        self._providers: dict[str, Provider] = {}
        for integration in integrations:
            for name in integration.hosts:
                self._hosts[name] = integration.host(name)
                self._urls[name] = integration.urls(name)
                self._kinds[name] = integration.name
            for provider in integration.providers:
                if provider.name in self._providers:
                    raise ConfigurationError(f"two providers are called {provider.name}; give each its own id")
                self._providers[provider.name] = provider

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Every configured provider."""
        return tuple(self._providers.values())

    def provider(self, name: str) -> Provider | None:
        """The provider called *name*; None where the configuration has it no more, and for repositories of locations."""
        return self._providers.get(name)

    def host(self, name: str) -> Host | None:
        """The client for the host called *name*; None where the configuration has it no more."""
        return self._hosts.get(name)

    def kind(self, host: str) -> str | None:
        """Which kind of code host the one called *host* is (`github`); None where none is configured by that name."""
        return self._kinds.get(host)

    def urls(self, host: str) -> Urls:
        """How *host* spells its addresses."""
        return self._urls[host]

    def urls_of(self, url: str) -> Urls | None:
        """How the host of *url* spells its addresses; None where it is no configured host's."""
        place = self.place(url)
        return self._urls[place.host] if place else None

    def place(self, url: str) -> Place | None:
        """What *url* points at, on whichever configured host; None where it is none's."""
        return next((place for urls in self._urls.values() if (place := urls.place(url))), None)

    def flaw(self, url: str) -> str | None:
        """What is wrong with *url*, which is on a configured host and no place there; None where it is one, or elsewhere."""
        return next((flaw for urls in self._urls.values() if (flaw := urls.flaw(url))), None)

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*."""
        place = self.place(base)
        return self._urls[place.host].resolve(url, base) if place else urljoin(base, url)


def file_key(host: str, full_name: str, ref: str | None, path: str) -> str:
    """The refresh key of a file: the same for every spelling of its URL. *ref* None is the default branch."""
    return f"file:{host}/{full_name.lower()}@{ref or ''}:{path}"


def place_key(place: Place) -> str:
    """The refresh key of *place*."""
    return file_key(place.host, place.full_name, place.ref, place.path)


class Spelling(msgspec.Struct, frozen=True, kw_only=True):
    """Under which names entities may know the files of one tracked branch."""

    host: str
    full_name: str
    refs: tuple[str | None, ...]

    def keys(self, path: str) -> list[str]:
        """Every refresh key of *path*."""
        return [file_key(self.host, self.full_name, ref, path) for ref in self.refs]
