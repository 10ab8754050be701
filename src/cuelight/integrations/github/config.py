"""GitHub's parts of the configuration: `integrations.github`, `catalog.providers.github`, `events.modules.github`.

Keys and meanings are Backstage's. What it has and Cuelight does not use is passed over, with the reason beside it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

from cuelight.fetch import without_credentials
from cuelight.options import Secret, Section
from cuelight.scm import Globs

ROOT_DESCRIPTOR: Final = ("/catalog-info.yaml",)
ANY_YAML: Final = ("**/*.{yaml,yml}",)


class AppSection(Section, frozen=True):
    """One of `integrations.github[].apps`: an app that is logged in as, or only its webhook secret.

    `allowed_installation_owners` None: wherever it is installed.
    """

    # The client's id and secret log people in, not apps; what anybody may read is read with the token, or without;
    # where deliveries go is for the host to know.
    passed_over: ClassVar[frozenset[str]] = frozenset({"clientId", "clientSecret", "publicAccess", "webhookUrl"})

    app_id: int | None = None
    private_key: Secret | None = None
    webhook_secret: Secret | None = None
    allowed_installation_owners: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.private_key and self.app_id is None:
            raise ValueError("privateKey needs the appId that it belongs to; add it, from the app's settings")


class HostSection(Section, frozen=True):
    """One of `integrations.github`: a host, where its API is, and the token and apps to read it with.

    An owner that an app is installed on is read as that installation, any other with the token.
    """

    # Cuelight commits nothing.
    passed_over: ClassVar[frozenset[str]] = frozenset({"commitSigningKey"})

    host: str
    api_base_url: str | None = None
    raw_base_url: str | None = None
    token: Secret | None = None
    apps: Sequence[AppSection] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9.\-\[\]:]{1,255}", self.host):
            said = without_credentials(self.host)
            raise ValueError(f"host {said!r} is no host name; write github.com, without https:// and path")
        for url in (self.api_base_url, self.raw_base_url):
            if url is not None and not url.startswith(("https://", "http://")):
                raise ValueError("apiBaseUrl and rawBaseUrl are addresses; begin them with https://")
            if url is not None and "@" in url:
                raise ValueError(
                    "apiBaseUrl and rawBaseUrl hold no user or password; give a token, or an app with its key"
                )

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
    def logins(self) -> Sequence[AppSection]:
        """The apps that can be logged in as."""
        return [app for app in self.apps if app.private_key]

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
    """One of `catalog.providers.github`: whose repositories, and what of them belongs in the catalog.

    Either an `organization` (or user), or an `app`: all that the app with this id is installed on. `descriptors: apiVersion`
    takes, of the files of `catalog_path`, those that declare an `apiVersion` of Backstage's. `validate_locations_exist` changes
    nothing here, since a file's existence is always checked; it is read to refuse what Backstage refuses.
    """

    # When to scan is Cuelight's to know, and pages have the largest size.
    passed_over: ClassVar[frozenset[str]] = frozenset({"schedule", "pageSizes"})

    organization: str | None = None
    app: int | None = None
    host: str = "github.com"
    catalog_path: Sequence[str] | None = None
    descriptors: Literal["paths", "apiVersion"] = "paths"
    filters: FiltersSection = FiltersSection()
    validate_locations_exist: bool = False

    def __post_init__(self) -> None:
        if (self.organization is None) == (self.app is None):
            found = "neither is" if self.app is None else "both are"
            raise ValueError(
                f"organization or app says whose repositories are taken, and {found} given; give one of them"
            )
        if self.organization is not None and not re.fullmatch(r"[A-Za-z0-9_.\-]{1,100}", self.organization):
            raise ValueError(f"organization {self.organization[:80]!r} is no name of an organization or user")
        if not self.paths:
            raise ValueError("catalogPath names no file; leave it out for the usual one")
        if self.validate_locations_exist and any("*" in path for path in self.paths):
            raise ValueError("validateLocationsExist cannot be used with wildcards in catalogPath; remove one of them")
        Globs(self.paths)

    @property
    def paths(self) -> Sequence[str]:
        """`catalog_path`, or else where descriptors usually are: anywhere, if each of them declares itself."""
        usual = ROOT_DESCRIPTOR if self.descriptors == "paths" else ANY_YAML
        return usual if self.catalog_path is None else self.catalog_path

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
