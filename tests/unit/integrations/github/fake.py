"""A GitHub whose answers a test gives: by path over REST, by a function in GraphQL; and what it was asked."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from cuelight.clock import ManualClock
from cuelight.fetch import Fetch, FetchSection
from cuelight.integrations.github.client import GitHubHost
from cuelight.integrations.github.config import HostSection
from cuelight.options import convert
from cuelight.scm import Repository

Document = dict[str, Any]
Graph = Callable[[str, Document], Any]
REPO = "/repos/acme/web"
WEB = Repository(host="github.com", id="7", full_name="acme/web", web_url="https://github.com/acme/web")
HEAD, TREE = "c" * 40, "d" * 40


def unanswered(query: str, variables: Document) -> Any:
    raise AssertionError(f"no GraphQL was expected: {query} with {variables}")


class GitHub:
    """Answers by path and query, POST by `POST path`; 404 for everything else."""

    def __init__(
        self,
        answers: Mapping[str, Any] | None = None,
        *,
        graph: Graph = unanswered,
        section: Document | None = None,
        limits: FetchSection | None = None,
    ) -> None:
        self.answers = dict(answers or {})
        self.graph = graph
        self.asked: list[httpx2.Request] = []
        self.clock = ManualClock()
        transport = httpx2.MockTransport(self._answer)
        self.fetch = Fetch(limits or FetchSection(), self.clock, transport=transport)
        given = {"host": "github.com", "token": "hunter2"} if section is None else {"host": "github.com", **section}
        self.host = GitHubHost(convert(given, HostSection), self.fetch)

    @property
    def paths(self) -> list[str]:
        """What was asked for, a POST with its method."""
        return [_name(request) for request in self.asked]

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        found: Any = self.answers.get(_name(request), (404, {"message": "Not Found"}))
        if _name(request) == "POST /graphql":
            question = json.loads(request.content)
            found = self.graph(question["query"], question["variables"])
        if callable(found):
            found = found(request)
        if isinstance(found, httpx2.Response):
            return found
        status, document = found if isinstance(found, tuple) else (200, found)
        return httpx2.Response(status, json=document)


def _name(request: httpx2.Request) -> str:
    path = request.url.raw_path.decode()
    return path if request.method == "GET" else f"{request.method} {path}"


def shown(number: int, name: str = "web", owner: str = "acme") -> Document:
    """A repository as the REST API shows it."""
    return {
        "id": number,
        "full_name": f"{owner}/{name}",
        "html_url": f"https://github.com/{owner}/{name}",
        "default_branch": "main",
        "archived": False,
        "fork": False,
        "private": True,
        "visibility": "internal",
        "topics": ["a"],
    }


def redirect(target: str) -> httpx2.Response:
    return httpx2.Response(301, headers={"location": target})


def raw(data: bytes) -> httpx2.Response:
    media_type = "application/vnd.github.raw+json; charset=utf-8"
    return httpx2.Response(200, content=data, headers={"content-type": media_type})
