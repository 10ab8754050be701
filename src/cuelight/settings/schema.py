"""The whole configuration as one type: the rooms' sections, and those of the integrations that are installed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from cuelight.asgi.config import AuthSection, CorsSection, ListenSection
from cuelight.catalog.config import CatalogSection
from cuelight.db.config import DatabaseSection
from cuelight.events.config import EventSystemSection
from cuelight.fetch.config import FetchSection, ReadingSection
from cuelight.options import Section
from cuelight.repair import RepairSection
from cuelight.scm import Module
from cuelight.webhooks.config import IngressSection


class BackendSection(Section, frozen=True):
    """`backend`: the server. `base_url` is how others reach it, where that is not where it listens."""

    passed_over = frozenset(
        {"actions", "appConfig", "auditor", "cache", "csp", "health", "https", "lifecycle", "logger", "packages"}
        | {"plugins", "rateLimit", "referrer", "server", "trustProxy", "workingDirectory"}
    )

    base_url: str | None = None
    listen: ListenSection = ListenSection()
    ingress: IngressSection = IngressSection()
    database: DatabaseSection = DatabaseSection()
    auth: AuthSection = AuthSection()
    cors: CorsSection | None = None
    reading: ReadingSection = ReadingSection()
    fetch: FetchSection = FetchSection()


def schema(modules: Sequence[Module], flat: Collection[str]) -> type[Section]:
    """The type of the whole configuration with the sections of *modules*.

    *flat* names those whose `catalog.providers.<name>` holds a single provider rather than a map of them by id.
    """
    hosts = [(module.host_kind, _list_of(module.host_section), ()) for module in modules]
    providers = [(module.name, *_providers(module, single=module.name in flat)) for module in modules]
    events = [(module.name, *_defaulted(module.events_section)) for module in modules]
    catalog = _open("Catalog", [("providers", *_defaulted(_open("Providers", providers)))], CatalogSection)
    return _open(
        "Configuration",
        [
            ("backend", BackendSection, BackendSection()),
            ("event_system", EventSystemSection, EventSystemSection()),
            ("catalog", *_defaulted(catalog)),
            ("repair", RepairSection, RepairSection()),
            ("integrations", *_defaulted(_open("Integrations", hosts))),
            ("events", *_defaulted(_open("Events", [("modules", *_defaulted(_open("EventModules", events)))]))),
        ],
    )


def _open(name: str, fields: Sequence[tuple[str, Any, Any]], base: type[Section] = Section) -> type[Section]:
    """A section made of *fields*; unless *base* says otherwise, other programs' keys may stand beside them."""
    namespace = {"shared": True} if base is Section else {}
    made: Any = msgspec.defstruct(name, fields, bases=(base,), namespace=namespace, frozen=True, kw_only=True)
    kind: type[Section] = made
    return kind


def _defaulted(kind: type[Any]) -> tuple[type[Any], Any]:
    return kind, msgspec.field(default_factory=kind)


def _list_of(kind: Any) -> Any:
    return Sequence[kind]


def _providers(module: Module, *, single: bool) -> tuple[Any, Any]:
    kind: Any = module.provider_section
    return (kind | None, None) if single else (Mapping[str, kind], msgspec.field(default_factory=dict))
