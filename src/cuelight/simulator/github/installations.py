"""The simulated host's one app: it is installed on every owner, reads what is granted, and gets tokens that expire."""

import secrets
import threading

import msgspec

from cuelight.clock import SECOND
from cuelight.errors import NotFoundError
from cuelight.simulator.core import CodeHost, Metadata, Owner, Repository
from cuelight.simulator.knobs import Knobs

APP_ID = 1
SLUG = "cuelight-simulator"
FIRST_ID = 40_000_000
"""Installations are numbered by their owners, from here: nothing else has such a number."""
TOKEN_PREFIX = "ghs_"  # noqa: S105  (what every installation's token begins with, as at GitHub)
TOKENS = 10_000


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """The app on one owner. `excluded` are the ids of repositories that it may not read."""

    owner: Owner
    excluded: frozenset[int] = frozenset()

    @property
    def id(self) -> int:
        """The installation's number."""
        return FIRST_ID + self.owner.id

    @property
    def selection(self) -> str:
        """`all`, or `selected` where something is excluded."""
        return "selected" if self.excluded else "all"

    def reaches(self, metadata: Metadata) -> bool:
        """Tell whether the app may read a repository through this installation."""
        return metadata.owner.lower() == self.owner.login.lower() and metadata.id not in self.excluded


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token of an installation, until an instant."""

    value: str
    owner: str
    expires_at: int


class Installations:
    """Who granted the app what, and the tokens that it got. Kept in memory: a restarted host has granted everything anew."""

    def __init__(self, host: CodeHost, knobs: Knobs) -> None:
        self._host = host
        self._knobs = knobs
        self._excluded: dict[str, frozenset[int]] = {}
        self._tokens: dict[str, Token] = {}
        self._lock = threading.Lock()

    def all(self) -> list[Installation]:
        """Return every installation, the oldest owner's first."""
        return [self._of(owner) for owner in self._host.owners()]

    def of(self, login: str) -> Installation:
        """Return the installation on the owner *login*, or raise NotFoundError."""
        return self._of(self._host.owner(login))

    def numbered(self, number: int) -> Installation:
        """Return the installation with this number, or raise NotFoundError."""
        for installation in self.all():
            if installation.id == number:
                return installation
        raise NotFoundError(f"the app has no installation {number}")

    def allow(self, repository: Repository, *, readable: bool) -> Installation:
        """Let the app read *repository*, or do not let it any more; return the installation that this concerns."""
        metadata = repository.metadata
        key, own = metadata.owner.lower(), frozenset({metadata.id})
        with self._lock:
            known = self._excluded.get(key, frozenset())
            self._excluded[key] = known - own if readable else known | own
        return self.of(metadata.owner)

    def issue(self, installation: Installation) -> Token:
        """Return a new token of *installation*; the oldest are forgotten past some thousands."""
        until = self._host.clock.now() + int(self._knobs.token_life * SECOND)
        token = Token(value=TOKEN_PREFIX + secrets.token_hex(18), owner=installation.owner.login, expires_at=until)
        with self._lock:
            self._tokens[token.value] = token
            while len(self._tokens) > TOKENS:
                del self._tokens[next(iter(self._tokens))]
        return token

    def holding(self, token: str) -> Installation | None:
        """Return the installation whose *token* this is; None where it is nobody's, or has expired."""
        known = self._tokens.get(token)
        if known is None or known.expires_at <= self._host.clock.now():
            return None
        return self.of(known.owner)

    def _of(self, owner: Owner) -> Installation:
        return Installation(owner=owner, excluded=self._excluded.get(owner.login.lower(), frozenset()))
