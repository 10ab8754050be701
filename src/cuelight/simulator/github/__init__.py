"""GitHub's face of the simulated host: its REST API, its pages and its webhooks over the core's repositories.

Requests come in as GitHub's clients send them and are answered in GitHub's shapes; a `Pushed` of the core goes out as
GitHub's `push` event. Another host's face is another folder of the same form: `routes`, and `parcels` for a push.
"""

from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from cuelight.simulator.core import CodeHost, Pushed
from cuelight.simulator.core.history import history
from cuelight.simulator.core.repository import TAGS
from cuelight.simulator.courier import Hook, Parcel
from cuelight.simulator.github.answers import Endpoint, Gate, json_response, missing
from cuelight.simulator.github.contents import Contents
from cuelight.simulator.github.documents import Addresses
from cuelight.simulator.github.hookshot import envelope
from cuelight.simulator.github.pages import Pages
from cuelight.simulator.github.push import LARGEST_COMMITS, push_event
from cuelight.simulator.github.repositories import Repositories
from cuelight.simulator.knobs import Knobs

__all__ = ["Addresses", "Gate", "GitHub"]

MOST_TAGS = 3
REPOSITORY = "/repos/{owner}/{repo}"


class GitHub:
    """The face, at its addresses."""

    def __init__(self, host: CodeHost, at: Addresses, gate: Gate, knobs: Knobs) -> None:
        self._host = host
        self._at = at
        self._gate = gate
        self._repositories = Repositories(host, at)
        self._contents = Contents(host, at, knobs)
        self._pages = Pages(host)

    def routes(self) -> list[BaseRoute]:
        """Return the API at the root, as on api.github.com, and below `/api/v3`, as on GitHub Enterprise Server."""
        return [*self._api(), Mount("/api/v3", routes=[*self._api(), Route("/{rest:path}", self._gate(_nothing))])]

    def pages(self) -> list[BaseRoute]:
        """Return the pages; they match any owner's name, so they come last."""
        page = "/{owner}/{repo}"
        return [
            Route("/{owner}", self._pages.owner, name="page"),
            Route(page, self._pages.repository, name="page"),
            Route(page + "/tree/{rest:path}", self._pages.tree, name="page"),
            Route(page + "/blob/{rest:path}", self._pages.blob, name="page"),
            Route(page + "/raw/{rest:path}", self._pages.raw, name="raw"),
            Route(page + "/commit/{sha}", self._pages.commit, name="page"),
        ]

    def told_of(self, pushes: Sequence[Pushed]) -> list[Pushed]:
        """Return those of *pushes*, made at once, that webhooks tell of: all of them, but no tags where they are many."""
        # https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
        tags = sum(pushed.ref.startswith(TAGS) for pushed in pushes)
        return [pushed for pushed in pushes if tags <= MOST_TAGS or not pushed.ref.startswith(TAGS)]

    def parcels(self, pushed: Pushed, hooks: Sequence[Hook]) -> list[Parcel]:
        """Return what tells *hooks* of *pushed*. Reads the repository: call it in a thread, and right after the push."""
        if not hooks:
            return []
        owner = self._host.owner(pushed.repository.owner)
        repository = self._host.numbered(pushed.repository.id)
        payload = push_event(self._at, owner, pushed, history(repository, pushed, limit=LARGEST_COMMITS))
        return [envelope(hook, "push", payload, owner) for hook in hooks]

    def _api(self) -> Iterable[BaseRoute]:
        repositories, contents = self._repositories, self._contents
        endpoints: list[tuple[str, Endpoint, str]] = [
            ("/orgs/{owner}", repositories.organisation, "owner"),
            ("/orgs/{owner}/repos", repositories.of_organisation, "listing"),
            ("/users/{owner}", repositories.account, "owner"),
            ("/users/{owner}/repos", repositories.of_user, "listing"),
            ("/repositories/{id:int}", repositories.numbered, "repository"),
            (REPOSITORY, repositories.show, "repository"),
            (REPOSITORY + "/branches", repositories.branches, "branches"),
            (REPOSITORY + "/branches/{branch:path}", repositories.branch, "branch"),
            (REPOSITORY + "/commits/{ref:path}", repositories.commit, "commit"),
            (REPOSITORY + "/git/trees/{sha:path}", contents.tree, "tree"),
            (REPOSITORY + "/git/blobs/{sha}", contents.blob, "blob"),
            (REPOSITORY + "/contents/{path:path}", contents.path, "contents"),
            (REPOSITORY + "/{rest:path}", _nothing, "unknown"),
        ]
        yield from (Route(path, self._gate(endpoint), name=name) for path, endpoint, name in endpoints)
        yield Route("/rate_limit", self._gate(self._rate_limit, free=True), name="rate_limit")
        yield Route("/meta", self._gate(self._meta), name="meta")

    def _rate_limit(self, _request: Request) -> Response:
        core = self._gate.quota.document()
        return json_response({"resources": {"core": core}, "rate": core})

    def _meta(self, _request: Request) -> Response:
        return json_response(
            {"verifiable_password_authentication": False, "hooks": ["127.0.0.0/8"], "web": [], "api": [], "git": []}
        )


def _nothing(_request: Request) -> Response:
    raise missing()
