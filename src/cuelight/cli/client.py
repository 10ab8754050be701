"""A client of a running server, for the verbs: one request after the other, errors as our own."""

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec

from cuelight import __version__
from cuelight.cli.parameters import Remote
from cuelight.errors import (
    AuthenticationError,
    ConflictError,
    CuelightError,
    InputError,
    NotAllowedError,
    NotFoundError,
    ServiceUnavailableError,
    TimedOut,
    TooLargeError,
)

TIMEOUT: Final = 30.0
"""Seconds that the server may be silent."""
MAX_ANSWER: Final = 256 * 1024**2
"""Bytes of an answer that are read."""

_ERRORS: Final[Mapping[int, type[CuelightError]]] = {
    401: AuthenticationError,
    403: NotAllowedError,
    404: NotFoundError,
    408: TimedOut,
    409: ConflictError,
    413: TooLargeError,
    502: ServiceUnavailableError,
    503: ServiceUnavailableError,
    504: TimedOut,
}
_DIRECT: Final = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}

T = TypeVar("T")

Document = dict[str, Any]
"""A JSON object."""
Parameters = Sequence[tuple[str, str]]


class Client:
    """Talks to the server that *remote* names. Use it in `with`; it follows no redirect, so the token goes nowhere else."""

    def __init__(self, remote: Remote, *, transport: httpx2.BaseTransport | None = None) -> None:
        self._server = _address(remote.server)
        self._client = httpx2.Client(
            transport=transport,
            mounts=None
            if transport
            else _DIRECT,  # a proxy from the environment is for the world, not for this machine
            timeout=TIMEOUT,
            headers={"user-agent": f"cuelight/{__version__}", "accept": "application/json"}
            | _authorization(remote.token),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, parameters: Parameters = (), *, kind: type[T]) -> T:
        """The JSON at *path*, as a *kind*; an error of ours where the server answers with one, otherwise, or not at all."""
        answer = self._answer(self._client.build_request("GET", f"{self._server}{path}", params=list(parameters)))
        return self.understood(answer, kind)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Document:
        """The JSON that answers *body*; errors as in `get`."""
        answer = self._answer(
            self._client.build_request("POST", f"{self._server}{path}", content=body, headers=headers)
        )
        return self.understood(answer, Document)

    def delete(self, path: str) -> None:
        """Delete what is at *path*; errors as in `get`."""
        self._answer(self._client.build_request("DELETE", f"{self._server}{path}"))

    def understood(self, answer: Any, kind: type[T]) -> T:
        """*answer* as a *kind*; ServiceUnavailableError where it is something else."""
        try:
            return msgspec.convert(answer, kind)
        except msgspec.ValidationError as error:
            raise self._foreign() from error

    def _foreign(self) -> CuelightError:
        return ServiceUnavailableError(f"{self._server} answered something else; does --server name a Cuelight?")

    def _answer(self, request: httpx2.Request) -> Any:
        try:
            response = self._client.send(request, stream=True)
            content = self._read(response)
        except httpx2.ConnectError as error:
            raise ServiceUnavailableError(
                f"nothing answers at {self._server}; is the server running? Start it with: cuelight serve"
            ) from error
        except httpx2.TimeoutException as error:
            raise TimedOut(f"{self._server} did not answer within {TIMEOUT:g} seconds; try again") from error
        except httpx2.RequestError as error:
            raise ServiceUnavailableError(f"the connection to {self._server} broke: {error}; try again") from error
        return self._judged(response, _document(content))

    def _judged(self, response: httpx2.Response, document: Any) -> Any:
        """The answer's *document*, where it is one; the error that it stands for, in the server's words, where not."""
        status = response.status_code
        if response.is_success and (document is not None or status == 204):
            return document
        if status < 400 or (status == 404 and document is None):  # ours say what it is that there is not
            raise self._foreign()
        kind = _ERRORS.get(status, InputError if status < 500 else CuelightError)
        mend = "; give a token that the server knows with --token or in CUELIGHT_TOKEN" if status == 401 else ""
        raise kind(f"{_said(document) or response.reason_phrase} ({response.url} answered {status}){mend}")

    def _read(self, response: httpx2.Response) -> bytes:
        content = bytearray()
        try:
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_ANSWER:
                    raise TooLargeError(f"{response.url} answered more than {MAX_ANSWER} bytes; ask for less: --limit")
        finally:
            response.close()
        return bytes(content)


def _address(server: str) -> str:
    """*server* without a slash at its end; InputError unless it is an http or https URL of a host and nothing more."""
    try:
        parts = urlsplit(server)
        valid = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment:
        raise InputError(f"--server is {server!r}; write it like http://127.0.0.1:7007")
    return server.rstrip("/")


def _authorization(token: str | None) -> dict[str, str]:
    if not token:
        return {}
    if not token.isascii() or not token.isprintable():
        raise InputError("--token holds what no token has; give it without quotes, blanks and line breaks around it")
    return {"authorization": f"Bearer {token}"}


def _document(content: bytes) -> Any:
    """*content* as JSON; None where it is none."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def _said(document: Any) -> str | None:
    """The message of an error's body: Backstage's, or the one of a refused delivery."""
    if not isinstance(document, Mapping):
        return None
    error = document.get("error")
    message = error.get("message") if isinstance(error, Mapping) else document.get("message")
    return "".join(letter for letter in message if letter.isprintable()) if isinstance(message, str) else None
