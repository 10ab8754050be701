"""Where branches point, one repository after the other over REST: GitHub answers GraphQL to nobody without credentials."""

from collections.abc import Sequence

from cuelight.errors import HostError
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import BranchAnswer, commit, decoded
from cuelight.integrations.github.gathering import gathered
from cuelight.integrations.github.lookup import Lookup, path
from cuelight.integrations.github.segments import segment
from cuelight.scm import Commit, Look, Repository, Seen, Unseen


class AnonymousHeads:
    """Answers looks at the host *name* for *access*, which carries no credentials."""

    def __init__(self, name: str, access: Access) -> None:
        self._name = name
        self._access = access
        self._lookup = Lookup(name, access)

    async def ask(self, looks: Sequence[Look]) -> list[Seen | Unseen | HostError]:
        """The answer to each of *looks*, in their order. Whether a head is straight is not known."""
        by_number = {str(number): look for number, look in enumerate(looks)}

        async def answer(number: str) -> Seen | Unseen | HostError:
            try:
                return await self._answer(by_number[number])
            except HostError as error:
                return error

        found = await gathered(answer, by_number)
        return [found[number] for number in by_number]

    async def _answer(self, look: Look) -> Seen | Unseen | HostError:
        if look.repository_id is None:
            repository = await self._lookup.by_name(look.full_name)
        else:
            repository = await self._lookup.by_id(look.repository_id)
        if repository is None:
            return self._lookup.unseen(f"without credentials there is no repository {look.full_name} on {self._name}")
        branch = look.branch or repository.default_branch
        found = await self._head(repository, branch) if branch else None
        return Seen(repository=repository, branch=branch if found else look.branch, commit=found)

    async def _head(self, repository: Repository, branch: str) -> Commit | None:
        """The commit that *branch* points at; None only if the repository is readable and has no such branch."""
        # https://docs.github.com/en/rest/branches/branches#get-a-branch
        answer = await self._access.read(f"{path(repository.full_name)}/branches/{segment(branch)}", "head")
        if answer.status != 404:
            found = decoded(answer, BranchAnswer)
            if found.name == branch:
                return commit(found.commit)
        # gone, or renamed: then GitHub redirects to the branch of the new name
        await self._lookup.require(repository)
        return None
