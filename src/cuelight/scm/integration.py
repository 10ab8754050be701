"""What a folder of `cuelight.integrations` lends the rest of the program."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from cuelight.scm.changes import Repository, Translated
from cuelight.scm.delivery import Delivery, Identity
from cuelight.scm.globs import Globs
from cuelight.scm.host import Host, Scope, Urls


class Webhook(Protocol):
    """The pure half: a delivery's genuineness, identity and meaning."""

    @property
    def name(self) -> str:
        """As in `POST /webhooks/{name}` and `events.modules.{name}`."""
        ...

    @property
    def topics(self) -> Sequence[str]:
        """The topics whose events may carry a change."""
        ...

    @property
    def refusal(self) -> str | None:
        """Why, as configured, every delivery is refused, and what to do; None where one can be genuine."""
        ...

    def verify(self, delivery: Delivery) -> None:
        """Raise `InvalidSignature` unless a configured secret signed *delivery*."""
        ...

    def identify(self, delivery: Delivery) -> Identity:
        """Tell *delivery* from every other. Reads headers only."""
        ...

    def body(self, delivery: Delivery) -> bytes | None:
        """The JSON document that *delivery* carries (it may travel form-encoded); None where the media type is not taken."""
        ...

    def translate(self, delivery: Delivery, document: bytes) -> Sequence[Translated]:
        """The events that *delivery* stands for, at least one; ValueError where *document* is not JSON of an object."""
        ...


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which repositories, which branch and which files a provider takes. Its digest is stored with every head."""

    paths: Globs
    branch: str | None
    """A literal branch; None for each repository's default branch."""
    digest: str
    declared: bool = False
    """Of these files only those that declare an `apiVersion` of Backstage's are descriptors."""

    def branch_of(self, repository: Repository) -> str | None:
        """The branch to track in *repository*; None where it has none yet."""
        return self.branch or repository.default_branch


class Provider(Protocol):
    """One entry of `catalog.providers.<integration>`: an owner on a host, and what of it belongs in the catalog."""

    @property
    def name(self) -> str:
        """The provider's name, as Backstage has it: `github-provider:default`."""
        ...

    @property
    def host(self) -> str:
        """The host name of its integration: `github.com`."""
        ...

    @property
    def scope(self) -> Scope:
        """Whose repositories it takes."""
        ...

    @property
    def selection(self) -> Selection:
        """Paths, branch and digest."""
        ...

    def excluded(self, repository: Repository) -> str | None:
        """Why *repository* is not taken, as a sentence; None where it is."""
        ...


class Integration(Protocol):
    """One kind of code host, configured."""

    @property
    def name(self) -> str:
        """`github`."""
        ...

    @property
    def webhook(self) -> Webhook:
        """The pure half of its deliveries."""
        ...

    @property
    def hosts(self) -> Sequence[str]:
        """The host names that are configured: `github.com`."""
        ...

    @property
    def providers(self) -> Sequence[Provider]:
        """Its entries of `catalog.providers`."""
        ...

    def host(self, name: str) -> Host:
        """The client for one of `hosts`."""
        ...

    def urls(self, name: str) -> Urls:
        """How one of `hosts` spells its addresses."""
        ...


class Sections(msgspec.Struct, frozen=True, kw_only=True):
    """An integration's part of the configuration, each value an instance of the types that its `Module` names.

    `hosts` are the entries of `integrations.<host_kind>`, `providers` those of `catalog.providers.<name>` by id,
    `events` is `events.modules.<name>` (its defaults, where the configuration has none).
    """

    hosts: Sequence[Any]
    providers: Mapping[str, Any]
    events: Any


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """What the package of an integration declares as `MODULE`: the types of its sections, and how it is built.

    `build(sections, fetch, clock)` returns the `Integration`; ConfigurationError where the sections contradict each other.
    A `catalog.providers.<name>` that holds one of `flat_keys` is a single provider with the id `default`.
    """

    name: str
    host_kind: str
    host_section: type[Any]
    provider_section: type[Any]
    events_section: type[Any]
    flat_keys: frozenset[str]
    build: Callable[..., Integration]
