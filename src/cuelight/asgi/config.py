"""`backend.listen`, `backend.auth`, `backend.cors`: where we listen, who may call, and from which pages."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from cuelight.options import Secret, Section

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class ListenSection(Section, frozen=True):
    """An address to listen on. Backstage's short form `host:port` or `:port` is taken too; port 0 takes a free one.

    Without a host it is the loopback: other machines reach Cuelight only where the configuration says so.
    """

    passed_over = frozenset({"https"})

    host: str = "127.0.0.1"
    port: Port = 7007

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take `:7007`, `0.0.0.0:7007`, `[::1]:7007` and a bare port apart; ValueError for other text."""
        if isinstance(raw, int) and not isinstance(raw, bool):
            return {"port": raw}
        if not isinstance(raw, str):
            return raw
        match = re.fullmatch(r"(?:(?P<host>[^:\s]*|\[[0-9a-fA-F:.]+\]):)?(?P<port>\d+)", raw.strip())
        if match is None:
            raise ValueError("expected host:port, :port, or a map with the keys host and port")
        host = (match["host"] or "").strip("[]")
        return {"port": match["port"], **({"host": host} if host else {})}

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class AccessOptions(Section, frozen=True):
    """What a caller of type `static` shows: its token; and the name that it goes by."""

    passed_over = frozenset({"algorithm", "audience", "issuer", "secret", "subjectPrefix", "url"})

    token: Secret | None = None
    subject: str | None = None


class PermissionAttributes(Section, frozen=True):
    """Which actions a restriction leaves: of `create`, `read`, `update`, `delete`."""

    action: Sequence[Literal["create", "read", "update", "delete"]] = ()

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take a list that is written as text."""
        return _with_words(raw, "action")


class AccessRestriction(Section, frozen=True):
    """What a caller is confined to: a plugin, and of it perhaps only some permissions or actions."""

    plugin: str
    permission: Sequence[str] = ()
    permission_attribute: PermissionAttributes = PermissionAttributes()

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take a list that is written as text."""
        return _with_words(raw, "permission")


class ExternalAccess(Section, frozen=True):
    """A caller that is let in, as Backstage declares it. Only those of type `static` are, so far.

    Without `access_restrictions` it may do everything.
    """

    type: Literal["static", "legacy", "jwks"]
    options: AccessOptions = AccessOptions()
    access_restrictions: Sequence[AccessRestriction] = ()

    def __post_init__(self) -> None:
        token, subject = self.options.token, self.options.subject
        if self.type != "static":
            return
        if token is None or not subject:
            raise ValueError("a static caller needs options.token and options.subject; add them")
        if re.search(r"\s", token.reveal()):
            raise ValueError("options.token holds a blank or a line break; remove it")


class AuthSection(Section, frozen=True):
    """Who may call: those that `external_access` names, or everybody where the policy is disabled."""

    passed_over = frozenset({"keys", "pluginKeyStore"})

    external_access: Sequence[ExternalAccess] = ()
    dangerously_disable_default_auth_policy: bool = False

    @property
    def callers(self) -> Sequence[ExternalAccess]:
        """Those of `external_access` whose token we can check."""
        return tuple(access for access in self.external_access if access.type == "static")


class CorsSection(Section, frozen=True):
    """Which pages of other origins a browser lets call us. `max_age` is in seconds."""

    passed_over = frozenset({"optionsSuccessStatus", "preflightContinue"})

    origin: Sequence[str] = ()
    methods: Sequence[str] = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE")
    credentials: bool = False
    allowed_headers: Sequence[str] = ()
    exposed_headers: Sequence[str] = ()
    max_age: int | None = None

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take lists that are written as text, as Backstage does."""
        for key in ("origin", "methods", "allowedHeaders", "exposedHeaders"):
            raw = _with_words(raw, key)
        return raw


def _with_words(raw: Any, key: str) -> Any:
    """*raw* with a list under *key*, where it has text there: its words, which commas or blanks part."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get(key), str) or raw[key].startswith("["):
        return raw
    return {**raw, key: raw[key].replace(",", " ").split()}
