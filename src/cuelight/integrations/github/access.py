"""A way into one host's API with one set of credentials: a token's, an app installation's, an app's own, or none."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from cuelight.errors import HostDenied, HostUnavailable, TooLargeError
from cuelight.fetch import Answer, Fetch, Origin

HEADERS: Final[Mapping[str, str]] = {
    "accept": "application/vnd.github+json",
    # https://docs.github.com/en/rest/about-the-rest-api/api-versions
    "x-github-api-version": "2022-11-28",
}

Send = Callable[[Mapping[str, str]], Awaitable[Answer]]


class Tokens(Protocol):
    """Where an access gets the token of each request from."""

    async def current(self) -> str:
        """A token that is valid for some minutes yet."""
        ...

    async def renewed(self, refused: str) -> str:
        """Another token than the one that was *refused*."""
        ...


class Fixed:
    """A token of the configuration: nobody renews it but the operator."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def current(self) -> str:
        """The token."""
        return self._token

    async def renewed(self, refused: str) -> str:
        """The same: there is no other."""
        return refused


class Access:
    """The API at *api_url* as *tokens* reach it; anonymous without.

    `lacking` says which credentials are missing that should be there: what these see is then no proof of what there is.
    """

    def __init__(self, fetch: Fetch, api_url: str, tokens: Tokens | None = None, *, lacking: str | None = None) -> None:
        self._origin: Origin = fetch.for_host(api_url, HEADERS)
        self._graphql = graphql_url(api_url)
        self._tokens = tokens
        self.lacking = lacking

    @property
    def name(self) -> str:
        """The host of the API."""
        return self._origin.name

    @property
    def is_anonymous(self) -> bool:
        """Whether requests carry no credentials. GitHub then answers no GraphQL."""
        return self._tokens is None

    async def get(
        self, target: str, *, kind: str, headers: Mapping[str, str] | None = None, limit: int | None = None
    ) -> Answer:
        """As `Origin.get`."""

        async def send(token: Mapping[str, str]) -> Answer:
            return await self._origin.get(target, kind=kind, headers={**(headers or {}), **token}, limit=limit)

        return await self._authorized(send)

    async def read(self, target: str, kind: str) -> Answer:
        """As `get`, for answers that are small by nature: one past the limit is no answer (HostUnavailable)."""
        try:
            return await self.get(target, kind=kind)
        except TooLargeError as error:
            raise HostUnavailable(error.message) from error

    async def post(self, target: str, document: bytes, *, kind: str) -> Answer:
        """As `Origin.post`, for answers that are small by nature: one past the limit is no answer (HostUnavailable)."""

        async def send(token: Mapping[str, str]) -> Answer:
            return await self._origin.post(target, document, kind=kind, headers=token)

        try:
            return await self._authorized(send)
        except TooLargeError as error:
            raise HostUnavailable(error.message) from error

    async def query(self, document: bytes, *, kind: str) -> Answer:
        """What the GraphQL endpoint answers to *document*."""

        async def send(token: Mapping[str, str]) -> Answer:
            return await self._origin.post(self._graphql, document, kind=kind, headers=token, resource="graphql")

        return await self._authorized(send)

    def limited(self, answer: Answer, said: str) -> HostUnavailable:
        """As `Origin.limited`."""
        return self._origin.limited(answer, said)

    async def _authorized(self, send: Send) -> Answer:
        """Send with a token, and where that one is refused once more with another."""
        if self._tokens is None:
            return await send({})
        token = await self._tokens.current()
        try:
            return await send(_bearer(token))
        except HostDenied as error:
            if not error.unauthorized:
                raise
            another = await self._tokens.renewed(token)
            if another == token:
                raise
        return await send(_bearer(another))


def graphql_url(api_url: str) -> str:
    """Where GraphQL is, of the REST API at *api_url*: on an Enterprise Server beside it, elsewhere below it."""
    # https://docs.github.com/en/enterprise-server@latest/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
    root = api_url.rstrip("/")
    return f"{root.removesuffix('/v3')}/graphql" if root.endswith("/api/v3") else f"{root}/graphql"


def _bearer(token: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {token}"}
