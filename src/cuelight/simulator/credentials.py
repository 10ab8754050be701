"""What a client presents as its token: GitHub takes it as a bearer, as `token …`, or as the password of a user."""

import base64
import binascii
import hmac

import msgspec


class Credentials(msgspec.Struct, frozen=True):
    """Who a request says it comes from, and with which token."""

    user: str | None
    token: str


def presented(authorization: str | None) -> Credentials | None:
    """Read an Authorization header; None where there is none, or none that is understood."""
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() in {"bearer", "token"}:
        return Credentials(None, rest.strip())
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credentials(user, password)


def accepted(given: Credentials | None, token: str | None) -> bool:
    """Tell whether *given* opens a host that is configured with *token* (None: everything is open)."""
    if token is None:
        return True
    return given is not None and hmac.compare_digest(given.token.encode(), token.encode())
