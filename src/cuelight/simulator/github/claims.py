"""The JSON Web Token by which an app says that it is itself: its shape, its times, and its signature where a key is known."""

import base64
import binascii
from typing import Any, Final

import msgspec

from cuelight.clock import SECOND, Clock
from cuelight.errors import ConfigurationError
from cuelight.simulator.github.answers import Refusal

LONGEST_LIFE: Final = 600
"""Seconds that such a token may live, at most.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
"""
UNDECODABLE: Final = "A JSON web token could not be decoded"


class _Header(msgspec.Struct):
    alg: str


class _Claims(msgspec.Struct):
    iss: str | int
    iat: float
    exp: float


class AppKey:
    """Checks tokens; *public_key* (PEM) is what they are signed against, None where only their shape counts."""

    def __init__(self, clock: Clock, public_key: str | None) -> None:
        self._clock = clock
        self._public_key = public_key

    def check(self, token: str) -> None:
        """Raise Refusal, in GitHub's words, unless *token* is a valid one."""
        now = self._clock.now() / SECOND
        header, claims = _decoded(token)
        if header.alg != "RS256":
            raise Refusal(401, UNDECODABLE)
        if claims.exp <= now:
            raise Refusal(401, "'Expiration time' claim ('exp') must be a numeric value representing a future time")
        if claims.exp > now + LONGEST_LIFE:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        if claims.iat > now:
            raise Refusal(401, "'Issued at' claim ('iat') must be an Integer representing the time in the past")
        if self._public_key is not None:
            _verify(token, self._public_key)


def _decoded(token: str) -> tuple[_Header, _Claims]:
    header, _, rest = token.partition(".")
    claims, _, signature = rest.partition(".")
    if not signature:
        raise Refusal(401, UNDECODABLE)
    try:
        return (
            msgspec.json.decode(_bytes(header), type=_Header),
            msgspec.json.decode(_bytes(claims), type=_Claims),
        )
    except (msgspec.MsgspecError, ValueError, binascii.Error) as error:
        raise Refusal(401, UNDECODABLE) from error


def _bytes(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _verify(token: str, public_key: str) -> None:
    try:
        import jwt
    except ImportError as error:
        raise ConfigurationError("checking an app's signature needs PyJWT; install it with its extra crypto") from error
    # The times were checked against the host's own clock.
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    try:
        jwt.decode(token, public_key, algorithms=["RS256"], options=options)
    except jwt.InvalidTokenError as error:
        raise Refusal(401, UNDECODABLE) from error
