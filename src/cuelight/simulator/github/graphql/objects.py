"""Git's objects as GitHub's schema has them: commits, trees, their entries, files, tags."""

from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec

from cuelight.clock import SECOND
from cuelight.simulator.core import CommitFacts, Person, TreeEntry
from cuelight.simulator.core.ancestry import newest
from cuelight.simulator.core.objects import Objects
from cuelight.simulator.core.people import account_id
from cuelight.simulator.github.documents import instant, local_instant, node_id
from cuelight.simulator.github.graphql.connections import Connection, position

HISTORY: Final = 10_000
"""Commits of a history that are walked, at most."""
SNIFFED: Final = 8000
"""Bytes in which a zero makes a file binary, as Git sees it."""


class Place(msgspec.Struct, frozen=True):
    """Where objects are: in the repository with this id, whose page is at `url`; of a text, `text_bytes` are told."""

    number: int
    url: str
    objects: Objects
    text_bytes: int


class GitNode:
    """What every object has: its id, and the place where it is."""

    typename: ClassVar[str]

    def __init__(self, place: Place, oid: str) -> None:
        self._place = place
        self.oid = oid
        self.abbreviated_oid = oid[:7]

    @property
    def id(self) -> str:
        """GitHub's opaque id."""
        return node_id(self.typename, f"{self._place.number}:{self.oid}")


class CommitNode(GitNode):
    """A commit."""

    typename = "Commit"

    def __init__(self, place: Place, facts: CommitFacts) -> None:
        super().__init__(place, facts.sha)
        self._facts = facts
        self.message = facts.message.removesuffix("\n")

    @property
    def message_headline(self) -> str:
        """The first line."""
        return self.message.partition("\n")[0]

    @property
    def url(self) -> str:
        """The page."""
        return f"{self._place.url}/commit/{self.oid}"

    @property
    def authored_date(self) -> str:
        """When it was written."""
        return instant(self._facts.authored_at * SECOND)

    @property
    def committed_date(self) -> str:
        """When it was committed."""
        return instant(self._facts.committed_at * SECOND)

    @property
    def author(self) -> "Actor":
        """Who wrote it."""
        facts = self._facts
        return Actor(facts.author, local_instant(facts.authored_at, facts.author_offset))

    @property
    def committer(self) -> "Actor":
        """Who committed it."""
        facts = self._facts
        return Actor(facts.committer, local_instant(facts.committed_at, facts.committer_offset))

    @property
    def tree(self) -> "TreeNode":
        """Everything in it."""
        return TreeNode(self._place, self._facts.tree)

    def parents(self, *, first: int | None = None, after: str | None = None) -> Connection[str]:
        """The commits that it follows."""
        return Connection("parents", self._facts.parents, self._parent, first=first, after=after)

    def history(
        self, *, first: int | None = None, after: str | None = None, path: str | None = None
    ) -> Connection[CommitFacts]:
        """It and what it descends from, the newest first; with *path*, only those that changed that file."""
        if path is None:
            return History(self._place, self.oid, first=first, after=after)
        found = [one for one in newest(self._place.objects, self.oid, HISTORY) if self._touches(one, path)]
        return Connection("history", found, self._sibling, first=first, after=after)

    def file(self, *, path: str) -> "EntryNode | None":
        """What is at *path* in it; null where nothing is."""
        entry = self._place.objects.entry(self._facts.tree, path)
        return EntryNode(self._place, path, entry) if entry else None

    def _parent(self, sha: str) -> "CommitNode":
        return CommitNode(self._place, self._place.objects.commit(sha))

    def _sibling(self, facts: CommitFacts) -> "CommitNode":
        return CommitNode(self._place, facts)

    def _touches(self, facts: CommitFacts, path: str) -> bool:
        objects = self._place.objects
        parents = [objects.entry(objects.commit(sha).tree, path) for sha in facts.parents] or [None]
        return all(entry != objects.entry(facts.tree, path) for entry in parents)


class History(Connection[CommitFacts]):
    """A commit and what it descends from, walked only as far as the page goes."""

    def __init__(self, place: Place, tip: str, *, first: int | None, after: str | None) -> None:
        self._walk = place.objects, tip
        walked = newest(place.objects, tip, position(after) + max(first or 0, 0) + 1)
        super().__init__("history", walked, lambda facts: CommitNode(place, facts), first=first, after=after)

    @property
    def total_count(self) -> int:
        """How many there are, up to the limit of a walk."""
        return len(newest(*self._walk, HISTORY))


class Actor:
    """An author or a committer."""

    def __init__(self, person: Person, date: str) -> None:
        self._person = person
        self.name = person.name
        self.email = person.email
        self.date = date

    @property
    def user(self) -> Any:
        """The account, where the address is one's."""
        login = self._person.login
        if login is None:
            return None
        number = account_id(login)
        return {"login": login, "name": login, "databaseId": number, "id": node_id("User", number)}


class TreeNode(GitNode):
    """A folder."""

    typename = "Tree"

    def entries(self) -> "list[EntryNode]":
        """What is directly in it."""
        return [EntryNode(self._place, one.path, one) for one in self._place.objects.tree(self.oid)]


class EntryNode:
    """A line of a folder."""

    def __init__(self, place: Place, path: str, entry: TreeEntry) -> None:
        self._place = place
        self.path = path
        self.name = path.rpartition("/")[2]
        self.mode = entry.mode
        self.type = entry.kind
        self.oid = entry.sha

    @property
    def size(self) -> int:
        """Bytes of a file; 0 of anything else."""
        return self._place.objects.size(self.oid) if self.type == "blob" else 0

    @property
    def object(self) -> "GitNode | None":
        """What it names; null for a submodule, which is elsewhere."""
        return None if self.type == "commit" else git_object(self._place, self.oid)


class BlobNode(GitNode):
    """A file."""

    typename = "Blob"

    @property
    def byte_size(self) -> int:
        """Its bytes."""
        return self._place.objects.size(self.oid)

    @property
    def is_binary(self) -> bool:
        """Whether it is no text."""
        return b"\0" in self._data[:SNIFFED]

    @property
    def is_truncated(self) -> bool:
        """Whether `text` is only its beginning."""
        return self.byte_size > self._place.text_bytes

    @property
    def text(self) -> str | None:
        """Its text, as far as GitHub tells it; null where it is binary. What is not UTF-8 is taken for Latin-1."""
        if self.is_binary:
            return None
        data = self._data[: self._place.text_bytes]
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            cut = self.is_truncated and error.end == len(data)
            return data[: error.start].decode() if cut else data.decode("latin-1")

    @property
    def _data(self) -> bytes:
        return self._place.objects.blob(self.oid)


class TagNode(GitNode):
    """A tag that has a message of its own."""

    typename = "Tag"

    @property
    def name(self) -> str:
        """What it is called here: its id."""
        return self.abbreviated_oid

    @property
    def target(self) -> "GitNode | None":
        """What it is about."""
        return git_object(self._place, self._place.objects.peeled(self.oid))


NODES: dict[str, Callable[[Place, str], GitNode]] = {
    "commit": lambda place, oid: CommitNode(place, place.objects.commit(oid)),
    "tree": TreeNode,
    "blob": BlobNode,
    "tag": TagNode,
}
"""How each kind of object is shown."""


def git_object(place: Place, oid: str) -> GitNode | None:
    """Return the object with this id; None where there is none."""
    make = NODES.get(place.objects.kind(oid) or "")
    return make(place, oid) if make else None
