"""Repositories, their branches and their owners as GitHub's schema has them."""

from typing import Any, ClassVar

import msgspec

from cuelight.errors import NotFoundError
from cuelight.simulator.core import Metadata, Owner, Person, Repository
from cuelight.simulator.core.comparison import compared
from cuelight.simulator.core.people import account_id
from cuelight.simulator.core.repository import BRANCHES
from cuelight.simulator.github.comparisons import status
from cuelight.simulator.github.documents import Addresses, instant, node_id
from cuelight.simulator.github.graphql.connections import Connection
from cuelight.simulator.github.graphql.objects import GitNode, Place, git_object
from cuelight.simulator.github.graphql.problems import unresolved
from cuelight.simulator.github.sight import Sight
from cuelight.simulator.knobs import Knobs

ORDERS = {
    "CREATED_AT": "created_at",
    "NAME": "name",
    "PUSHED_AT": "pushed_at",
    "STARGAZERS": "id",
    "UPDATED_AT": "updated_at",
}


class Scene(msgspec.Struct, frozen=True):
    """What a query is answered from."""

    sight: Sight
    at: Addresses
    knobs: Knobs

    def repository(self, owner: str, name: str, *, follow: bool) -> "RepositoryNode":
        """Return the repository of this name, or that had it; Problem where there is none to see."""
        full_name = f"{owner}/{name}"
        try:
            return RepositoryNode(self, self.sight.repository(full_name))
        except NotFoundError as error:
            found = self.sight.renamed(full_name) if follow else None
            if found is None:
                raise unresolved("a Repository with the name", f"'{full_name}'") from error
            return RepositoryNode(self, self.sight.numbered(found.metadata.id))


class RepositoryNode:
    """A repository."""

    typename: ClassVar[str] = "Repository"
    is_disabled = is_template = False

    def __init__(self, scene: Scene, repository: Repository) -> None:
        metadata = repository.metadata
        self._scene = scene
        self._repository = repository
        self._metadata: Metadata = metadata
        self._objects = repository.objects
        self.database_id = metadata.id
        self.name = metadata.name
        self.name_with_owner = metadata.full_name
        self.description = metadata.description
        self.is_archived = metadata.archived
        self.is_fork = metadata.fork
        self.is_private = metadata.visibility != "public"
        self.visibility = metadata.visibility.upper()
        self.url = scene.at.page(metadata)
        self.place = Place(metadata.id, self.url, repository.objects, scene.knobs.blob_text)

    @property
    def id(self) -> str:
        """GitHub's opaque id."""
        return node_id("Repository", self.database_id)

    @property
    def is_empty(self) -> bool:
        """Whether it has no branch."""
        return not self._repository.heads()

    @property
    def created_at(self) -> str:
        """When it was made."""
        return instant(self._metadata.created_at)

    @property
    def updated_at(self) -> str:
        """When its metadata changed last."""
        return instant(self._metadata.updated_at)

    @property
    def pushed_at(self) -> str:
        """When a ref moved last."""
        return instant(self._metadata.pushed_at)

    @property
    def owner(self) -> "OwnerNode":
        """Whose it is."""
        return OwnerNode(self._scene, self._scene.sight.owner(self._metadata.owner))

    @property
    def default_branch_ref(self) -> "RefNode | None":
        """The default branch; null where it has no commit."""
        return self.ref(qualified_name=self._metadata.default_branch)

    def ref(self, *, qualified_name: str) -> "RefNode | None":
        """The branch or other ref of this name, with or without `refs/heads/`; null where there is none."""
        names = (qualified_name,) if qualified_name.startswith("refs/") else (BRANCHES + qualified_name,)
        for name in names:
            sha = self._repository.at(name)
            if sha is not None:
                return RefNode(self, name, sha)
        return None

    def refs(
        self, *, ref_prefix: str, first: int | None = None, after: str | None = None
    ) -> Connection[tuple[str, str]]:
        """The refs below *ref_prefix* (`refs/heads/`, `refs/tags/`), by name."""
        below = self._repository.heads() if ref_prefix == BRANCHES else self._repository.tags()
        named = sorted((ref_prefix + name, sha) for name, sha in below.items())
        return Connection("refs", named, lambda item: RefNode(self, *item), first=first, after=after)

    def repository_topics(self, *, first: int | None = None, after: str | None = None) -> Connection[str]:
        """Its topics."""
        topics = self._metadata.topics
        return Connection("repositoryTopics", topics, _topic, first=first, after=after)

    def object(self, *, oid: str | None = None, expression: str | None = None) -> GitNode | None:
        """The object with this id, or that *expression* (`main`, `<commit>`, `main:docs`) means; null where there is none."""
        if oid is not None:
            return git_object(self.place, oid)
        revision, colon, path = (expression or "").partition(":")
        sha = self._repository.resolve(revision)
        if sha is None or not colon:
            return git_object(self.place, sha) if sha else None
        tree = self._objects.commit(sha).tree
        entry = self._objects.entry(tree, path.strip("/")) if path.strip("/") else None
        if not path.strip("/"):
            return git_object(self.place, tree)
        return git_object(self.place, entry.sha) if entry else None

    def comparison(self, base: str, head: str) -> "ComparisonNode | None":
        """How the commits *base* and *head* differ; None where *head* is unknown, or they have nothing in common."""
        sha = self._repository.resolve(head)
        found = compared(self._repository, self._objects.commit(base), self._objects.commit(sha)) if sha else None
        if found is None:
            return None
        return ComparisonNode(self, base, sha or "", ahead=len(found.ahead), behind=found.behind)


class RefNode:
    """A branch or a tag."""

    typename: ClassVar[str] = "Ref"

    def __init__(self, repository: RepositoryNode, ref: str, sha: str) -> None:
        self.repository = repository
        self._sha = sha
        self.prefix = "/".join(ref.split("/")[:2]) + "/"
        self.name = ref.removeprefix(self.prefix)
        self.id = node_id("Ref", f"{repository.database_id}:{ref}")

    @property
    def target(self) -> GitNode | None:
        """What it points at."""
        return git_object(self.repository.place, self._sha)

    def compare(self, *, head_ref: str) -> "ComparisonNode | None":
        """How *head_ref* stands to it."""
        return self.repository.comparison(self._sha, head_ref)


class ComparisonNode:
    """How two commits descend from one another."""

    def __init__(self, repository: RepositoryNode, base: str, head: str, *, ahead: int, behind: int) -> None:
        self.base_target = git_object(repository.place, base)
        self.head_target = git_object(repository.place, head)
        self.ahead_by = ahead
        self.behind_by = behind
        self.status = status(ahead, behind).upper()


class OwnerNode:
    """An organisation or a user."""

    def __init__(self, scene: Scene, owner: Owner) -> None:
        self._scene = scene
        self.typename = owner.kind
        self.database_id = owner.id
        self.id = node_id(owner.kind, owner.id)
        self.login = self.name = owner.login
        self.url = f"{scene.at.web}/{owner.login}"

    def repository(self, *, name: str, follow_renames: bool = True) -> RepositoryNode:
        """Its repository of this name."""
        return self._scene.repository(self.login, name, follow=follow_renames)

    def repositories(
        self, *, first: int | None = None, after: str | None = None, order_by: Any = None, **filters: Any
    ) -> Connection[Repository]:
        """Its repositories, the oldest first unless ordered; *filters* are those of the schema."""
        found = [one for one in self._scene.sight.repositories(self.login) if _matches(one.metadata, filters)]
        if order_by:
            field, descending = ORDERS[order_by["field"]], order_by["direction"] == "DESC"
            found.sort(key=lambda one: getattr(one.metadata, field), reverse=descending)
        return Connection("repositories", found, self._shown, first=first, after=after)

    def _shown(self, repository: Repository) -> RepositoryNode:
        return RepositoryNode(self._scene, self._scene.sight.numbered(repository.metadata.id))


def _matches(metadata: Metadata, filters: dict[str, Any]) -> bool:
    wanted = {
        "is_archived": metadata.archived,
        "is_fork": metadata.fork,
        "privacy": "PUBLIC" if metadata.visibility == "public" else "PRIVATE",
        "visibility": metadata.visibility.upper(),
    }
    return all(filters.get(name) in {None, value} for name, value in wanted.items())


def _topic(name: str) -> dict[str, dict[str, str]]:
    return {"topic": {"name": name}}


def viewer(scene: Scene, person: Person) -> OwnerNode:
    """Return the account whose token it is."""
    login = person.login or person.name
    return OwnerNode(scene, Owner(id=account_id(login), login=login, kind="User"))
