"""What is asked in GraphQL. Pure: names, branches and paths are variables, never part of the text.

Only fields of GitHub's public schema (https://docs.github.com/en/graphql/overview/public-schema). Operations have names, by
which a host's own logs tell them apart.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from cuelight.integrations.github.nodes import ENTRY, FRAGMENTS
from cuelight.scm import Look

FARTHEST: Final = 99
"""Commits that a history goes back at most; whether it is straight past that is not asked."""

_HISTORY: Final = "... on Commit { history(first: $c%d) { nodes { oid parents(first: 1) { totalCount } } } }"
_TARGET: Final = "{ name target { ...Tip %s%s } }"


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A query and its variables."""

    text: str
    variables: dict[str, Any]


def heads(looks: Sequence[Look]) -> Question:
    """Ask for each of *looks*, as `r0`, `r1` and so on: the repository, and as `branch` the branch with its commit.

    The files of a look are `f0`, `f1` and so on of that commit: their places in `paths_of(looks)`.
    """
    paths = {path: index for index, path in enumerate(paths_of(looks))}
    variables: dict[str, Any] = {f"p{index}": path for path, index in paths.items()}
    declared, parts = [f"$p{index}: String!" for index in paths.values()], []
    for index, look in enumerate(looks):
        types = _variables(index, look)
        variables |= {name: value for name, (_, value) in types.items()}
        declared += [f"${name}: {kind}" for name, (kind, _) in types.items()]
        parts.append(_part(index, look, [paths[path] for path in look.paths]))
    fragments = FRAGMENTS + ENTRY if paths else FRAGMENTS
    text = f"query Heads({', '.join(declared)}) {{\n{chr(10).join(parts)}\n}}{fragments}"
    return Question(text=text, variables=variables)


def paths_of(looks: Sequence[Look]) -> list[str]:
    """The paths of *looks*, each once."""
    return list(dict.fromkeys(path for look in looks for path in look.paths))


def files(full_name: str, commit: str, paths: Sequence[str]) -> Question:
    """Ask for *paths* at *commit*, as `f0`, `f1` and so on of the object `repository.object`."""
    owner, _, name = full_name.partition("/")
    variables = {"owner": owner, "name": name, "commit": commit, **{f"p{i}": path for i, path in enumerate(paths)}}
    declared = ["$owner: String!", "$name: String!", "$commit: GitObjectID!"]
    declared += [f"$p{index}: String!" for index in range(len(paths))]
    entries = _entries(range(len(paths)))
    text = (
        f"query Files({', '.join(declared)}) {{ repository(owner: $owner, name: $name, followRenames: true) {{ databaseId "
        f"object(oid: $commit) {{ __typename ... on Commit {{ {entries} }} }} }} }}{ENTRY}"
    )
    return Question(text=text, variables=variables)


def asks_history(look: Look) -> bool:
    """Whether the answer to *look* tells if its head is straight."""
    return look.since is not None and look.commits <= FARTHEST


def _variables(index: int, look: Look) -> dict[str, tuple[str, Any]]:
    """The variables of one look: name → type and value."""
    owner, _, name = look.full_name.partition("/")
    types: dict[str, tuple[str, Any]] = {f"o{index}": ("String!", owner), f"n{index}": ("String!", name)}
    if look.branch is not None:
        types[f"b{index}"] = ("String!", f"refs/heads/{look.branch}")
    if asks_history(look):
        types[f"c{index}"] = ("Int!", look.commits + 1)
    return types


def _entries(paths: Iterable[int]) -> str:
    return " ".join(f"f{index}: file(path: $p{index}) {{ ...Entry }}" for index in paths)


def _part(index: int, look: Look, paths: Sequence[int]) -> str:
    """One look; *paths* are the places of its files."""
    history = _HISTORY % index if asks_history(look) else ""
    target = _TARGET % (history, f"... on Commit {{ {_entries(paths)} }}" if paths else "")
    branch = "defaultBranchRef" if look.branch is None else f"ref(qualifiedName: $b{index})"
    repository = f"repository(owner: $o{index}, name: $n{index}, followRenames: true)"
    return f"r{index}: {repository} {{ ...Facts branch: {branch} {target} }}"
