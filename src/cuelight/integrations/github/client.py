"""GitHub, asked over its REST API with a token: what is true now.

GitHub answers 404 for what is not there and for what the token does not reach, alike. So a branch counts as absent only
if the repository is readable in the same breath. Of a repository itself, None says only that these credentials do not see
it; what is deleted because of that is for the caller to confirm with a complete listing.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from cuelight.errors import HostDenied, HostUnavailable, TooLargeError
from cuelight.fetch import Answer, Fetch, Origin
from cuelight.integrations.github.answers import BranchAnswer, commit, content, decoded, malformed, next_page
from cuelight.integrations.github.changes import repository as neutral
from cuelight.integrations.github.config import HostSection
from cuelight.integrations.github.gathering import gathered
from cuelight.integrations.github.payloads import RepositoryPayload
from cuelight.integrations.github.segments import segment
from cuelight.integrations.github.trees import Trees
from cuelight.scm import Commit, Repository, Tree

BLOB_LIMIT = 5 * 1024**2
"""Bytes of one file that is read: descriptors and what they name are small."""
PAGES = 1000
"""Pages of a listing, of 100 repositories each."""

_RAW: Final = {"accept": "application/vnd.github.raw+json"}


class GitHubHost:
    """One host of `integrations.github`; implements `cuelight.scm.Host`."""

    def __init__(self, section: HostSection, fetch: Fetch) -> None:
        self._name = section.name
        self._origin = _origin(section, fetch)
        self._trees = Trees(self._origin)

    async def repositories(self, owner: str) -> AsyncIterator[Repository]:
        """Every repository of *owner* that the token sees, oldest first: one that is made meanwhile comes last."""
        # https://docs.github.com/en/rest/repos/repos#list-organization-repositories
        query = "repos?per_page=100&sort=created&direction=asc"
        answer = await self._get(f"/orgs/{segment(owner)}/{query}", "repositories")
        if answer.status == 404:
            answer = await self._get(f"/users/{segment(owner)}/{query}", "repositories")
        if answer.status == 404:
            raise HostDenied(
                f"{self._name} shows these credentials no organisation or user {owner}; "
                "check its name, and the token's access"
            )
        for _ in range(PAGES):
            for payload in decoded(answer, list[RepositoryPayload]):
                yield self._neutral(payload, answer)
            following = next_page(answer)
            if following is None:
                return
            answer = await self._get(following, "repositories")
        raise HostUnavailable(
            f"the repositories of {owner} on {self._name} are more than {PAGES} pages; nothing follows"
        )

    async def repository(self, repository_id: str) -> Repository | None:
        """The repository with this id; None where these credentials see none."""
        return self._seen(await self._get(f"/repositories/{segment(repository_id)}", "repository"))

    async def named(self, full_name: str) -> Repository | None:
        """The repository of this name now, or the one that was renamed from it; None where these credentials see none."""
        return self._seen(await self._get(_path(full_name), "repository"))

    async def head(self, repository: Repository, branch: str) -> Commit | None:
        """The commit that *branch* points at; None only if the repository is readable and has no such branch."""
        # https://docs.github.com/en/rest/branches/branches#get-a-branch
        answer = await self._get(f"{_path(repository.full_name)}/branches/{segment(branch)}", "head")
        if answer.status != 404:
            found = decoded(answer, BranchAnswer)
            if found.name == branch:
                return commit(found.commit)
        # gone, or renamed: then GitHub redirects to the branch of the new name
        if await self.repository(repository.id) is None:
            raise HostDenied(
                f"{repository.full_name} on {self._name} is gone or hidden from these credentials; check the token's access"
            )
        return None

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        """All files of *commit*."""
        return await self._trees.read(_path(repository.full_name), commit)

    async def blobs(self, repository: Repository, blob_ids: Sequence[str]) -> Mapping[str, bytes]:
        """The contents of these blobs. TooLargeError where one of them is past `BLOB_LIMIT`."""
        # https://docs.github.com/en/rest/git/blobs#get-a-blob
        root = f"{_path(repository.full_name)}/git/blobs"

        async def read(blob_id: str) -> bytes:
            return await self._blob(f"{root}/{segment(blob_id)}")

        return await gathered(read, blob_ids)

    async def _blob(self, path: str) -> bytes:
        answer = await self._origin.get(path, kind="blob", headers=_RAW, limit=BLOB_LIMIT)
        if answer.status != 200:
            raise HostUnavailable(f"{answer.request} was answered {answer.status}, though a tree names that blob")
        return content(answer)

    async def _get(self, target: str, kind: str) -> Answer:
        try:
            return await self._origin.get(target, kind=kind)
        except TooLargeError as error:
            raise HostUnavailable(error.message) from error

    def _seen(self, answer: Answer) -> Repository | None:
        return None if answer.status == 404 else self._neutral(decoded(answer, RepositoryPayload), answer)

    def _neutral(self, payload: RepositoryPayload, answer: Answer) -> Repository:
        found = neutral(payload, self._name)
        if found is None:
            raise malformed(answer, "a repository without id, full_name or html_url")
        return found


def _origin(section: HostSection, fetch: Fetch) -> Origin:
    # https://docs.github.com/en/rest/about-the-rest-api/api-versions
    headers = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
    if section.token:
        headers["authorization"] = f"Bearer {section.token.reveal()}"
    return fetch.for_host(section.api_url, headers)


def _path(full_name: str) -> str:
    owner, _, name = full_name.partition("/")
    return f"/repos/{segment(owner)}/{segment(name)}"
