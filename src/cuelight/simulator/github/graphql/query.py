"""The root of GitHub's schema."""

import base64
import binascii
from typing import Any

from cuelight.clock import SECOND
from cuelight.errors import NotFoundError
from cuelight.simulator.core import Person
from cuelight.simulator.github.answers import Refusal
from cuelight.simulator.github.documents import instant
from cuelight.simulator.github.graphql.problems import Problem, unresolved
from cuelight.simulator.github.graphql.repositories import OwnerNode, RepositoryNode, Scene, viewer
from cuelight.simulator.github.quota import Quota

USER = Person.account("demo-developer")


class Query:
    """Answers the fields of `Query`."""

    def __init__(self, scene: Scene, quota: Quota) -> None:
        self._scene = scene
        self._quota = quota

    def repository(self, *, owner: str, name: str, follow_renames: bool = True) -> RepositoryNode:
        """The repository `owner/name`."""
        return self._scene.repository(owner, name, follow=follow_renames)

    def repository_owner(self, *, login: str) -> OwnerNode | None:
        """The organisation or user; null, without an error, where there is none."""
        try:
            return OwnerNode(self._scene, self._scene.sight.owner(login))
        except NotFoundError:
            return None

    def organization(self, *, login: str) -> OwnerNode:
        """The organisation."""
        return self._owner(login, "Organization", "an Organization")

    def user(self, *, login: str) -> OwnerNode:
        """The user."""
        return self._owner(login, "User", "a User")

    def viewer(self) -> OwnerNode:
        """Whose token it is."""
        return viewer(self._scene, USER)

    # `id` and `ids` are the schema's words.
    def node(self, *, id: str) -> Any:  # noqa: A002
        """The repository with this opaque id."""
        number = _number(id)
        try:
            if number is not None:
                return RepositoryNode(self._scene, self._scene.sight.numbered(number))
        except NotFoundError:
            pass
        raise unresolved("a node with the global id of", f"'{id[:200]}'")

    def nodes(self, *, ids: list[str]) -> list[Any]:
        """The repositories with these opaque ids, each null where there is none; one error a missing one."""
        if len(ids) > 100:
            raise Problem("ARGUMENT_LIMIT", f"You may not provide more than 100 node ids; you provided {len(ids)}.")
        return [self._tried(one) for one in ids]

    def rate_limit(self, *, dry_run: bool = False) -> dict[str, Any]:
        """What is left of this hour's points."""
        document = self._quota.document()
        return {
            "cost": 0 if dry_run else 1,
            "nodeCount": 0,
            "limit": document["limit"],
            "used": document["used"],
            "remaining": document["remaining"],
            "resetAt": instant(document["reset"] * SECOND),
        }

    def _tried(self, opaque: str) -> Any:
        try:
            return self.node(id=opaque)
        except (Problem, Refusal) as error:
            # An error in a list stands for its own place in it.
            return error

    def _owner(self, login: str, kind: str, words: str) -> OwnerNode:
        found = self.repository_owner(login=login)
        if found is None or found.typename != kind:
            raise unresolved(f"{words} with the login of", f"'{login[:100]}'")
        return found


def _number(opaque: str) -> int | None:
    """Return the repository that an id of ours names, else None."""
    try:
        _, kind, rest = base64.b64decode(opaque, validate=True).decode().partition(":Repository")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return int(rest) if kind and rest.isascii() and rest.isdigit() else None
