"""Tokens that say themselves whose they are, and prove it: JSON Web Tokens, of types `legacy` and `jwks`."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import jwt
import structlog

from cuelight.asgi.access import Caller
from cuelight.asgi.config import ALGORITHMS, ExternalAccess
from cuelight.clock import Clock
from cuelight.errors import CuelightError

FRESH: Final = 600.0
"""Seconds for which keys are good; those that are there longer are read anew."""
CALM: Final = 30.0
"""Seconds between two readings of keys, whatever tokens come: anybody can make up a key's name."""
_BACKSTAGE: Final = "backstage-server"
"""The subject of every legacy token."""

_NO_KEYS: Final = (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError)
"""What PyJWT makes of a document that holds no keys."""

_log = structlog.get_logger(__name__)

Read = Callable[[str], Awaitable[bytes]]
"""Reads what is at an address; CuelightError where nothing is known of it."""


class LegacyTokens:
    """Tokens that a Backstage of before 1.24 signs, with a secret that both know."""

    def __init__(self, access: ExternalAccess) -> None:
        secret, subject = access.options.secret, access.options.subject
        # Backstage has people make keys of 24 bytes, which PyJWT warns of. HMAC fills a key up with zeros (RFC 2104).
        self._key = base64.b64decode(secret.reveal() if secret else "").ljust(32, b"\0")
        self._caller = access.caller(subject or "")

    async def caller(self, token: bytes) -> Caller | None:
        """The caller, if *token* is signed with its secret and has not expired."""
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"], options={"require": ["exp", "sub"]})
        except (jwt.PyJWTError, ValueError):
            return None
        return self._caller if claims["sub"] == _BACKSTAGE else None


class SignedTokens:
    """Tokens that somebody else issues, checked with the keys that are published at an address."""

    def __init__(self, access: ExternalAccess, read: Read, clock: Clock) -> None:
        self._access = access
        self._options = access.options
        self._keys = Keys(access.options.url or "", read, clock)

    async def caller(self, token: bytes) -> Caller | None:
        """Whom *token* names, where it is signed, in force, and meant for us."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.find(header.get("kid"))
            claims = self._claims(token, key) if key else {}
        except (jwt.PyJWTError, ValueError):
            return None
        subject = claims.get("sub")
        prefix = f"external:{self._options.subject_prefix}:" if self._options.subject_prefix else "external:"
        return self._access.caller(f"{prefix}{subject}") if isinstance(subject, str) and subject else None

    def _claims(self, token: bytes, key: jwt.PyJWK) -> Mapping[str, Any]:
        options = self._options
        return jwt.decode(
            token,
            key,
            algorithms=sorted(options.algorithm or ALGORITHMS),
            audience=list(options.audience) or None,
            issuer=list(options.issuer) or None,
            options={"verify_aud": bool(options.audience), "verify_iss": bool(options.issuer)},
        )


class Keys:
    """The keys at an address, read when they are needed and kept for a while."""

    def __init__(self, url: str, read: Read, clock: Clock) -> None:
        self._url = url
        self._read = read
        self._clock = clock
        self._reading = asyncio.Lock()
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._read_at = float("-inf")

    async def find(self, name: str | None) -> jwt.PyJWK | None:
        """The key called *name*; without a name the only one there is. None where there is none, or nothing is known."""
        if self._is_due(name):
            async with self._reading:  # whose key is known does not wait for those whose key is not
                if self._is_due(name):
                    await self._read_them()
        return self._known(name)

    def _is_due(self, name: str | None) -> bool:
        """Whether the keys have to be read (again) for the one called *name*."""
        age = self._clock.monotonic() - self._read_at
        return age > FRESH or (age > CALM and self._known(name) is None)

    def _known(self, name: str | None) -> jwt.PyJWK | None:
        if name is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(name)

    async def _read_them(self) -> None:
        """Read the keys; where that fails, those that are known stay."""
        try:
            keys = jwt.PyJWKSet.from_json((await self._read(self._url)).decode())
            self._keys = {key.key_id: key for key in keys}
        except (CuelightError, *_NO_KEYS) as error:
            _log.warning("keys_not_read", url=self._url, error=str(error))
        finally:
            self._read_at = self._clock.monotonic()
