"""The configuration as the rest of the program sees it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.catalog.config import CatalogSection
from cuelight.events.config import EventSystemSection
from cuelight.repair import RepairSection
from cuelight.scm import Sections
from cuelight.settings.schema import BackendSection
from cuelight.webhooks.config import IngressSection


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was configured, and what was not, as its default.

    `integrations` has the sections of each installed integration by its name, whether configured or not. `files` were
    read, in order. `passed_over` are the paths of keys that are there and that Cuelight does not use. `origins` tells
    of each path where it was written. `effective` is the whole as plain values under its keys, secrets masked.
    """

    backend: BackendSection = BackendSection()
    event_system: EventSystemSection = EventSystemSection()
    catalog: CatalogSection = CatalogSection()
    repair: RepairSection = RepairSection()
    integrations: Mapping[str, Sections] = {}
    files: Sequence[str] = ()
    passed_over: Sequence[str] = ()
    origins: Mapping[str, str] = {}
    effective: Mapping[str, Any] = {}

    @property
    def webhooks(self) -> IngressSection:
        """The entry point's limits: `backend.ingress`."""
        return self.backend.ingress

    @property
    def base_url(self) -> str:
        """How others reach this server, without a slash at its end."""
        listen = self.backend.listen
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        return (self.backend.base_url or f"http://{host}:{listen.port}").rstrip("/")

    @property
    def access(self) -> str:
        """Who may call, as a sentence."""
        auth = self.backend.auth
        if auth.dangerously_disable_default_auth_policy:
            return (
                "whoever reaches this server may do everything: backend.auth.dangerouslyDisableDefaultAuthPolicy is set"
            )
        if not auth.external_access:
            return "this machine alone, and there everybody may do everything: backend.auth.externalAccess names nobody"
        static = [access.options.subject or "" for access in auth.external_access if access.type != "jwks"]
        issuers = [access.options.url or "" for access in auth.external_access if access.type == "jwks"]
        issued = [f"whom {url} vouches for" for url in issuers]
        return f"with a token, {', '.join([*static, *issued])}"

    def origin(self, path: str) -> str:
        """Where the value at *path* was written; `default` where nobody wrote it."""
        while path not in self.origins and path.endswith("]"):
            path = path.rpartition("[")[0]
        return self.origins.get(path, "default")
