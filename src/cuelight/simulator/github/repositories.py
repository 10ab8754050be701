"""GitHub's API of owners, repositories, branches and commits."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from cuelight.errors import NotFoundError
from cuelight.simulator.core import CodeHost, Metadata, Repository
from cuelight.simulator.core.history import changed_files
from cuelight.simulator.core.repository import commit_of
from cuelight.simulator.github import documents
from cuelight.simulator.github.answers import Moved, Page, Refusal, json_response, linked, missing, paged
from cuelight.simulator.github.documents import Addresses, Document
from cuelight.simulator.github.orders import Orders
from cuelight.simulator.github.sight import NOT_ACCESSIBLE, repository_of, sight_of

TYPES: Mapping[str, Callable[[Metadata], bool]] = {
    "public": lambda metadata: metadata.visibility == "public",
    "private": lambda metadata: metadata.visibility != "public",
    "forks": lambda metadata: metadata.fork,
    "sources": lambda metadata: not metadata.fork,
}
"""Which repositories a list is of; any other word means all."""
FILES_SHOWN = 300


def no_user(request: Request) -> None:
    """Raise Refusal where the token is an app's: it has no user."""
    if sight_of(request).installation is not None:
        raise Refusal(403, NOT_ACCESSIBLE)


class Repositories:
    """Endpoints; each takes a request and returns GitHub's answer."""

    def __init__(self, host: CodeHost, at: Addresses) -> None:
        self._host = host
        self._at = at
        self._orders = Orders(host)

    def of_organisation(self, request: Request) -> Response:
        """`GET /orgs/{owner}/repos`: newest first, as GitHub sorts them unless asked otherwise."""
        owner = sight_of(request).owner(request.path_params["owner"])
        if owner.kind != "Organization":
            raise missing("/repos/repos#list-organization-repositories")
        return self._listed(request, owner.login, sort="created")

    def of_user(self, request: Request) -> Response:
        """`GET /users/{owner}/repos`: by name."""
        return self._listed(request, sight_of(request).owner(request.path_params["owner"]).login, sort="full_name")

    def organisation(self, request: Request) -> Response:
        """`GET /orgs/{owner}`."""
        owner = sight_of(request).owner(request.path_params["owner"])
        if owner.kind != "Organization":
            raise missing("/orgs/orgs#get-an-organization")
        return json_response(
            {**documents.organisation(self._at, owner), "html_url": f"{self._at.web}/{owner.login}", "type": owner.kind}
        )

    def account(self, request: Request) -> Response:
        """`GET /users/{owner}`."""
        return json_response(documents.owner_account(self._at, sight_of(request).owner(request.path_params["owner"])))

    def show(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}` and `GET /repositories/{id}`."""
        return json_response(self._document(self._repository(request)))

    def branch(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/branches/{branch}`; the branch may contain slashes."""
        repository, name = self._repository(request), request.path_params["branch"]
        sha = repository.head(name)
        url = f"{self._at.repository(repository.metadata)}/branches"
        if sha is None and name in repository.metadata.former_branches:
            raise Moved(f"{url}/{repository.metadata.former_branches[name]}", method=request.method)
        if sha is None:
            raise Refusal(404, "Branch not found", docs="/branches/branches#get-a-branch")
        url = f"{url}/{name}"
        document = {
            "name": name,
            "commit": documents.commit(self._at, repository.metadata, repository.objects.commit(sha)),
            "_links": {"self": url, "html": f"{self._at.page(repository.metadata)}/tree/{name}"},
            "protected": False,
            "protection": {
                "enabled": False,
                "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
            },
            "protection_url": f"{url}/protection",
        }
        return json_response(document)

    def branches(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/branches`."""
        repository = self._repository(request)
        url = self._at.repository(repository.metadata)

        def show(item: tuple[str, str]) -> Document:
            return {"name": item[0], "commit": {"sha": item[1], "url": f"{url}/commits/{item[1]}"}, "protected": False}

        return paged(request, self._at.base, sorted(repository.heads().items()), show)

    def commit(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/commits/{ref}`: with its first files, without counts of lines and patches."""
        repository, ref = self._repository(request), request.path_params["ref"]
        docs = "/commits/commits#get-a-commit"
        if not repository.heads():
            raise Refusal(409, "Git Repository is empty.", docs=docs)
        try:
            facts = commit_of(repository, ref)
        except NotFoundError as error:
            raise Refusal(422, f"No commit found for SHA: {ref}", docs=docs) from error
        document = documents.commit(self._at, repository.metadata, facts)
        return json_response({**document, "files": self._files(repository, facts.sha)})

    def _files(self, repository: Repository, sha: str) -> list[Document]:
        facts = repository.objects.commit(sha)
        files = changed_files(repository, facts)
        named = [(path, "added") for path in files.added] + [(path, "modified") for path in files.modified]
        named += [(path, "removed") for path in files.removed]
        page, url = self._at.page(repository.metadata), self._at.repository(repository.metadata)
        return [
            {
                "filename": path,
                "status": status,
                "blob_url": f"{page}/blob/{sha}/{path}",
                "raw_url": f"{page}/raw/{sha}/{path}",
                "contents_url": f"{url}/contents/{path}?ref={sha}",
            }
            for path, status in sorted(named)[:FILES_SHOWN]
        ]

    def of_token(self, request: Request) -> Response:
        """`GET /user/repos`: whatever the token reaches, by name; an app's token has no user."""
        no_user(request)
        return self._listed(request, None, sort="full_name")

    def of_installation(self, request: Request) -> Response:
        """`GET /installation/repositories`: whatever the app may read there."""
        installation = sight_of(request).installation
        if installation is None:
            raise Refusal(403, "You must authenticate with an installation access token in order to list repositories.")
        found = sight_of(request).repositories()
        document = {
            "total_count": len(found),
            "repository_selection": installation.selection,
            "repositories": [self._document(one) for one in Page.of(request).cut(found)],
        }
        return linked(request, self._at.base, len(found), document)

    def _listed(self, request: Request, owner: str | None, *, sort: str) -> Response:
        sort = request.query_params.get("sort", sort)
        direction = request.query_params.get("direction", "asc" if sort == "full_name" else "desc")
        found = sight_of(request).seen(self._orders.of(owner, sort, descending=direction == "desc"))
        taken = TYPES.get(request.query_params.get("type", "all"))
        wanted = [one for one in found if taken(one.metadata)] if taken else found
        return paged(request, self._at.base, wanted, self._document)

    def _document(self, repository: Repository) -> Document:
        owner = self._host.owner(repository.metadata.owner)
        return documents.repository(self._at, repository.metadata, owner)

    def _repository(self, request: Request) -> Repository:
        return repository_of(request, self._at.base)
