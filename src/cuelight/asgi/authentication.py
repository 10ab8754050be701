"""Who asks: the token of a request, and whose it is.

Tokens are compared by their digests, as bytes and in constant time, and one that is nobody's with every one there is. What
a header holds that is no token is nobody's, whatever bytes it is made of; the words of a refusal are Backstage's.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from cuelight.asgi.access import Caller, Guest, PermissionOf, Stranger, Visitor
from cuelight.asgi.config import LONGEST_TOKEN
from cuelight.asgi.sessions import Sessions

MISSING: Final = Stranger("Missing credentials")
ILLEGAL: Final = Stranger("Illegal token")

_BEARER: Final = re.compile(rb"Bearer +(\S+)", re.IGNORECASE)


class Keyring(Protocol):
    """Tokens of one kind, and whose they are."""

    async def caller(self, token: bytes) -> Caller | None:
        """Whom *token* names; None where it is none of these."""
        ...


class StaticToken:
    """A caller that shows the one token that was agreed upon."""

    def __init__(self, token: str, caller: Caller) -> None:
        self._digest = _digest(token.encode())
        self._caller = caller

    async def caller(self, token: bytes) -> Caller | None:
        """The caller, if *token* is its."""
        return self._caller if hmac.compare_digest(_digest(token), self._digest) else None


class Authentication:
    """Says whose a request is: by its token, or by the session that a browser began with one."""

    def __init__(self, keyrings: Sequence[Keyring], permission_of: PermissionOf, sessions: Sessions) -> None:
        self._keyrings = keyrings
        self._permission_of = permission_of
        self._sessions = sessions

    async def visitor(self, scope: Mapping[str, Any]) -> Visitor:
        """Whose the request of *scope* is. A token that nobody knows is not made good by a session."""
        token = bearer(scope)
        if token is None:
            caller = self._sessions.caller(scope)
            return MISSING if caller is None else Guest(caller, self._permission_of)
        known = await self._known(token) if len(token) <= LONGEST_TOKEN else None
        return ILLEGAL if known is None else Guest(known, self._permission_of)

    async def _known(self, token: bytes) -> Caller | None:
        """Whom *token* names. Those that may have to ask somebody else come last, and only for what nobody here knows."""
        for keyring in self._keyrings:
            caller = await keyring.caller(token)
            if caller is not None:
                return caller
        return None


def bearer(scope: Mapping[str, Any]) -> bytes | None:
    """The token that the request of *scope* shows; None where it shows none."""
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    match = _BEARER.fullmatch(given.strip())
    return match[1] if match else None


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
