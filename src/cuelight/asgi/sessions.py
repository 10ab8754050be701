"""Sessions of browsers, which cannot send a token: a cookie that only who has the token can have been given.

Nothing is kept of them. The cookie holds when it ends and, signed with a key that is made of the token, that very
instant: it is of no use where the token is not configured (any more), and does not give the token away.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cuelight.asgi.access import Caller
from cuelight.clock import SECOND, Clock

LASTS: Final = 12 * 3600
"""Seconds that a session lasts."""
MOST: Final = 4
"""Cookies of our name that are looked at: others may have set some for other paths, or for a domain above."""
_NAME: Final = "cuelight-session"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A token with which a session may be begun, and whose it is."""

    token: str
    caller: Caller


class Sessions:
    """Begins sessions, knows them again, and ends them. *secure*: browsers reach us by https, and by nothing else."""

    def __init__(self, accounts: Sequence[Account], clock: Clock, *, secure: bool) -> None:
        self._accounts = [(_key(account.token.encode()), account.caller) for account in accounts]
        self._clock = clock
        self._secure = secure
        self._name = f"__Host-{_NAME}" if secure else _NAME

    @property
    def possible(self) -> bool:
        """Whether there is a token to begin one with."""
        return bool(self._accounts)

    def begin(self, token: bytes) -> str | None:
        """The `Set-Cookie` of a session for whom *token* names; None where it names nobody."""
        key = _key(token)
        known = [hmac.compare_digest(key, own) for own, _ in self._accounts]
        if not any(known):
            return None
        ends = str(self._clock.now() // SECOND + LASTS)
        return self._cookie(f"{ends}.{_sign(key, ends)}", LASTS)

    def end(self) -> str:
        """The `Set-Cookie` that has a browser forget its session."""
        return self._cookie("", 0)

    def caller(self, scope: Mapping[str, Any]) -> Caller | None:
        """Whose session the request of *scope* belongs to; None where it belongs to none that holds."""
        return next(filter(None, map(self._caller, self._values(scope))), None)

    def _caller(self, value: str) -> Caller | None:
        """Whose session the cookie's *value* stands for."""
        ends, _, signature = value.partition(".")
        if not (ends.isascii() and ends.isdigit() and len(ends) < 12 and int(ends) > self._clock.now() // SECOND):
            return None
        found = [
            caller
            for key, caller in self._accounts
            if hmac.compare_digest(_sign(key, ends).encode(), signature.encode())
        ]
        return found[0] if found else None

    def _values(self, scope: Mapping[str, Any]) -> Sequence[str]:
        """What the cookies of our name hold. Others share this host, and what theirs look like must not matter."""
        header = b";".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
        cookies = (cookie.partition("=") for cookie in header.split(";"))
        return [value.strip() for name, _, value in cookies if name.strip() == self._name][:MOST]

    def _cookie(self, value: str, seconds: int) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self._name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"


def _key(token: bytes) -> bytes:
    return hashlib.sha256(b"cuelight session\0" + token).digest()


def _sign(key: bytes, ends: str) -> str:
    return hmac.new(key, ends.encode(), hashlib.sha256).hexdigest()
