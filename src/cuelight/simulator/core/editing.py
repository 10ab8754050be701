"""From a tree and some new file contents to the next tree, writing only the objects that differ."""

import stat
from collections.abc import Mapping

from dulwich.object_store import DiskObjectStore
from dulwich.objects import Blob, ObjectID, Tree

from cuelight.errors import InputError
from cuelight.simulator.core.names import check_path

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


def edit(store: DiskObjectStore, tree: ObjectID | None, changes: Nested, at: bytes = b"") -> ObjectID | None:
    """Write the tree that *changes* make of *tree* and return its id; None where nothing is left in it.

    InputError where a removed path is not there, a file is written over a folder, or a folder over a file.
    """
    draft = _tree(store, tree)
    for name, change in changes.items():
        mode, sha = draft[name] if _has(draft, name) else (None, None)
        path = at + name
        if isinstance(change, dict):
            _replace(draft, name, FOLDER, _below(store, (mode, sha), change, path))
        elif mode is not None and stat.S_ISDIR(mode):
            raise InputError(f"{_shown(path)} is a folder; name the files in it")
        elif change is None and mode is None:
            raise InputError(f"{_shown(path)} is not in the repository, so it can't be removed")
        else:
            _replace(draft, name, mode or REGULAR, None if change is None else _blob(store, change))
    return _written(store, draft)


def empty_tree(store: DiskObjectStore) -> ObjectID:
    """Write the tree that holds nothing and return its id."""
    tree = Tree()
    store.add_object(tree)
    return tree.id


def _below(
    store: DiskObjectStore, entry: tuple[int | None, ObjectID | None], changes: Nested, path: bytes
) -> ObjectID | None:
    mode, sha = entry
    if mode is not None and not stat.S_ISDIR(mode):
        raise InputError(f"{_shown(path)} is a file, so nothing can lie below it; remove it in a commit before")
    return edit(store, sha, changes, path + b"/")


def _replace(tree: Tree, name: bytes, mode: int, sha: ObjectID | None) -> None:
    if sha is not None:
        tree[name] = (mode, sha)
    elif name in tree:
        del tree[name]


def _tree(store: DiskObjectStore, sha: ObjectID | None) -> Tree:
    if sha is None:
        return Tree()
    found = store[sha]
    if not isinstance(found, Tree):
        raise InputError(f"{sha.decode()} is not a tree")
    return found


def _has(tree: Tree, name: bytes) -> bool:
    return name in tree


def _blob(store: DiskObjectStore, contents: bytes) -> ObjectID:
    blob = Blob.from_string(contents)
    store.add_object(blob)
    return blob.id


def _written(store: DiskObjectStore, tree: Tree) -> ObjectID | None:
    if not len(tree):
        return None
    store.add_object(tree)
    return tree.id


def _shown(path: bytes) -> str:
    return repr(path.decode("utf-8", "replace"))
