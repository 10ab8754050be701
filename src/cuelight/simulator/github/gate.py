"""What every API request passes: the token, the quota; and every answer: headers, entity tag, 304."""

import hashlib
import hmac
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from cuelight.errors import InputError, NotFoundError, TooLargeError
from cuelight.simulator.core import CodeHost
from cuelight.simulator.credentials import Credentials, accepted, presented
from cuelight.simulator.faults import Faults
from cuelight.simulator.github.answers import Endpoint, Refusal, missing
from cuelight.simulator.github.claims import AppKey
from cuelight.simulator.github.installations import TOKEN_PREFIX, Installation, Installations
from cuelight.simulator.github.quota import Quota
from cuelight.simulator.github.sight import Sight

LIMITS = "/using-the-rest-api/rate-limits-for-the-rest-api"
Door = Callable[[Request], Sight]


class Keys:
    """Who may enter: with the host's *token* (None: everybody), an installation's token, or the app's own signature."""

    def __init__(self, token: str | None, installations: Installations, app: AppKey) -> None:
        self._token = token
        self._app = app
        self.installations = installations

    def admit(self, authorization: str | None) -> Installation | None:
        """Return the installation that a request comes from, None where it is no app's; Refusal where it may not enter."""
        given = presented(authorization)
        if given is not None and given.token.startswith(TOKEN_PREFIX) and not self._is_ours(given):
            installation = self.installations.holding(given.token)
            if installation is None:
                raise Refusal(401, "Bad credentials")
            return installation
        if not accepted(given, self._token):
            raise Refusal(401, "Requires authentication" if authorization is None else "Bad credentials")
        return None

    def admit_app(self, authorization: str | None) -> None:
        """Raise Refusal unless the request carries the app's own JSON Web Token."""
        given = presented(authorization)
        self._app.check(given.token if given else "")

    def _is_ours(self, given: Credentials) -> bool:
        return self._token is not None and hmac.compare_digest(given.token.encode(), self._token.encode())


class Gate:
    """Puts endpoints behind it. One gate for each quota: REST and GraphQL are counted apart."""

    def __init__(self, host: CodeHost, faults: Faults, keys: Keys, quota: Quota) -> None:
        self._host = host
        self._faults = faults
        self.keys = keys
        self.quota = quota

    def __call__(self, endpoint: Endpoint, *, free: bool = False, reports: bool = False) -> Endpoint:
        """Return *endpoint* behind the gate; *free* requests are not counted. One that *reports* refuses past the quota itself."""
        return self._behind(self._by_token, endpoint, free=free, checked=not free and not reports)

    def app(self, endpoint: Endpoint) -> Endpoint:
        """Return *endpoint* behind the gate that only the app itself passes."""
        return self._behind(self._by_app, endpoint, free=False, checked=True)

    def _behind(self, door: Door, endpoint: Endpoint, *, free: bool, checked: bool) -> Endpoint:
        def passed(request: Request) -> Response:
            try:
                request.state.sight = door(request)
                if checked:
                    self._check_quota()
                response = tagged(request, endpoint(request))
            except Refusal as refusal:
                response = refusal.response()
            except NotFoundError:
                response = missing().response()
            except (InputError, TooLargeError) as error:
                response = Refusal(422, error.message).response()
            return self._finished(response, free=free)

        return passed

    def _by_token(self, request: Request) -> Sight:
        self._check_access()
        return Sight(self._host, self._faults, self.keys.admit(request.headers.get("authorization")))

    def _by_app(self, request: Request) -> Sight:
        self._check_access()
        self.keys.admit_app(request.headers.get("authorization"))
        return Sight(self._host, self._faults)

    def _check_access(self) -> None:
        if self._faults.access == "unauthorised":
            raise Refusal(401, "Bad credentials")

    def _check_quota(self) -> None:
        if self.quota.exhausted:
            raise Refusal(403, "API rate limit exceeded for the simulated token.", docs=LIMITS)

    def _finished(self, response: Response, *, free: bool) -> Response:
        if response.status_code != 304 and not free:
            self.quota.spend()
        for name, value in self.quota.document().items():
            response.headers[f"X-RateLimit-{name.title()}"] = str(value)
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        response.headers["X-GitHub-Api-Version-Selected"] = "2022-11-28"
        return response


def tagged(request: Request, response: Response) -> Response:
    """Return *response* with an entity tag, or 304 where the client has that already."""
    if request.method not in {"GET", "HEAD"}:
        return response
    tag = f'W/"{hashlib.sha256(bytes(response.body)).hexdigest()}"'
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if response.status_code == 200 and tag.removeprefix("W/") in known:
        response = Response(status_code=304)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    response.headers["Vary"] = "Accept, Authorization, Cookie"
    return response
