"""What must change so that the catalog's sources are what a commit holds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from cuelight.scm import Globs, Tree

Kind = Literal["descriptor", "wanted"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A source as stored: its kind, its state (present, absent, unreadable), and the blob it was made from."""

    path: str
    kind: Kind
    state: str
    blob: str | None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between sources and a commit.

    `read` are paths whose content is to be read (path → kind), `absent` wanted paths that the commit lacks,
    `gone` sources that are to go (nobody names them, or the commit lacks them), `kinds` those that only change their kind.
    `before` are the descriptors that were selected until now, `after` those that are from now on.
    """

    read: Mapping[str, Kind]
    absent: Sequence[str]
    gone: Sequence[str]
    kinds: Mapping[str, Kind]
    before: Sequence[str]
    after: Sequence[str]

    @property
    def touched(self) -> Sequence[str]:
        """Every path whose readers are to look again."""
        return sorted({*self.read, *self.absent, *self.gone})


def plan(tree: Tree, selected: Globs | None, wanted: Iterable[str], held: Sequence[Held]) -> Plan:
    """Compare *held* with *tree*, of which *selected* are descriptors and *wanted* (paths or globs) are named by entities."""
    targets = _targets(tree, selected, wanted)
    sources = {source.path: source for source in held}
    present = {path: kind for path, kind in targets.items() if path in tree.blobs}
    absent = [path for path in targets if path not in tree.blobs]
    before = {source.path for source in held if source.kind == "descriptor" and source.state != "absent"}
    after = {path for path, kind in present.items() if kind == "descriptor"}
    return Plan(
        read={path: kind for path, kind in present.items() if _differs(sources.get(path), tree.blobs[path])},
        absent=[path for path in absent if path not in sources or sources[path].state != "absent"],
        gone=sorted(sources.keys() - targets.keys()),
        kinds={
            path: kind
            for path, kind in targets.items()
            if path in sources and sources[path].kind != kind and path not in absent
        },
        before=sorted(before),
        after=sorted(after),
    )


def _targets(tree: Tree, selected: Globs | None, wanted: Iterable[str]) -> dict[str, Kind]:
    """Every path that is a source at this commit, or whose absence is to be known."""
    targets: dict[str, Kind] = {}
    for pattern in wanted:
        targets.update(dict.fromkeys(matching(tree, pattern) if is_glob(pattern) else [pattern], "wanted"))
    if selected is not None:
        targets.update({path: "descriptor" for path in tree.blobs if selected.matches(path)})
    return targets


def _differs(source: Held | None, blob: str) -> bool:
    return source is None or source.state == "absent" or source.blob != blob


def is_glob(path: str) -> bool:
    """Whether *path* stands for several."""
    return any(character in path for character in "*?{[")


def matching(tree: Tree, pattern: str) -> list[str]:
    """The paths of *tree* that the glob *pattern* stands for."""
    globs = Globs((pattern,))
    return [path for path in tree.blobs if globs.matches(path)]
