"""`backend.listen`, `backend.auth`, `backend.cors`: where we listen, who may call, and from which pages."""

import base64
import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec

from cuelight.asgi.access import Caller, Confinement
from cuelight.options import Secret, Section

SHORTEST_TOKEN: Final = 8
"""Characters of a `static` caller's token, as Backstage has it."""
LONGEST_TOKEN: Final = 16_384
"""Bytes of a token that are looked at; a longer one is nobody's."""
SHORTEST_KEY: Final = 16
"""Bytes of a `legacy` caller's secret."""
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
"""How tokens of type `jwks` may be signed: with a key of which only the public half is known here."""
_WILD: Final = {"*": "[^/]*", "?": "[^/]"}

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
    """How a caller is known, and the name that it goes by.

    Of type `static`: by its `token`. Of type `legacy`: by a token that is signed with `secret` (base64). Of type `jwks`: by
    one that a key at `url` signed, with one of these algorithms, issuers and audiences, where some are named; it
    says itself who it is, and `subject_prefix` stands before that.
    """

    token: Secret | None = None
    subject: str | None = None
    secret: Secret | None = None
    url: str | None = None
    algorithm: Sequence[str] = ()
    issuer: Sequence[str] = ()
    audience: Sequence[str] = ()
    subject_prefix: str | None = None

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Take lists that are written as text."""
        for key in ("algorithm", "issuer", "audience"):
            raw = _with_words(raw, key)
        return raw

    def require_token(self) -> None:
        """ValueError where this names no caller of type `static`."""
        if self.token is None or not self.subject:
            raise ValueError("a static caller needs options.token and options.subject; add them")
        token = self.token.reveal()
        if not re.fullmatch(r"[!-~]+", token):
            raise ValueError("options.token holds a blank, a line break or what is not ASCII; remove it")
        if not SHORTEST_TOKEN <= len(token) <= LONGEST_TOKEN:
            raise ValueError(
                f"options.token has {len(token)} characters; make one of {SHORTEST_TOKEN} or more, such as "
                "`openssl rand -hex 24` prints"
            )
        self._require_subject()

    def require_secret(self) -> None:
        """ValueError where this names no caller of type `legacy`."""
        if self.secret is None or not self.subject:
            raise ValueError("a legacy caller needs options.secret and options.subject; add them")
        try:
            key = base64.b64decode(self.secret.reveal(), validate=True)
        except ValueError:
            key = b""
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"options.secret is no base64 of {SHORTEST_KEY} bytes or more; make one anew")
        self._require_subject()

    def require_url(self) -> None:
        """ValueError where this names no callers of type `jwks`."""
        if not re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", self.url or ""):
            raise ValueError("callers of type jwks need options.url, the address of their keys; begin it with https://")
        unknown = sorted(set(self.algorithm) - ALGORITHMS)
        if unknown:
            raise ValueError(f"options.algorithm {unknown[0]!r} is not taken; known: {', '.join(sorted(ALGORITHMS))}")

    def _require_subject(self) -> None:
        if re.search(r"\s", self.subject or ""):
            raise ValueError("options.subject holds a blank or a line break; remove it")


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

    def confinement(self) -> Confinement:
        """The same as the policy's word; an empty list means what a missing one does, as in Backstage."""
        actions = self.permission_attribute.action
        return Confinement(
            permissions=frozenset(self.permission) if self.permission else None,
            actions=frozenset(actions) if actions else None,
        )


class ExternalAccess(Section, frozen=True):
    """A caller that is let in, as Backstage declares it. Without `access_restrictions` it may do everything."""

    type: Literal["static", "legacy", "jwks"]
    options: AccessOptions = AccessOptions()
    access_restrictions: Sequence[AccessRestriction] = ()

    def __post_init__(self) -> None:
        checks = {
            "static": self.options.require_token,
            "legacy": self.options.require_secret,
            "jwks": self.options.require_url,
        }
        checks[self.type]()
        plugins = [restriction.plugin for restriction in self.access_restrictions]
        if len(set(plugins)) < len(plugins):
            raise ValueError("accessRestrictions names a plugin twice; say of each once what it may do")

    def caller(self, subject: str) -> Caller:
        """Whoever is let in by this under the name *subject*."""
        plugins = {each.plugin: each.confinement() for each in self.access_restrictions}
        return Caller(subject=subject, plugins=plugins or None)


class AuthSection(Section, frozen=True):
    """Who may call: those that `external_access` names, or everybody where the policy is disabled."""

    passed_over = frozenset({"keys", "pluginKeyStore"})

    external_access: Sequence[ExternalAccess] = ()
    dangerously_disable_default_auth_policy: bool = False

    def __post_init__(self) -> None:
        tokens = [each.options.token.reveal() for each in self.static if each.options.token]
        if len(set(tokens)) < len(tokens):
            raise ValueError("externalAccess has the same token twice; give each caller its own")

    @property
    def static(self) -> Sequence[ExternalAccess]:
        """Those of `external_access` that show a token that was agreed upon."""
        return tuple(access for access in self.external_access if access.type == "static")

    @property
    def asked_for(self) -> bool:
        """Whether callers are asked who they are."""
        return bool(self.external_access) and not self.dangerously_disable_default_auth_policy


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

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """What matches the origins that are meant, of which `*` and `?` stay within host and port; None where none is."""
        if not self.origin:
            return None
        return re.compile(f"(?i)(?:{'|'.join(map(_origins_like, self.origin))})")


def _origins_like(glob: str) -> str:
    """The regular expression for what *glob* matches."""
    return "".join(_WILD.get(part) or re.escape(part) for part in re.split(r"([*?])", glob.rstrip("/")))


def _with_words(raw: Any, key: str) -> Any:
    """*raw* with a list under *key*, where it has text there: its words, which commas or blanks part."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get(key), str) or raw[key].startswith("["):
        return raw
    return {**raw, key: raw[key].replace(",", " ").split()}
