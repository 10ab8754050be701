"""GitHub's API of Git references: one, or those whose names begin alike."""

from starlette.requests import Request
from starlette.responses import Response

from cuelight.simulator.core import Repository
from cuelight.simulator.core.repository import BRANCHES, TAGS
from cuelight.simulator.github.answers import json_response, missing, paged
from cuelight.simulator.github.documents import Addresses, Document, node_id
from cuelight.simulator.github.sight import repository_of


class References:
    """Endpoints; each takes a request and returns GitHub's answer."""

    def __init__(self, at: Addresses) -> None:
        self._at = at

    def show(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/git/ref/{ref}`: one, by its full name without `refs/`."""
        repository, name = repository_of(request, self._at.base), f"refs/{request.path_params['ref']}"
        sha = repository.at(name)
        if sha is None:
            raise missing("/git/refs#get-a-reference")
        return json_response(self._document(repository, name, sha))

    def matching(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/git/matching-refs/{ref}`: those that begin so."""
        repository, start = repository_of(request, self._at.base), f"refs/{request.path_params['ref']}"
        named = {BRANCHES + name: sha for name, sha in repository.heads().items()}
        named |= {TAGS + name: sha for name, sha in repository.tags().items()}
        found = sorted((ref, sha) for ref, sha in named.items() if ref.startswith(start))
        return paged(request, self._at.base, found, lambda item: self._document(repository, *item))

    def _document(self, repository: Repository, ref: str, sha: str) -> Document:
        url = f"{self._at.repository(repository.metadata)}/git"
        kind = repository.objects.kind(sha) or "commit"
        return {
            "ref": ref,
            "node_id": node_id("Ref", f"{repository.metadata.id}:{ref}"),
            "url": f"{url}/{ref}",
            "object": {"sha": sha, "type": kind, "url": f"{url}/{kind}s/{sha}"},
        }
