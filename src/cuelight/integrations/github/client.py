"""GitHub, asked what is true now: many things at once in GraphQL, the rest over REST.

GitHub answers 404, or null and NOT_FOUND, for what is not there and for what the credentials do not reach, alike. So a part
of a repository counts as absent only if the repository is readable in the same breath. Of a repository itself, `Unseen`
says only that these credentials do not see it; what is deleted because of that is for the caller to confirm with a
complete listing.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence

from cuelight.errors import HostError, InputError
from cuelight.fetch import Fetch
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.anonymous import AnonymousHeads
from cuelight.integrations.github.comparison import compare
from cuelight.integrations.github.config import HostSection
from cuelight.integrations.github.credentials import Credentials
from cuelight.integrations.github.files import Files
from cuelight.integrations.github.heads import Heads
from cuelight.integrations.github.listing import Listed, Listing
from cuelight.integrations.github.lookup import named, path
from cuelight.integrations.github.trees import Trees
from cuelight.scm import Commit, Comparison, FileAt, Look, Repository, Scope, Seen, Tree, Unseen


class GitHubHost:
    """One host of `integrations.github`; implements `cuelight.scm.Host`."""

    def __init__(self, section: HostSection, fetch: Fetch) -> None:
        self._name = section.name
        self._credentials = Credentials(section, fetch)
        self._listing = Listing(section.name, self._credentials)

    async def repositories(self, scope: Scope) -> AsyncIterator[Repository]:
        """Every repository of *scope* once, to the last page, or an error."""
        seen: set[str] = set()
        async for listed in self._listed(scope):
            repository = named(listed.payload, listed.answer, self._name)
            if repository.id not in seen:
                seen.add(repository.id)
                yield repository

    async def granted(self, app: str, repositories: Sequence[Repository]) -> frozenset[str]:
        """The ids of those of *repositories* that *app* is installed on; HostDenied where an installation is suspended."""
        owned: dict[str, set[str]] = defaultdict(set)
        for repository in repositories:
            owned[repository.full_name.partition("/")[0].lower()].add(repository.id)
        return frozenset(await self._listing.among(app, owned))

    async def heads(self, looks: Sequence[Look]) -> Sequence[Seen | Unseen | HostError]:
        """The answer to each of *looks*, in their order: a request for a hundred that the same credentials reach."""
        found: dict[int, Seen | Unseen | HostError] = {}
        groups: dict[Access, list[int]] = {}
        for index, look in enumerate(looks):
            try:
                groups.setdefault(await self._access(look.full_name), []).append(index)
            except HostError as error:
                found[index] = error
        for access, indices in groups.items():
            asker = AnonymousHeads(self._name, access) if access.is_anonymous else Heads(self._name, access)
            try:
                found |= zip(indices, await asker.ask([looks[index] for index in indices]), strict=True)
            except HostError as error:
                if len(indices) == len(looks):
                    raise
                found |= dict.fromkeys(indices, error)
        return [found[index] for index in range(len(looks))]

    async def compare(self, repository: Repository, base: str, head: str) -> Comparison:
        """How the commits *base* and *head* differ."""
        return await compare(await self._access(repository.full_name), repository, base, head)

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        """All files of *commit*."""
        return await Trees(await self._access(repository.full_name)).read(path(repository.full_name), commit)

    async def files(self, repository: Repository, commit: str, paths: Sequence[str]) -> Mapping[str, FileAt | None]:
        """Each of *paths* as it is at *commit*; None where that commit has no such file."""
        return await Files(await self._access(repository.full_name), repository).read(commit, paths)

    async def _access(self, full_name: str) -> Access:
        return await self._credentials.of(full_name.partition("/")[0])

    def _listed(self, scope: Scope) -> AsyncIterator[Listed]:
        if scope.app is not None:
            return self._listing.of_app(scope.app)
        if scope.owner is None:
            raise InputError("a scope names an owner or an app; this one names neither")
        return self._listing.of_owner(scope.owner)
