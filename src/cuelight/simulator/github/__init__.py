"""GitHub's face of the simulated host: its REST API, GraphQL, its pages and its webhooks over the core's repositories.

Requests come in as GitHub's clients send them and are answered in GitHub's shapes; a `Pushed` of the core goes out as
GitHub's `push` event, a `Happened` as its `repository` event. Another host's face is another folder of the same form:
`routes`, `parcels` for a push, `tidings` for the rest.
"""

from collections.abc import Iterable, Iterator, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from cuelight.simulator.core import CodeHost, Happened, Owner, Pushed
from cuelight.simulator.core.history import history
from cuelight.simulator.core.repository import TAGS
from cuelight.simulator.courier import Hook, Parcel
from cuelight.simulator.github.answers import Endpoint, json_response, missing
from cuelight.simulator.github.apps import Apps
from cuelight.simulator.github.comparisons import Comparisons
from cuelight.simulator.github.contents import Contents
from cuelight.simulator.github.documents import Addresses
from cuelight.simulator.github.events import (
    Event,
    Owners,
    for_app,
    installation_event,
    ref_event,
    repository_events,
)
from cuelight.simulator.github.gates import Gates
from cuelight.simulator.github.graphql import GraphQL
from cuelight.simulator.github.hookshot import envelope
from cuelight.simulator.github.pages import Pages
from cuelight.simulator.github.push import push_event
from cuelight.simulator.github.references import References
from cuelight.simulator.github.repositories import Repositories
from cuelight.simulator.knobs import Knobs

__all__ = ["Addresses", "Gates", "GitHub"]

MOST_TAGS = 3
REPOSITORY = "/repos/{owner}/{repo}"
NUMBERED = "/repositories/{id:int}"


class GitHub:
    """The face, at its addresses."""

    def __init__(self, host: CodeHost, at: Addresses, gates: Gates, knobs: Knobs) -> None:
        self._host = host
        self._at = at
        self._gates = gates
        self._knobs = knobs
        self._installations = gates.keys.installations
        self._pages = Pages(host)

    def routes(self) -> list[BaseRoute]:
        """Return the API at the root, as on api.github.com, and below `/api/v3`, as on GitHub Enterprise Server."""
        graphql = GraphQL(self._at, self._gates.graphql, self._knobs)
        below = Mount("/api/v3", routes=[*self._api(), Route("/{rest:path}", self._gates.rest(_nothing))])
        return [*graphql.routes(), *self._api(), below]

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
        """Return what tells *hooks* of *pushed*: that the ref is new or gone, where it is, and the push.

        Reads the repository: call it in a thread, and right after the push.
        """
        if not hooks:
            return []
        owner = self._host.owner(pushed.repository.owner)
        repository = self._host.numbered(pushed.repository.id)
        brought = history(repository, pushed, limit=self._knobs.push_commits)
        payload = push_event(self._at, owner, pushed, brought, most_files=self._knobs.commit_files)
        events = [ref_event(self._at, owner, pushed), Event("push", payload)]
        return list(self._sent([event for event in events if event], hooks, owner))

    def tidings(self, happened: Happened, hooks: Sequence[Hook]) -> list[Parcel]:
        """Return what tells *hooks* of *happened*. Only an app's hook hears of what the app may read."""
        owner = self._host.owner(happened.repository.owner)
        events = repository_events(self._at, Owners(owner, self._host.owner(happened.before.owner)), happened)
        if happened.action in {"granted", "revoked"}:
            hooks = [hook for hook in hooks if hook.app]
            events = [installation_event(self._at, self._installations.of(owner.login), happened)]
        return list(self._sent(events, hooks, owner))

    def _sent(self, events: Sequence[Event], hooks: Sequence[Hook], owner: Owner) -> Iterator[Parcel]:
        for event in events:
            for hook in hooks:
                app = hook.app and self._installations.of(owner.login)
                yield envelope(hook, event.name, for_app(event.payload, app) if app else event.payload, owner)

    def _api(self) -> Iterable[BaseRoute]:
        gates = self._gates
        yield from self._of_app()
        for root in (REPOSITORY, NUMBERED):
            yield from (Route(root + path, gates.rest(show), name=kind) for path, show, kind in self._of_repository())
        yield from (Route(path, gates.rest(endpoint), name=kind) for path, endpoint, kind in self._of_owners())
        yield Route("/rate_limit", gates.rest(self._rate_limit, free=True), name="rate_limit")
        yield Route("/meta", gates.rest(self._meta), name="meta")

    def _of_owners(self) -> list[tuple[str, Endpoint, str]]:
        repositories, apps = Repositories(self._host, self._at), Apps(self._at, self._installations)
        return [
            ("/orgs/{owner}", repositories.organisation, "owner"),
            ("/orgs/{owner}/repos", repositories.of_organisation, "listing"),
            ("/users/{owner}", repositories.account, "owner"),
            ("/users/{owner}/repos", repositories.of_user, "listing"),
            ("/user", apps.user, "user"),
            ("/user/repos", repositories.of_token, "listing"),
            ("/installation/repositories", repositories.of_installation, "listing"),
        ]

    def _of_app(self) -> Iterable[BaseRoute]:
        apps, gate = Apps(self._at, self._installations), self._gates.rest
        for path, endpoint in (
            ("/app", apps.app),
            ("/app/installations", apps.installations),
            ("/app/installations/{id:int}", apps.installation),
            ("/orgs/{owner}/installation", apps.of_owner),
            ("/users/{owner}/installation", apps.of_owner),
            (REPOSITORY + "/installation", apps.of_owner),
        ):
            yield Route(path, gate.app(endpoint), name="app")
        issue = gate.app(apps.token)
        yield Route("/app/installations/{id:int}/access_tokens", issue, methods=["POST"], name="access_token")

    def _of_repository(self) -> list[tuple[str, Endpoint, str]]:
        repositories, contents = Repositories(self._host, self._at), Contents(self._at, self._knobs)
        references = References(self._at)
        return [
            ("", repositories.show, "repository"),
            ("/branches", repositories.branches, "branches"),
            ("/branches/{branch:path}", repositories.branch, "branch"),
            ("/commits/{ref:path}", repositories.commit, "commit"),
            ("/compare/{basehead:path}", Comparisons(self._at, self._knobs).show, "compare"),
            ("/git/trees/{sha:path}", contents.tree, "tree"),
            ("/git/blobs/{sha}", contents.blob, "blob"),
            ("/git/ref/{ref:path}", references.show, "reference"),
            ("/git/matching-refs/{ref:path}", references.matching, "reference"),
            ("/contents/{path:path}", contents.path, "contents"),
            ("/{rest:path}", _nothing, "unknown"),
        ]

    def _rate_limit(self, _request: Request) -> Response:
        core, graphql = self._gates.rest.quota.document(), self._gates.graphql.quota.document()
        return json_response({"resources": {"core": core, "graphql": graphql}, "rate": core})

    def _meta(self, _request: Request) -> Response:
        return json_response(
            {"verifiable_password_authentication": False, "hooks": ["127.0.0.0/8"], "web": [], "api": [], "git": []}
        )


def _nothing(_request: Request) -> Response:
    raise missing()
