"""A repository by its number or its name, over REST."""

from cuelight.errors import HostDenied, HostError
from cuelight.fetch import Answer
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import decoded, malformed
from cuelight.integrations.github.payloads import RepositoryPayload
from cuelight.integrations.github.segments import segment
from cuelight.integrations.github.subjects import repository as neutral
from cuelight.scm import Repository, Unseen


class Lookup:
    """Looks up with the credentials of *access* what is on the host *name*."""

    def __init__(self, name: str, access: Access) -> None:
        self._name = name
        self._access = access

    async def by_id(self, repository_id: str) -> Repository | None:
        """The repository with this id; None where these credentials see none."""
        return self._seen(await self._access.read(f"/repositories/{segment(repository_id)}", "repository"))

    async def by_name(self, full_name: str) -> Repository | None:
        """The repository of this name now, or the one that was renamed from it; None where these credentials see none."""
        return self._seen(await self._access.read(path(full_name), "repository"))

    async def name_of(self, repository_id: str) -> str | HostError | None:
        """What the repository with this id is called now; None where these credentials see none, an error if that is not known."""
        try:
            found = await self.by_id(repository_id)
        except HostError as error:
            return error
        return found.full_name if found else None

    async def require(self, repository: Repository) -> None:
        """Raise HostDenied unless these credentials see *repository*: only then a 404 says that a part of it is not there."""
        if await self.by_id(repository.id) is None:
            raise HostDenied(
                f"{repository.full_name} on {self._name} is gone or hidden from these credentials; check what they may read"
            )

    def unseen(self, reason: str) -> Unseen | HostDenied:
        """What it means that these credentials see no repository: nothing, where others should be there."""
        lacking = self._access.lacking
        return HostDenied(f"{reason}, but {lacking}") if lacking else Unseen(reason=reason)

    def _seen(self, answer: Answer) -> Repository | None:
        return None if answer.status == 404 else named(decoded(answer, RepositoryPayload), answer, self._name)


def named(payload: RepositoryPayload, answer: Answer, host: str) -> Repository:
    """The neutral repository of *payload*; HostUnavailable where it names none."""
    found = neutral(payload, host)
    if found is None:
        raise malformed(answer, "a repository without id, full_name or html_url")
    return found


def path(full_name: str) -> str:
    """Where the repository of this name is in the API."""
    owner, _, name = full_name.partition("/")
    return f"/repos/{segment(owner)}/{segment(name)}"
