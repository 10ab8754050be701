"""Which repositories there are: an owner's, or those of an app's installations. Complete, or an error."""

from collections.abc import AsyncIterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from cuelight.errors import HostDenied, HostUnavailable
from cuelight.fetch import Answer
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import decoded
from cuelight.integrations.github.credentials import Credentials
from cuelight.integrations.github.paging import Pages
from cuelight.integrations.github.payloads import RepositoryPayload
from cuelight.integrations.github.segments import segment

KIND: Final = "repositories"
ORDER: Final = "per_page=100&sort=created&direction=asc"
"""Oldest first: a repository that is made meanwhile comes last, on a page still to be read."""


class Listed(msgspec.Struct, frozen=True):
    """A repository as a page lists it, with the answer that says so."""

    payload: RepositoryPayload
    answer: Answer

    @property
    def id(self) -> int | None:
        """GitHub's number of the repository."""
        return self.payload.id


class OwnerAnswer(msgspec.Struct, frozen=True):
    """Whose a repository is."""

    type: str | None = None


class OwnedPayload(RepositoryPayload, frozen=True):
    """A repository with its owner, of `GET /users/{username}/repos`."""

    owner: OwnerAnswer | None = None


class InstalledAnswer(msgspec.Struct, frozen=True):
    """`GET /installation/repositories`."""

    repositories: tuple[RepositoryPayload, ...]
    repository_selection: str | None = None


class UserAnswer(msgspec.Struct, frozen=True):
    """`GET /user`."""

    login: str


class Listing:
    """Lists with *credentials* what is on the host *name*. A repository may be listed twice."""

    def __init__(self, name: str, credentials: Credentials) -> None:
        self._name = name
        self._credentials = credentials

    async def of_owner(self, owner: str) -> AsyncIterator[Listed]:
        """All that the owner's credentials see of an organisation's or a user's; HostDenied where they see no such owner."""
        access = await self._credentials.of(owner)
        if access.lacking is not None:
            raise HostDenied(f"the repositories of {owner} on {self._name} are not known: {access.lacking}")
        # https://docs.github.com/en/rest/repos/repos#list-organization-repositories
        pages = Pages(access, f"/orgs/{segment(owner)}/repos?{ORDER}", KIND, _plain)
        first = await pages.first()
        listed = pages.items(first) if first.status != 404 else self._of_user(owner, access)
        async for one in listed:
            yield one

    async def of_app(self, app_id: str) -> AsyncIterator[Listed]:
        """All that the installations of an app may read."""
        async for access in self._credentials.of_app(app_id):
            async for one in _installed(access).items():
                yield one

    async def among(self, app_id: str, owned: Mapping[str, AbstractSet[str]]) -> AbstractSet[str]:
        """Those repositories that an app may read, of the ids *owned* by each login in lower case.

        Of an owner one page is read where it is installed on all, every page where they were chosen, none where it is not.
        """
        app = self._credentials.app(app_id)
        found: set[str] = set()
        for installation in await app.installations():
            if ids := owned.get(installation.owner.lower()):
                found |= await _among(app.access(installation), ids)
        return found

    async def _of_user(self, owner: str, access: Access) -> AsyncIterator[Listed]:
        """A user's repositories: the private ones too, where the credentials are that user's or of an app installed there."""
        # https://docs.github.com/en/rest/repos/repos#list-repositories-for-a-user
        if await self._credentials.installation(owner) is not None:
            async for one in _installed(access).items():
                yield one
        elif not access.is_anonymous and await _login(access) == owner.lower():
            async for one in Pages(access, f"/user/repos?affiliation=owner&{ORDER}", KIND, _plain).items():
                yield one
            return
        pages = Pages(access, f"/users/{segment(owner)}/repos?{ORDER}", KIND, _of_person)
        first = await pages.first()
        if first.status == 404:
            raise HostDenied(
                f"{self._name} shows these credentials no organisation or user {owner}; "
                "check its name, and what they may read"
            )
        async for one in pages.items(first):
            yield one


async def _among(access: Access, ids: AbstractSet[str]) -> AbstractSet[str]:
    """Those of *ids*, of repositories of its owner, that an installation may read."""
    pages = _installed(access)
    first = await pages.first()
    if decoded(first, InstalledAnswer).repository_selection == "all":
        return ids
    return ids & {str(listed.id) async for listed in pages.items(first)}


def _plain(answer: Answer) -> list[Listed]:
    return [Listed(one, answer) for one in decoded(answer, list[RepositoryPayload])]


def _of_person(answer: Answer) -> list[Listed]:
    """As `_plain`; HostUnavailable where they are an organisation's, of which a user's list has only those that are public."""
    owned = decoded(answer, list[OwnedPayload])
    if any(one.owner is not None and one.owner.type == "Organization" for one in owned):
        raise HostUnavailable(
            f"{answer.request} lists an organisation, which was answered 404 under its own address; nothing follows, "
            "it is asked again later; check what the credentials under integrations.github may read"
        )
    return [Listed(one, answer) for one in owned]


def _installed(access: Access) -> Pages[Listed]:
    # https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
    def read(answer: Answer) -> list[Listed]:
        return [Listed(one, answer) for one in decoded(answer, InstalledAnswer).repositories]

    return Pages(access, "/installation/repositories?per_page=100", KIND, read)


async def _login(access: Access) -> str:
    """Whose token it is, in lower case."""
    return decoded(await access.read("/user", "user"), UserAnswer).login.lower()
