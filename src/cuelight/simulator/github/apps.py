"""GitHub's API of apps and of who a token is: installations, their tokens, the user."""

from starlette.requests import Request
from starlette.responses import Response

from cuelight.errors import NotFoundError
from cuelight.simulator.core import Owner
from cuelight.simulator.github import documents
from cuelight.simulator.github.answers import json_response, missing, paged
from cuelight.simulator.github.documents import Addresses, Document, instant
from cuelight.simulator.github.installations import APP_ID, SLUG, Installation, Installations
from cuelight.simulator.github.repositories import no_user
from cuelight.simulator.github.sight import sight_of

USER = "demo-developer"
PERMISSIONS = {"contents": "read", "metadata": "read"}
EVENTS = ["create", "delete", "public", "push", "repository"]


class Apps:
    """Endpoints; each takes a request and returns GitHub's answer."""

    def __init__(self, at: Addresses, installations: Installations) -> None:
        self._at = at
        self._installations = installations

    def app(self, _request: Request) -> Response:
        """`GET /app`."""
        return json_response(
            {"id": APP_ID, "slug": SLUG, "name": SLUG, "permissions": PERMISSIONS, "events": EVENTS,
             "html_url": f"{self._at.web}/apps/{SLUG}", "installations_count": len(self._installations.all())}
        )  # fmt: skip

    def installations(self, request: Request) -> Response:
        """`GET /app/installations`."""
        return paged(request, self._at.base, self._installations.all(), self._document)

    def installation(self, request: Request) -> Response:
        """`GET /app/installations/{id}`."""
        return json_response(self._document(self._installations.numbered(request.path_params["id"])))

    def of_owner(self, request: Request) -> Response:
        """`GET /orgs/{org}/installation`, `/users/{user}/installation` and `/repos/{owner}/{repo}/installation`."""
        installation = self._installations.of(request.path_params["owner"])
        kind = request.url.path.rpartition("/" + request.path_params["owner"])[0]
        if kind.endswith("/orgs") and installation.owner.kind != "Organization":
            raise missing("/apps/apps#get-an-organization-installation-for-the-authenticated-app")
        if "repo" in request.path_params:
            self._check(installation, request)
        return json_response(self._document(installation))

    def token(self, request: Request) -> Response:
        """`POST /app/installations/{id}/access_tokens`: 201 with a token of an hour."""
        installation = self._installations.numbered(request.path_params["id"])
        token = self._installations.issue(installation)
        document = {
            "token": token.value,
            "expires_at": instant(token.expires_at),
            "permissions": PERMISSIONS,
            "repository_selection": installation.selection,
        }
        return json_response(document, status=201)

    def user(self, request: Request) -> Response:
        """`GET /user`: whose token it is; an app's is nobody's."""
        no_user(request)
        return json_response(documents.account(self._at, USER))

    def _check(self, installation: Installation, request: Request) -> None:
        found = sight_of(request).repository(f"{request.path_params['owner']}/{request.path_params['repo']}")
        if not installation.reaches(found.metadata):
            raise NotFoundError("the app may not read it")

    def _document(self, installation: Installation) -> Document:
        return installation_document(self._at, installation)


def installation_document(at: Addresses, installation: Installation) -> Document:
    """Return the document of an installation."""
    owner = installation.owner
    return {
        "id": installation.id,
        "account": documents.owner_account(at, owner),
        "repository_selection": installation.selection,
        "access_tokens_url": f"{at.base}/app/installations/{installation.id}/access_tokens",
        "repositories_url": f"{at.base}/installation/repositories",
        "html_url": _page(at, owner, installation.id),
        "app_id": APP_ID,
        "app_slug": SLUG,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": PERMISSIONS,
        "events": EVENTS,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "single_file_name": None,
        "suspended_at": None,
        "suspended_by": None,
    }


def _page(at: Addresses, owner: Owner, number: int) -> str:
    settings = f"organizations/{owner.login}/settings" if owner.kind == "Organization" else "settings"
    return f"{at.web}/{settings}/installations/{number}"
