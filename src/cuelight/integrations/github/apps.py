"""GitHub Apps: they log in with a key, are installed on owners, and read each with a token that lives for an hour."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cuelight.clock import SECOND, Clock, parse_iso
from cuelight.errors import ConfigurationError, HostDenied, HostUnavailable
from cuelight.fetch import Answer, Fetch
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import decoded, malformed
from cuelight.integrations.github.config import AppSection
from cuelight.integrations.github.paging import Pages
from cuelight.integrations.github.sharing import Shared
from cuelight.options import Secret

LOGIN: Final = 9 * 60
"""Seconds that an app's own token lives; GitHub allows ten minutes."""
SKEW: Final = 60
"""Seconds by which GitHub's clock may be behind ours."""
KEPT: Final = 600.0
"""Seconds for which the list of installations is taken as it was."""
UNKNOWN: Final = 60.0
"""Seconds after which an owner who is not in the list makes it be read again."""
EARLY: Final = 300
"""Seconds before its end at which a token is renewed."""
SHORTEST: Final = 2 * EARLY
"""Seconds that a token is taken to live at least, whatever is said; one that is refused sooner is renewed then."""


class Owner(msgspec.Struct, frozen=True):
    """Whose an installation is."""

    login: str = ""
    type: str = ""


class Installation(msgspec.Struct, frozen=True):
    """One of `GET /app/installations`."""

    id: int
    account: Owner | None = None
    suspended_at: str | None = None

    @property
    def owner(self) -> str:
        """The login of its owner."""
        return self.account.login if self.account else ""


class TokenAnswer(msgspec.Struct, frozen=True):
    """`POST /app/installations/{id}/access_tokens`."""

    token: str
    expires_at: str


class Found(msgspec.Struct, frozen=True):
    """The installations of an app, and the second of the monotonic clock at which they were asked for."""

    installations: Sequence[Installation]
    asked_at: float


class Token(msgspec.Struct, frozen=True):
    """The token of an installation; `ends_at` is in microseconds since the epoch, by our clock."""

    text: str
    ends_at: int


class App:
    """One of `integrations.github[].apps` that has an id and a key. ConfigurationError where its key is none."""

    def __init__(self, section: AppSection, fetch: Fetch, api_url: str) -> None:
        self.id = str(section.app_id)
        self._allowed = {owner.lower() for owner in section.allowed_installation_owners or ()}
        self._own = Access(fetch, api_url, Login(self.id, section.private_key, fetch.clock))
        self._fetch = fetch
        self._api_url = api_url
        self._found = Shared(self._read)
        self._accesses: dict[int, Access] = {}

    async def installations(self) -> Sequence[Installation]:
        """Where it is installed now, as far as `allowedInstallationOwners` allows: a complete list follows from it."""
        return await self._listed(0)

    async def installation_of(self, owner: str) -> Installation | None:
        """Its installation on *owner*, None where there is none; the list is read again for an owner that it lacks."""
        return _find(await self._listed(KEPT), owner) or _find(await self._listed(UNKNOWN), owner)

    def access(self, installation: Installation) -> Access:
        """What *installation* may read; HostDenied where its owner suspended it."""
        if installation.suspended_at is not None:
            raise HostDenied(
                f"the installation of GitHub app {self.id} on {installation.owner} is suspended; "
                f"unsuspend it in the settings of {installation.owner}"
            )
        if installation.id not in self._accesses:
            tokens = InstallationTokens(self._own, installation.id, self._fetch.clock)
            self._accesses[installation.id] = Access(self._fetch, self._api_url, tokens)
        return self._accesses[installation.id]

    async def _listed(self, age: float) -> Sequence[Installation]:
        """The installations as they were at most *age* seconds before this was asked; of 0, those who wait share one answer."""
        oldest = self._fetch.clock.monotonic() - age
        found = await self._found.get(lambda found: found.asked_at > oldest)
        return found.installations

    async def _read(self) -> Found:
        # https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app
        asked_at = self._fetch.clock.monotonic()
        pages = Pages(self._own, "/app/installations?per_page=100", "installations", _installations)
        try:
            found = {one.id: one async for one in pages.items()}
        except HostDenied as error:
            mend = f"appId {self.id}, its privateKey, and the clock of this machine"
            raise HostDenied(f"{error.message} ({mend})", unauthorized=error.unauthorized) from error
        allowed = [one for one in found.values() if not self._allowed or one.owner.lower() in self._allowed]
        return Found(allowed, asked_at)


class Login:
    """The tokens that an app makes itself, signed with its key: for what concerns the app, not for repositories."""

    def __init__(self, app_id: str, key: Secret | None, clock: Clock) -> None:
        self._app_id = app_id
        self._key = _signing_key(app_id, key.reveal() if key else "")
        self._clock = clock

    async def current(self) -> str:
        """A token of this moment."""
        # https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
        import jwt

        now = self._clock.now() // SECOND
        claims: Mapping[str, Any] = {"iat": now - SKEW, "exp": now + LOGIN, "iss": self._app_id}
        return jwt.encode(dict(claims), self._key, algorithm="RS256")

    async def renewed(self, refused: str) -> str:
        """The same: another one would be refused as well."""
        return refused


class InstallationTokens:
    """The tokens of one installation, each for an hour: renewed before its end, and once it is refused."""

    def __init__(self, app: Access, installation: int, clock: Clock) -> None:
        self._app = app
        self._installation = installation
        self._clock = clock
        self._kept = Shared(self._fetched)

    async def current(self) -> str:
        """A token that is valid for some minutes yet."""
        token = await self._kept.get(lambda token: self._clock.now() < token.ends_at - EARLY * SECOND)
        return token.text

    async def renewed(self, refused: str) -> str:
        """Another token than the one that was *refused*, whoever of those that wait asked for it."""
        token = await self._kept.get(lambda token: token.text != refused)
        return token.text

    async def _fetched(self) -> Token:
        # https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
        answer = await self._app.post(
            f"/app/installations/{self._installation}/access_tokens", b"{}", kind="installation token"
        )
        found, now = _token(answer), self._clock.now()
        # its end is meant by GitHub's clock
        lives = _instant(answer, found.expires_at) - (now if answer.sent_at is None else answer.sent_at)
        return Token(found.token, now + max(lives, SHORTEST * SECOND))


def _installations(answer: Answer) -> list[Installation]:
    return decoded(answer, list[Installation])


def _token(answer: Answer) -> TokenAnswer:
    if answer.status == 404:
        raise HostUnavailable(
            f"{answer.request} was answered 404: the app is installed there no more; it is asked again"
        )
    return decoded(answer, TokenAnswer, status=201)


def _instant(answer: Answer, text: str) -> int:
    try:
        return parse_iso(text)
    except (ValueError, OverflowError) as error:
        raise malformed(answer, "expires_at is no time") from error


def _find(installations: Sequence[Installation], owner: str) -> Installation | None:
    return next((one for one in installations if one.owner.lower() == owner.lower()), None)


def _signing_key(app_id: str, pem: str) -> Any:
    """The key of *pem*, whose line ends may be escaped, as in Backstage; ConfigurationError where it is none."""
    from jwt.algorithms import RSAAlgorithm

    try:
        return RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(pem.replace("\\n", "\n"))
    except Exception:  # noqa: BLE001 - whatever a parser of keys says of it might show it
        raise ConfigurationError(
            f"the privateKey of GitHub app {app_id} is no RSA key in PEM form; give the file that GitHub generated, whole"
        ) from None
