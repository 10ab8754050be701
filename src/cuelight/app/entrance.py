"""How requests come in, as the configuration has it: who is asked for a token, and which pages may send what."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from cuelight.app.policies import permission_of
from cuelight.asgi.authentication import Authentication, Keyring, StaticToken
from cuelight.asgi.config import AuthSection, ExternalAccess
from cuelight.asgi.guard import Entrance
from cuelight.asgi.origins import Origins
from cuelight.asgi.sessions import Account, Sessions
from cuelight.asgi.signed import LegacyTokens, Read, SignedTokens
from cuelight.clock import Clock
from cuelight.fetch import AllowedHost
from cuelight.settings import Settings

SIGN_IN = "/sign-in"
"""The page that takes a token from somebody who uses a browser."""


def sessions_of(settings: Settings, clock: Clock) -> Sessions:
    """The sessions that browsers may begin: with a token that was agreed upon."""
    auth = settings.backend.auth
    accounts = [
        Account(token=access.options.token.reveal(), caller=access.caller(access.options.subject or ""))
        for access in (auth.static if auth.asked_for else ())
        if access.options.token
    ]
    return Sessions(accounts, clock, secure=settings.base_url.lower().startswith("https://"))


def entrance_of(settings: Settings, sessions: Sessions, read: Read, clock: Clock) -> Entrance:
    """The entrance. *read* gets the keys of tokens that somebody else issues."""
    backend = settings.backend
    authentication = None
    if backend.auth.asked_for:
        authentication = Authentication(keyrings(backend.auth, read, clock), permission_of, sessions)
    is_among_friends = authentication is None and not backend.auth.dangerously_disable_default_auth_policy
    origins = Origins(
        settings.base_url,
        allowed=backend.cors.pattern if backend.cors else None,
        names=(backend.listen.host,) if is_among_friends else None,
    )
    prefix = urlsplit(settings.base_url).path
    sign_in = f"{prefix}{SIGN_IN}" if sessions.possible else None
    return Entrance(authentication=authentication, origins=origins, cors=backend.cors, sign_in=sign_in)


def keyrings(auth: AuthSection, read: Read, clock: Clock) -> Sequence[Keyring]:
    """What knows the tokens of each caller that is let in; those last whose keys have to be asked for."""
    ordered = sorted(auth.external_access, key=lambda access: access.type == "jwks")
    return [_keyring(access, read, clock) for access in ordered]


def _keyring(access: ExternalAccess, read: Read, clock: Clock) -> Keyring:
    if access.type == "legacy":
        return LegacyTokens(access)
    if access.type == "jwks":
        return SignedTokens(access, read, clock)
    token, subject = access.options.token, access.options.subject
    return StaticToken(token.reveal() if token else "", access.caller(subject or ""))


def issuers_of(settings: Settings) -> Sequence[AllowedHost]:
    """Where the keys of those are who issue tokens: the configuration names these addresses, so they may be private."""
    urls = [
        urlsplit(access.options.url or "") for access in settings.backend.auth.external_access if access.type == "jwks"
    ]
    return [AllowedHost(host=url.netloc, paths=[url.path or "/"], private=True) for url in urls]
