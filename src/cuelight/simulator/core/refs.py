"""A repository's refs, kept in memory: read from disk once, and each again when it was written.

Only the process that holds the host's folder writes them, and whatever it writes goes through here: commits and branches of
the host itself, and what a `git push` moves.
"""

import os
from pathlib import Path
from typing import Any, Final

from dulwich.objects import ObjectID
from dulwich.refs import SYMREF, DiskRefsContainer, Ref

ROOT: Final = b"refs/"
"""What is elsewhere (HEAD) is read from disk each time."""


class Refs(DiskRefsContainer):
    """The refs of a repository's folder. To be used under the repository's lock."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._values: dict[Ref, bytes] | None = None

    def target(self, name: Ref) -> ObjectID | None:
        """Return the object that *name* points at; None where there is no such ref below `refs/`."""
        value = self._held().get(name, b"")
        return self.follow(name)[1] if value.startswith(SYMREF) else ObjectID(value) if value else None

    def point(self, name: Ref, sha: ObjectID) -> None:
        """Write *name*, whatever it holds, without waiting for the disk; OSError where it runs through another ref."""
        held = self._held()
        if held.get(name, b"").startswith(SYMREF):
            self.set_if_equals(name, None, sha)
            return
        if any(one.startswith(name + b"/") or name.startswith(one + b"/") for one in held):
            raise FileExistsError(self.refpath(name))
        path = Path(os.fsdecode(self.refpath(name)))
        path.parent.mkdir(parents=True, exist_ok=True)
        # No ref is called so: what a kill leaves of it is none, and in nobody's way.
        draft = path.with_name("." + path.name)
        draft.write_bytes(sha + b"\n")
        draft.replace(path)
        held[name] = sha

    def read_ref(self, refname: Ref) -> bytes | None:
        """Return what *refname* holds, an id or where it leads; None where there is no such ref."""
        return self._held().get(refname) if refname.startswith(ROOT) else super().read_ref(refname)

    def subkeys(self, base: Ref) -> set[Ref]:
        """Return the refs below *base*, without it."""
        start = base.rstrip(b"/") + b"/"
        return {Ref(name[len(start) :]) for name in self._held() if name.startswith(start)}

    def set_if_equals(self, name: Ref, *args: Any, **kwargs: Any) -> bool:
        """Write *name* where it holds what is expected."""
        try:
            return super().set_if_equals(name, *args, **kwargs)
        finally:
            self._renew(name)

    def add_if_new(self, name: Ref, *args: Any, **kwargs: Any) -> bool:
        """Write *name* where there is none."""
        try:
            return super().add_if_new(name, *args, **kwargs)
        finally:
            self._renew(name)

    def remove_if_equals(self, name: Ref, *args: Any, **kwargs: Any) -> bool:
        """Remove *name* where it holds what is expected."""
        try:
            return super().remove_if_equals(name, *args, **kwargs)
        finally:
            self._renew(name)

    def set_symbolic_ref(self, name: Ref, *args: Any, **kwargs: Any) -> None:
        """Make *name* lead to another ref."""
        try:
            super().set_symbolic_ref(name, *args, **kwargs)
        finally:
            self._renew(name)

    def add_packed_refs(self, *args: Any, **kwargs: Any) -> None:
        """Write refs into one file."""
        try:
            super().add_packed_refs(*args, **kwargs)
        finally:
            self._values = None

    def _held(self) -> dict[Ref, bytes]:
        if self._values is None:
            names = [Ref(ROOT + name) for name in super().subkeys(Ref(ROOT))]
            values = [(name, super(Refs, self).read_ref(name)) for name in names]
            self._values = {name: value for name, value in values if value}
        return self._values

    def _renew(self, name: Ref) -> None:
        """Read *name* again; everything, where it leads elsewhere, since then that was written too."""
        value = super().read_ref(name)
        if self._values is None or not name.startswith(ROOT) or (value or b"").startswith(SYMREF):
            self._values = None
        elif value:
            self._values[name] = value
        else:
            self._values.pop(name, None)
