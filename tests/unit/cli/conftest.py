"""A command line of its own, and a server on the loopback that answers what a test tells it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from cuelight.cli import main


class Result(msgspec.Struct, frozen=True):
    status: int
    out: str
    err: str


class Request(msgspec.Struct, frozen=True):
    path: str
    parameters: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


class Server:
    """Answers by path; `requests` are those that came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.requests: list[Request] = []

    def answer(self, path: str, document: Any, status: int = 200) -> None:
        self.answers[path] = (status, document if isinstance(document, bytes) else json.dumps(document).encode())


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory; none of the variables that the command line reads."""
    monkeypatch.chdir(tmp_path)
    for name in ("CUELIGHT_SERVER", "CUELIGHT_TOKEN", "CUELIGHT_WEBHOOK_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cuelight(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Calls the command line in this process."""

    def cuelight(*words: str) -> Result:
        status = main(words)
        return Result(status, *capsys.readouterr())

    return cuelight


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server, which is the default of every verb."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._respond(b"")

        def do_POST(self) -> None:
            self._respond(self.rfile.read(int(self.headers["content-length"])))

        def do_DELETE(self) -> None:
            self._respond(b"")

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the base class's
            pass

        def _respond(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            served.requests.append(Request(parts.path, parse_qsl(parts.query), headers, body))
            status, content = served.answers.get(parts.path, (404, b"{}"))
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Server(f"http://127.0.0.1:{listening.server_port}")
    monkeypatch.setenv("CUELIGHT_SERVER", served.url)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    listening.shutdown()
    thread.join()
    listening.server_close()
