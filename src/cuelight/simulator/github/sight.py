"""What one request gets to see of the host: what its token reaches, under the faults in force, as late as the replica is."""

from starlette.requests import Request

from cuelight.clock import SECOND
from cuelight.errors import NotFoundError
from cuelight.simulator.core import CodeHost, Metadata, Owner, Repository
from cuelight.simulator.core.replica import Replica
from cuelight.simulator.faults import Faults
from cuelight.simulator.github.answers import Moved, Refusal
from cuelight.simulator.github.installations import Installation

NOT_ACCESSIBLE = "Resource not accessible by integration"


class Sight:
    """The host through the eyes of a token; *installation* is None where that is no app's. Absent and hidden are alike."""

    def __init__(self, host: CodeHost, faults: Faults, installation: Installation | None = None) -> None:
        self._host = host
        self._faults = faults
        self.installation = installation

    def owner(self, login: str) -> Owner:
        """Return the owner *login*, or raise NotFoundError."""
        if self._faults.access == "missing":
            raise NotFoundError(f"no owner {login[:120]!r} for this token")
        return self._host.owner(login)

    def repository(self, full_name: str) -> Repository:
        """Return the repository `owner/name`; NotFoundError where it is absent or hidden, Refusal where it is forbidden."""
        return self._shown(self._host.repository(full_name))

    def numbered(self, repository_id: int) -> Repository:
        """Return the repository with this id, as `repository` does."""
        return self._shown(self._host.numbered(repository_id))

    def renamed(self, full_name: str) -> Repository | None:
        """Return the repository that was called `owner/name`; None where there is none, or it is hidden."""
        found = self._host.renamed(full_name)
        return found if found is not None and self._visible(found.metadata) else None

    def repositories(self, owner: str | None = None) -> list[Repository]:
        """Return all repositories, or those of *owner*, oldest first."""
        return self.seen(self._host.repositories(owner))

    def seen(self, repositories: list[Repository]) -> list[Repository]:
        """Return those of *repositories* that a list shows."""
        access = self._faults.access
        if access == "empty":
            return []
        if access == "normal" and self.installation is None:
            return repositories
        return [one for one in repositories if self._visible(one.metadata)]

    def _shown(self, repository: Repository) -> Repository:
        metadata = repository.metadata
        if not self._visible(metadata):
            raise NotFoundError(f"no repository {metadata.full_name} for this token")
        if self._faults.forbids(metadata.full_name):
            raise Refusal(403, NOT_ACCESSIBLE)
        if self._faults.lag:
            return Replica(repository, self._host.clock.now() - int(self._faults.lag * SECOND))
        return repository

    def _visible(self, metadata: Metadata) -> bool:
        if self._faults.access == "missing":
            return False
        if self._faults.access == "public" and metadata.visibility != "public":
            return False
        return self.installation is None or self.installation.reaches(metadata)


def sight_of(request: Request) -> Sight:
    """Return what the gate found that *request* may see."""
    sight: Sight = request.state.sight
    return sight


def repository_of(request: Request, base: str) -> Repository:
    """Return the repository that the path names, by `id` or by `owner` and `repo`; Moved where it has another name now.

    *base* begins the address that it has moved to.
    """
    sight, named = sight_of(request), request.path_params
    if "id" in named:
        return sight.numbered(named["id"])
    full_name = f"{named['owner']}/{named['repo']}"
    try:
        return sight.repository(full_name)
    except NotFoundError:
        found = sight.renamed(full_name)
        if found is None:
            raise
        raise Moved(_by_number(request, base, found.metadata.id), method=request.method) from None


def _by_number(request: Request, base: str, number: int) -> str:
    root, _, rest = request.scope["raw_path"].decode("ascii").partition("/repos/")
    below = "".join("/" + segment for segment in rest.split("/")[2:])
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{base}{root}/repositories/{number}{below}{query}"
