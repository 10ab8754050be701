"""What people do on the forge. Numbers stand for what is there at that time, so that any part of a history can be left out."""

from collections.abc import Sequence
from typing import Final, Literal, TypeVar

import msgspec

from cuelight.scm import Change
from tests.convergence.contents import PATHS, text, texts
from tests.convergence.courier import Fate
from tests.convergence.forge import Forge, Hosted
from tests.convergence.payloads import Manner
from tests.convergence.world import World

NAMES: Final = ("acme/r0", "acme/r1", "acme/new", "zeta/z0", "zeta/new", "stranger/s0")
BRANCHES: Final = ("main", "next", "release")
ANCHOR: Final = "anchor"
"""A private repository of each owner that nobody touches, as a host that lists nothing, or nothing private, proves nothing."""

T = TypeVar("T")


def pick(among: Sequence[T], number: int) -> T:
    return among[number % len(among)]


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody does, and what becomes of the deliveries that say so."""

    fate: Fate = Fate()

    async def play(self, world: World) -> None:
        """Do it; nothing happens where it cannot be done."""
        world.courier.send(self.do(world.forge), self.fate)
        await world.deliver()

    def do(self, forge: Forge) -> Sequence[Change]:
        raise NotImplementedError


class Create(Doing, frozen=True, kw_only=True):
    """A new repository, with one file (None: empty)."""

    name: int
    file: tuple[int, int] | None = (0, 0)

    def do(self, forge: Forge) -> Sequence[Change]:
        hosted_id = str(len(forge.hosted) + 100)
        files = None if self.file is None else dict([_file(hosted_id, *self.file)])
        return forge.create(pick(NAMES, self.name), files)


class OnRepository(Doing, frozen=True, kw_only=True):
    """Something that is done to a repository."""

    repository: int

    def do(self, forge: Forge) -> Sequence[Change]:
        loose = [hosted for hosted in forge.hosted.values() if hosted.name != ANCHOR]
        return self.do_to(forge, pick(loose, self.repository)) if loose else []

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        raise NotImplementedError


class Edit(OnRepository, frozen=True, kw_only=True):
    """Commits, each of one file (a path, and the number of a text or None to remove it), pushed together."""

    branch: int = 0
    files: tuple[tuple[int, int | None], ...]

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        branch = pick(BRANCHES, self.branch)
        held = hosted.history.files(branch) or hosted.history.files(hosted.default_branch or "")
        trees = []
        for path, number in self.files:
            if number is None:
                held.pop(pick(PATHS, path), None)
            else:
                held |= [_file(hosted.id, path, number)]
            trees.append(dict(held))
        return forge.commit(hosted, branch, *trees)


class Move(OnRepository, frozen=True, kw_only=True):
    """A file gets another path."""

    branch: int = 0
    path: int
    to: int

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        branch = pick(BRANCHES, self.branch)
        held = hosted.history.files(branch)
        content = held.pop(pick(PATHS, self.path), None)
        return forge.commit(hosted, branch, {**held, pick(PATHS, self.to): content}) if content else []


class Merge(OnRepository, frozen=True, kw_only=True):
    """A merge that keeps what one side has, what the other has, or both; pushed to either side."""

    into: int = 0
    other: int = 1
    how: Literal["ours", "theirs", "both"] = "both"
    onto_other: bool = False

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        into, other = pick(BRANCHES, self.into), pick(BRANCHES, self.other)
        ours, theirs = hosted.history.files(into), hosted.history.files(other)
        files = {"ours": ours, "theirs": theirs, "both": {**theirs, **ours}}[self.how]
        return forge.merge(hosted, into, other, files=files, onto_other=self.onto_other)


class Point(OnRepository, frozen=True, kw_only=True):
    """A branch is made to point at any commit there is: forwards, backwards, sideways, or for the first time."""

    branch: int = 0
    commit: int

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        nodes = list(hosted.history.nodes)
        return forge.point(hosted, pick(BRANCHES, self.branch), pick(nodes, -1 - self.commit)) if nodes else []


class Drop(OnRepository, frozen=True, kw_only=True):
    """A branch is deleted."""

    branch: int

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        branch = pick(BRANCHES, self.branch)
        return forge.point(hosted, branch, None) if branch in hosted.history.branches else []


class Default(OnRepository, frozen=True, kw_only=True):
    """Another branch becomes the default."""

    branch: int

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        return forge.choose_default(hosted, pick(BRANCHES, self.branch))


class Rename(OnRepository, frozen=True, kw_only=True):
    """Another name, or another owner."""

    name: int

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        return forge.rename(hosted, pick(NAMES, self.name))


class Describe(OnRepository, frozen=True, kw_only=True):
    """What filters go by changes."""

    what: Literal["archive", "unarchive", "private", "public", "hide", "show", "revoke", "grant"]

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        match self.what:
            case "archive" | "unarchive":
                return forge.describe(hosted, archived=self.what == "archive")
            case "private" | "public":
                return forge.describe(hosted, visibility=self.what)
            case "hide" | "show":
                return forge.describe(hosted, topics=("hidden",) if self.what == "hide" else ())
            case _:
                return forge.grant(hosted, seen=self.what == "grant")


class Delete(OnRepository, frozen=True, kw_only=True):
    """A repository is deleted."""

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:
        return forge.delete(hosted)


class Forget(OnRepository, frozen=True, kw_only=True):
    """Commits that no branch leads to are lost."""

    def do_to(self, forge: Forge, hosted: Hosted) -> Sequence[Change]:  # noqa: ARG002 -- as all of these
        hosted.history.forget_unreachable()
        return []


class Mannered(Doing, frozen=True, kw_only=True):
    """From now on payloads list in this manner."""

    manner: Manner

    def do(self, forge: Forge) -> Sequence[Change]:
        forge.manner = self.manner
        return []


def _file(repository: str, path: int, number: int) -> tuple[str, str]:
    at = pick(PATHS, path)
    return at, text(repository, at, number % texts(at))
