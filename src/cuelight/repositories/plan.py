"""What must change so that the catalog's sources are what a commit holds. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from cuelight.scm import FileAt, Globs, Tree, is_name

Kind = Literal["descriptor", "wanted", "candidate"]
"""Selected by the provider; named by an entity; looked into, as it might be a descriptor, and none."""

_DECLARES: Final = re.compile(
    rb"""^(?:\xef\xbb\xbf)?(?:[ \t\r\n]*\{\s*)?["']?apiVersion["']?\s*:\s*["']?(?:[a-z0-9-]+\.)*backstage\.io/""",
    re.MULTILINE,
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A source as stored: its kind, its state (present, absent, unreadable), and the blob it was made from.

    `page` is that by which the catalog knows a descriptor.
    """

    path: str
    kind: Kind
    state: str
    blob: str | None
    page: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What is taken of a tree.

    `selected` are the provider's paths, of which with `declared` only files that declare a Backstage `apiVersion` are
    descriptors; `wanted` paths (or globs) that entities name. `renewed`: the held sources were chosen in another way.
    """

    selected: Globs | None
    declared: bool
    wanted: Sequence[str]
    renewed: bool = False

    def concerned(self, paths: Iterable[str]) -> list[str]:
        """Those of *paths* that may be sources."""
        named = set(self.wanted)
        globs = [Globs((pattern,)) for pattern in self.wanted if is_glob(pattern)]
        if self.selected is not None:
            globs.append(self.selected)
        return [path for path in paths if path in named or any(each.matches(path) for each in globs)]

    @property
    def names(self) -> tuple[str, ...] | None:
        """The paths of all that may be taken, of any tree; None where some of them stand for several files."""
        selected = self.selected.names if self.selected is not None else ()
        if selected is None or not all(map(is_name, self.wanted)):
            return None
        return tuple(dict.fromkeys((*selected, *self.wanted)))

    def taken(self, tree: Tree) -> list[str]:
        """The files of *tree* that are sources, or may be."""
        return [path for path in _targets(tree, self, {}) if path in tree.blobs]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between sources and a commit.

    `read` are paths whose content is to be read (path → kind), `absent` wanted paths that the commit lacks,
    `gone` sources that are to go (nobody names them, or the commit lacks them), `kinds` those that only change their kind.
    `before` are the descriptors that were selected until now (path → page), `after` those that are from now on.
    Of a part, `announced` is how many descriptors the whole loses.
    """

    read: Mapping[str, Kind]
    absent: Sequence[str]
    gone: Sequence[str]
    kinds: Mapping[str, Kind]
    before: Mapping[str, str | None]
    after: Sequence[str]
    announced: int = 0

    @property
    def touched(self) -> Sequence[str]:
        """Every path whose readers are to look again."""
        return sorted({*self.read, *self.absent, *self.gone})

    @property
    def lost(self) -> Sequence[str]:
        """The descriptors that are none any more."""
        return sorted(self.before.keys() - set(self.after))

    @property
    def dwindling(self) -> int:
        """By how many descriptors there are fewer: as many of those lost as others came may only have moved."""
        return max(len(self.before) - len(set(self.after)), 0)

    def parts(self, size: int) -> "Sequence[Plan]":
        """The same in parts of at most *size* paths, at least one; what comes is in earlier parts than what goes."""
        paths = {*self.touched, *self.kinds, *self.before, *self.after}
        going = {*self.gone, *self.lost}
        ordered = sorted(paths, key=lambda path: (path in going, path))
        groups = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        return list(self._divided(groups)) if len(groups) > 1 else [self]

    def _divided(self, groups: Iterable[Sequence[str]]) -> "Iterator[Plan]":
        absent, gone, after = frozenset(self.absent), frozenset(self.gone), frozenset(self.after)
        for group in groups:
            yield Plan(
                read={path: self.read[path] for path in group if path in self.read},
                absent=[path for path in group if path in absent],
                gone=[path for path in group if path in gone],
                kinds={path: self.kinds[path] for path in group if path in self.kinds},
                before={path: self.before[path] for path in group if path in self.before},
                after=[path for path in group if path in after],
                announced=self.dwindling,
            )


NOTHING: Final = Choice(selected=None, declared=False, wanted=())
"""What is taken of a repository that is gone."""


def plan(tree: Tree, choice: Choice, held: Sequence[Held]) -> Plan:
    """Compare *held* with what *choice* takes of *tree*. What may be declared in a file is a candidate until it was read."""
    sources = {source.path: source for source in held}
    targets = _targets(tree, choice, sources)
    present = {path: kind for path, kind in targets.items() if path in tree.blobs}
    absent = [path for path in targets if path not in tree.blobs]
    read = {path: kind for path, kind in present.items() if _differs(sources.get(path), tree.blobs[path], kind, choice)}
    return Plan(
        read=read,
        absent=[path for path in absent if path not in sources or sources[path].state != "absent"],
        gone=sorted(sources.keys() - targets.keys()),
        kinds={
            path: kind
            for path, kind in present.items()
            if path in sources and sources[path].kind != kind and path not in read
        },
        before=_descriptors(held),
        after=sorted(path for path, kind in present.items() if kind == "descriptor"),
    )


def decided(plan: Plan, files: Mapping[str, FileAt], choice: Choice) -> Plan:
    """*plan*, now that its candidates were read: those that declare themselves are descriptors."""
    if not choice.declared:
        return plan
    candidates = [path for path, kind in plan.read.items() if kind == "candidate"]
    descriptors = {path for path in candidates if declares(files[path].content)}
    named = {path for path in candidates if any(_means(pattern, path) for pattern in choice.wanted)}
    kinds: dict[str, Kind] = {}
    kinds.update(dict.fromkeys(named, "wanted"))
    kinds.update(dict.fromkeys(descriptors, "descriptor"))
    return msgspec.structs.replace(
        plan, read={**plan.read, **kinds}, after=sorted({*plan.after, *descriptors} - (set(candidates) - descriptors))
    )


def sketched(commit: str, held: Sequence[Held], files: Mapping[str, FileAt | None]) -> Tree:
    """The tree of *commit* as far as it concerns us: what is *held*, but for what *files* say now."""
    blobs = {source.path: source.blob for source in held if source.blob is not None and source.state != "absent"}
    for path, file in files.items():
        if file is None:
            blobs.pop(path, None)
        else:
            blobs[path] = file.blob
    return Tree(commit=commit, blobs=blobs)


def declares(content: bytes | None) -> bool:
    """Whether *content* is a file that declares a Backstage `apiVersion`, in one of its documents."""
    return content is not None and _DECLARES.search(content) is not None


def is_glob(path: str) -> bool:
    """Whether *path*, which an entity names, stands for several where no file has that very name: folders are called `[id]`."""
    return any(character in path for character in "*?{[")


def matching(paths: Iterable[str], pattern: str) -> list[str]:
    """Those of *paths* that the glob *pattern* stands for."""
    globs = Globs((pattern,))
    return [path for path in paths if globs.matches(path)]


def _means(pattern: str, path: str) -> bool:
    return pattern == path or (is_glob(pattern) and bool(matching([path], pattern)))


def _targets(tree: Tree, choice: Choice, sources: Mapping[str, Held]) -> dict[str, Kind]:
    """Every path that is a source at this commit, or whose absence is to be known."""
    targets: dict[str, Kind] = {}
    for pattern in choice.wanted:
        is_named = pattern in tree.blobs or not is_glob(pattern)
        targets.update(dict.fromkeys([pattern] if is_named else matching(tree.blobs, pattern), "wanted"))
    if choice.selected is not None:
        selected = [path for path in tree.blobs if choice.selected.matches(path)]
        targets.update(_guesses(selected, tree, choice, sources, targets) if choice.declared else _all(selected))
    return targets


def _all(selected: Iterable[str]) -> dict[str, Kind]:
    return dict.fromkeys(selected, "descriptor")


def _guesses(
    selected: Iterable[str], tree: Tree, choice: Choice, sources: Mapping[str, Held], wanted: Collection[str]
) -> dict[str, Kind]:
    """What each of *selected* is: what it was while it is the same, else a candidate."""
    guesses: dict[str, Kind] = {}
    for path in selected:
        source = sources.get(path)
        same = source is not None and source.blob == tree.blobs[path] and not choice.renewed
        if not (same and source):
            guesses[path] = "candidate"
        elif source.kind == "descriptor" or path not in wanted:
            guesses[path] = "descriptor" if source.kind == "descriptor" else "candidate"
    return guesses


def _differs(source: Held | None, blob: str, kind: Kind, choice: Choice) -> bool:
    if source is None or source.state == "absent" or source.blob != blob:
        return True
    if source.kind == "candidate":
        return kind != "candidate" or choice.renewed
    return kind == "candidate"


def _descriptors(held: Iterable[Held]) -> dict[str, str | None]:
    return {source.path: source.page for source in held if source.kind == "descriptor" and source.state != "absent"}
