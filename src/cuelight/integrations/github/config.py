"""GitHub's parts of the configuration: `integrations.github`, `catalog.providers.github`, `events.modules.github`.

Keys and meanings are Backstage's. What it has and Cuelight does not use is passed over, with the reason beside it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from cuelight.options import Secret, Section
from cuelight.scm import Globs


class AppSection(Section, frozen=True):
    """One of `integrations.github[].apps`: only its webhook secret is used."""

    # Cuelight reads with a token; it does not log in as an app.
    passed_over: ClassVar[frozenset[str]] = frozenset(
        {"appId", "clientId", "clientSecret", "privateKey", "allowedInstallationOwners", "publicAccess"}
    )

    webhook_secret: Secret | None = None


class HostSection(Section, frozen=True):
    """One of `integrations.github`: a host, where its API is, and the token to read it with."""

    # Cuelight commits nothing.
    passed_over: ClassVar[frozenset[str]] = frozenset({"commitSigningKey"})

    host: str
    api_base_url: str | None = None
    raw_base_url: str | None = None
    token: Secret | None = None
    apps: Sequence[AppSection] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9.\-\[\]:]{1,255}", self.host):
            raise ValueError(f"host {self.host[:80]!r} is no host name; write github.com, without https:// and path")
        for url in (self.api_base_url, self.raw_base_url):
            if url is not None and urlsplit(url).scheme not in {"http", "https"}:
                raise ValueError("apiBaseUrl and rawBaseUrl are addresses; begin them with https://")

    @property
    def name(self) -> str:
        """The host as URLs have it."""
        return self.host.lower()

    @property
    def api_url(self) -> str:
        """Where the API is."""
        default = "https://api.github.com" if self.name == "github.com" else f"https://{self.name}/api/v3"
        return (self.api_base_url or default).rstrip("/")

    @property
    def raw_url(self) -> str:
        """Where files are, without a page around them."""
        default = "https://raw.githubusercontent.com" if self.name == "github.com" else f"https://{self.name}/raw"
        return (self.raw_base_url or default).rstrip("/")


class TopicFilter(Section, frozen=True):
    """Repositories by their topics: any of `include`, none of `exclude`."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()


class FiltersSection(Section, frozen=True):
    """Which repositories, and which branch of them. `repository` is a regular expression for the whole name."""

    branch: str | None = None
    repository: str | None = None
    topic: TopicFilter = TopicFilter()
    visibility: Sequence[str] = ()
    allow_forks: bool = True
    allow_archived: bool = False

    def __post_init__(self) -> None:
        unknown = {one.lower() for one in self.visibility} - {"public", "private", "internal"}
        if unknown:
            raise ValueError(f"visibility {', '.join(sorted(unknown))} is unknown; known: public, private, internal")
        _ = self.name_pattern

    @property
    def name_pattern(self) -> re.Pattern[str] | None:
        """`repository`, anchored as Backstage anchors it; ValueError where it is no regular expression."""
        if self.repository is None:
            return None
        start = "" if self.repository.startswith("^") else "^"
        end = "" if self.repository.endswith("$") else "$"
        try:
            return re.compile(f"{start}{self.repository}{end}")
        except re.error as error:
            raise ValueError(f"repository is no regular expression: {error}") from error


class ProviderSection(Section, frozen=True):
    """One of `catalog.providers.github`: an organization (or user) and what of it belongs in the catalog."""

    # When to scan is Cuelight's to know, pages have the largest size, a file's existence is always checked, and apps are not
    # logged in as.
    passed_over: ClassVar[frozenset[str]] = frozenset({"schedule", "pageSizes", "validateLocationsExist", "app"})

    organization: str
    host: str = "github.com"
    catalog_path: Sequence[str] = ("/catalog-info.yaml",)
    filters: FiltersSection = FiltersSection()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,100}", self.organization):
            raise ValueError(f"organization {self.organization[:80]!r} is no name of an organization or user")
        if not self.catalog_path:
            raise ValueError("catalogPath names no file; leave it out for /catalog-info.yaml")
        Globs(self.catalog_path)

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take the one path that Backstage has for a list of one."""
        if isinstance(raw, Mapping) and isinstance(raw.get("catalogPath"), str):
            return {**raw, "catalogPath": [raw["catalogPath"]]}
        return raw


class EventsSection(Section, frozen=True):
    """`events.modules.github`: who may have signed a delivery. Several secrets, so that they can be changed one by one."""

    webhook_secret: Secret | None = None
    webhook_secrets: Sequence[Secret] = ()

    @property
    def secrets(self) -> Sequence[Secret]:
        """All of them."""
        return (*((self.webhook_secret,) if self.webhook_secret else ()), *self.webhook_secrets)
