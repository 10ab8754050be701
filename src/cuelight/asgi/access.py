"""Who may do what: which right an endpoint asks for, what Backstage calls it, and what a caller is confined to.

Data and pure rules, so that one table can be read, tested and enforced. Whoever stands in front of the routes
(`guard`) leaves a `Visitor` in the scope of each request; an endpoint lets it in with `admit`, which refuses where
there is none.
"""

from collections.abc import Callable, Mapping, MutableMapping
from enum import StrEnum
from typing import Any, Final, Literal, Protocol

import msgspec

from cuelight.errors import AuthenticationError, NotAllowedError

OURS: Final = "cuelight"
"""The plugin that everything outside of `/api/<plugin>/` belongs to: the pages, the metrics."""
_VISITOR: Final = "cuelight.visitor"

Action = Literal["create", "read", "update", "delete"]
"""What Backstage's permissions say of themselves, in their `attributes.action`."""


class Access(StrEnum):
    """What a caller must be allowed to do. Each endpoint names exactly one."""

    OPEN = "open"
    """Nothing: probes of load balancers, which have no credentials."""
    READ = "read"
    """See the catalog, its deliveries and its history."""
    REFRESH = "refresh"
    """Have something looked at again."""
    WRITE = "write"
    """Register and remove what the catalog holds."""
    OPERATE = "operate"
    """Replay, drop, approve, read metrics: run the server."""


class Permission(msgspec.Struct, frozen=True):
    """A right by its name in `accessRestrictions[].permission`, and its action; some have none."""

    name: str
    action: Action | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks an endpoint for. `path` is the endpoint's own, below its plugin, with its parameters' names."""

    plugin: str
    method: str
    path: str
    access: Access


PermissionOf = Callable[[Operation], Permission]
"""What an operation is called in `accessRestrictions`."""

_ACTIONS: Final[Mapping[Access, Action]] = {
    Access.OPEN: "read",
    Access.READ: "read",
    Access.REFRESH: "update",
    Access.WRITE: "update",
    Access.OPERATE: "update",
}


def plain_permission(operation: Operation) -> Permission:
    """`<plugin>.<access>`: what an operation is called where nobody has another name for it."""
    return Permission(f"{operation.plugin}.{operation.access}", _ACTIONS[operation.access])


class Confinement(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may do in one plugin; None: whatever there is."""

    permissions: frozenset[str] | None = None
    actions: frozenset[str] | None = None

    def allows(self, permission: Permission) -> bool:
        """Whether *permission* is among them, by its name and by its action."""
        named = self.permissions is None or permission.name in self.permissions
        return named and (self.actions is None or permission.action in self.actions)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a token names. `plugins` None: it may do everything."""

    subject: str
    plugins: Mapping[str, Confinement] | None = None

    def require_plugin(self, plugin: str) -> None:
        """NotAllowedError, in Backstage's words, unless the caller may do something in *plugin*."""
        if self.plugins is not None and plugin not in self.plugins:
            plugins = ", ".join(f"'{name}'" for name in self.plugins)
            raise NotAllowedError(f"This token's access is restricted to plugin(s) {plugins}")

    def require(self, operation: Operation, permission: Permission) -> None:
        """NotAllowedError unless the caller may do this."""
        self.require_plugin(operation.plugin)
        if self.plugins is not None and not self.plugins[operation.plugin].allows(permission):
            raise NotAllowedError(
                f"{self.subject} may not do this: its accessRestrictions leave out {permission.name}; "
                "add it to them under backend.auth.externalAccess"
            )


class Visitor(Protocol):
    """Whose request it is."""

    def enter(self, plugin: str) -> None:
        """AuthenticationError or NotAllowedError where nothing in *plugin* is for this one."""
        ...

    def require(self, operation: Operation) -> None:
        """AuthenticationError or NotAllowedError unless this one may do *operation*."""
        ...


class Everybody:
    """Whoever comes where nobody is asked for a token."""

    def enter(self, plugin: str) -> None:
        """Everything is for everybody."""

    def require(self, operation: Operation) -> None:
        """Everything may be done."""


class Guest(msgspec.Struct, frozen=True):
    """A caller that was recognised."""

    caller: Caller
    permission_of: PermissionOf

    def enter(self, plugin: str) -> None:
        """NotAllowedError where the caller is confined to other plugins."""
        self.caller.require_plugin(plugin)

    def require(self, operation: Operation) -> None:
        """NotAllowedError unless the caller's rights cover it."""
        self.caller.require(operation, self.permission_of(operation))


class Stranger(msgspec.Struct, frozen=True):
    """Whoever shows no token, or one that nobody knows; *reason* is Backstage's word for it."""

    reason: str

    def enter(self, plugin: str) -> None:  # noqa: ARG002 -- a Visitor's signature
        """AuthenticationError, always."""
        raise AuthenticationError(self.reason)

    def require(self, operation: Operation) -> None:  # noqa: ARG002 -- a Visitor's signature
        """AuthenticationError, always."""
        raise AuthenticationError(self.reason)


def introduce(scope: MutableMapping[str, Any], visitor: Visitor) -> None:
    """Have endpoints know that the request of *scope* is *visitor*'s."""
    scope[_VISITOR] = visitor


def subject_of(scope: Mapping[str, Any]) -> str | None:
    """By what name the caller of the request of *scope* goes; None where it is nobody's that is known."""
    visitor = scope.get(_VISITOR)
    return visitor.caller.subject if isinstance(visitor, Guest) else None


def admit(scope: Mapping[str, Any], *, method: str, path: str, access: Access) -> None:
    """Let the request of *scope* into the endpoint of *method* at *path*, or refuse it.

    One that nobody looked at before is a stranger's.
    """
    if access is Access.OPEN:
        return
    visitor: Visitor = scope.get(_VISITOR) or Stranger("Missing credentials")
    visitor.require(Operation(plugin=plugin_of(scope["path"]), method=method, path=path, access=access))


def plugin_of(path: str) -> str:
    """The plugin that *path* belongs to: of `/api/<plugin>/…` that one, and ours of everything else."""
    parts = path.split("/", 3)
    return parts[2] if parts[1:2] == ["api"] and len(parts) > 2 and parts[2] else OURS
