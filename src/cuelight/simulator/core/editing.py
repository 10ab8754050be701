"""From a tree and some new file contents to the next tree, writing only the objects that differ."""

import stat
from collections.abc import Mapping

from dulwich.objects import Blob, ObjectID, Tree

from cuelight.errors import InputError
from cuelight.simulator.core.names import check_path
from cuelight.simulator.core.objects import Objects

REGULAR = 0o100644
FOLDER = 0o040000
Nested = dict[bytes, "bytes | Nested | None"]


def nest(files: Mapping[str, bytes | None]) -> Nested:
    """Arrange *files* (path → contents, None to remove) by folder; InputError where one path runs through another."""
    root: Nested = {}
    for path in sorted(files):
        *folders, name = check_path(path).split(b"/")
        level = root
        for folder in folders:
            below = level.setdefault(folder, {})
            if not isinstance(below, dict):
                raise InputError(f"{path!r} lies below a path that is a file in the same commit; send one of them")
            level = below
        level[name] = files[path]
    return root


def edit(objects: Objects, tree: ObjectID | None, changes: Nested, at: bytes = b"") -> ObjectID | None:
    """Write the tree that *changes* make of *tree* and return its id; None where nothing is left in it.

    InputError where a removed path is not there, a file is written over a folder, or a folder over a file.
    """
    draft = Tree() if tree is None else objects.draft(tree)
    for name, change in changes.items():
        mode, sha = draft[name] if _has(draft, name) else (None, None)
        path = at + name
        if isinstance(change, dict):
            _replace(draft, name, FOLDER, _below(objects, (mode, sha), change, path))
        elif mode is not None and stat.S_ISDIR(mode):
            raise InputError(f"{_shown(path)} is a folder; name the files in it")
        elif change is None and mode is None:
            raise InputError(f"{_shown(path)} is not in the repository, so it can't be removed")
        else:
            _replace(draft, name, mode or REGULAR, None if change is None else objects.add(Blob.from_string(change)))
    return objects.add(draft) if len(draft) else None


def _below(
    objects: Objects, entry: tuple[int | None, ObjectID | None], changes: Nested, path: bytes
) -> ObjectID | None:
    mode, sha = entry
    if mode is not None and not stat.S_ISDIR(mode):
        raise InputError(f"{_shown(path)} is a file, so nothing can lie below it; remove it in a commit before")
    return edit(objects, sha, changes, path + b"/")


def _replace(tree: Tree, name: bytes, mode: int, sha: ObjectID | None) -> None:
    if sha is not None:
        tree[name] = (mode, sha)
    elif name in tree:
        del tree[name]


def _has(tree: Tree, name: bytes) -> bool:
    return name in tree


def _shown(path: bytes) -> str:
    return repr(path.decode("utf-8", "replace"))
