"""What a merge takes in: the files that only the other side changed since both sides met."""

from cuelight.simulator.core.ancestry import merge_base
from cuelight.simulator.core.objects import CommitFacts, Objects


def taken(objects: Objects, ours: CommitFacts, theirs: CommitFacts) -> dict[str, bytes | None]:
    """Return what *theirs* brings to *ours*: path → contents, None where it is removed. Files that both changed stay ours."""
    met = merge_base(objects, ours.sha, theirs.sha)
    before = _files(objects, objects.commit(met)) if met else {}
    own, other = _files(objects, ours), _files(objects, theirs)
    changed = [path for path in before.keys() | other.keys() if before.get(path) != other.get(path)]
    brought = [path for path in changed if own.get(path) == before.get(path)]
    return {path: objects.blob(other[path]) if path in other else None for path in sorted(brought)}


def _files(objects: Objects, commit: CommitFacts) -> dict[str, str]:
    return {entry.path: entry.sha for entry in objects.listing(commit.tree) if entry.kind == "blob"}
