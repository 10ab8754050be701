"""All owners and repositories under one folder, found by name or by id.

ROOT/owners.json                  the owners
ROOT/counter.json                 the next free id
ROOT/repositories/000007.git      a bare repository, by id: a rename moves nothing
ROOT/repositories/000007.json     its metadata
"""

import fcntl
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal

import msgspec

from cuelight.clock import Clock, SystemClock
from cuelight.errors import ConfigurationError, ConflictError, CuelightError, NotFoundError, TooLargeError
from cuelight.simulator.core import limits
from cuelight.simulator.core.cache import Cache
from cuelight.simulator.core.names import check_name, check_owner
from cuelight.simulator.core.people import Person
from cuelight.simulator.core.records import (
    Changes,
    Counter,
    Metadata,
    Owner,
    check_description,
    read_record,
    write_record,
)
from cuelight.simulator.core.repository import BRANCHES, Edit, Pushed, Repository, check_ref


class CodeHost:
    """A code host without a face. One process at a time holds a folder; its methods may be called from any thread."""

    def __init__(self, root: Path, *, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self._root = root
        self._folder = root / "repositories"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._held = _hold(root / "lock")
        self._lock = threading.RLock()
        self._cache = Cache(limits.CACHE_BYTES)
        self._owners: dict[str, Owner] = {}
        self._by_id: dict[int, Repository] = {}
        self._by_name: dict[str, Repository] = {}
        self._by_former: dict[str, int] = {}
        self._free = 1
        self.revision = 0
        """Another number whenever repositories, or something in their metadata, are others than before."""
        try:
            self._load()
        except ConfigurationError:
            self._held.close()
            raise

    def close(self) -> None:
        """Close every repository and let go of the folder."""
        for repository in self._by_id.values():
            repository.close()
        self._held.close()

    def add_owner(self, login: str, kind: Literal["Organization", "User"] = "Organization") -> Owner:
        """Return the owner *login*, made as *kind* where there is none."""
        check_owner(login)
        with self._lock:
            known = self._owners.get(login.lower())
            if known is None:
                known = self._owners[login.lower()] = Owner(id=self._next_id(), login=login, kind=kind)
                write_record(self._root / "owners.json", _Owners(tuple(self._owners.values())))
            return known

    def owner(self, login: str) -> Owner:
        """Return the owner *login*, in any case, or raise NotFoundError."""
        known = self._owners.get(login.lower())
        if known is None:
            raise NotFoundError(f"no owner {login[:120]!r} on this host")
        return known

    def owners(self) -> list[Owner]:
        """Return every owner, oldest first."""
        with self._lock:
            return list(self._owners.values())

    def repositories(self, owner: str | None = None) -> list[Repository]:
        """Return all repositories, or those of *owner*, oldest first."""
        with self._lock:
            everything = list(self._by_id.values())
        if owner is None:
            return everything
        wanted = owner.lower()
        return [one for one in everything if one.metadata.owner.lower() == wanted]

    def repository(self, full_name: str) -> Repository:
        """Return the repository `owner/name`, in any case, or raise NotFoundError."""
        found = self._by_name.get(full_name.lower())
        if found is None:
            raise NotFoundError(f"no repository {full_name[:240]!r} on this host")
        return found

    def renamed(self, full_name: str) -> Repository | None:
        """Return the repository that was called `owner/name`, where none is called so now."""
        key = full_name.lower()
        return None if key in self._by_name else self._by_id.get(self._by_former.get(key, 0))

    def numbered(self, repository_id: int) -> Repository:
        """Return the repository with this stable id, or raise NotFoundError."""
        found = self._by_id.get(repository_id)
        if found is None:
            raise NotFoundError(f"no repository with the id {repository_id} on this host")
        return found

    def create(
        self, full_name: str, changes: Changes | None = None, *, files: Mapping[str, bytes] | None = None
    ) -> Repository:
        """Make the repository `owner/name`, and its first commit where there are *files*. ConflictError where it exists."""
        owner, _, name = full_name.partition("/")
        given = (changes or Changes()).given()
        _check(changes)
        now = self.clock.now()
        check_name(name, "a repository")
        fixed = {"owner": self.add_owner(owner).login, "name": name}
        with self._lock:
            self._check_room(full_name)
            metadata = Metadata(id=self._next_id(), created_at=now, updated_at=now, pushed_at=now, **(given | fixed))
            repository = Repository.create(self._path(metadata, ".git"), metadata, self._cache, self.clock)
            self._keep(repository, metadata)
        if files:
            self.commit(repository, Edit(files=files, message="Initial commit"))
        return repository

    def commit(self, repository: Repository, edit: Edit) -> Pushed:
        """Commit *edit* to *repository* and note that it was pushed to."""
        return self.note(repository.commit(edit))

    def note(self, pushed: Pushed) -> Pushed:
        """Remember when a repository was pushed to, and return *pushed* with its metadata as it is now."""
        with self._lock:
            repository = self.numbered(pushed.repository.id)
            repository.moves.append(pushed)
            self._keep(repository, msgspec.structs.replace(repository.metadata, pushed_at=pushed.at))
            return msgspec.structs.replace(pushed, repository=repository.metadata)

    def amend(self, repository: Repository, changes: Changes) -> Metadata:
        """Set *changes* of the metadata and return it; ConflictError where the new name is taken."""
        _check(changes)
        with self._lock:
            old = repository.metadata
            metadata = msgspec.structs.replace(old, updated_at=self.clock.now(), **self._given(changes))
            metadata = _formerly(metadata, old.full_name)
            if self._by_name.get(metadata.full_name.lower(), repository) is not repository:
                raise ConflictError(f"{metadata.full_name} exists already; choose another name")
            self._by_name.pop(old.full_name.lower(), None)
            self._keep(repository, metadata)
            repository.point_head(metadata.default_branch)
            return metadata

    def point(self, repository: Repository, branch: str, sha: str | None, *, by: Person) -> Pushed:
        """Point *branch* at the commit *sha*, whatever it pointed at before; None removes it.

        NotFoundError where there is no such branch to remove, or no such commit; ConflictError where it is the default.
        """
        ref, metadata = BRANCHES + branch, repository.metadata
        with repository.lock:
            before = repository.at(ref)
            if sha is None and (before is None or branch == metadata.default_branch):
                raise _undeletable(metadata, branch, before)
            after = repository.objects.commit(sha).sha if sha else None
            repository.move(ref, after)
        moved = Pushed(repository=metadata, ref=ref, before=before, after=after, pusher=by, at=self.clock.now())
        return self.note(moved)

    def rename_branch(self, repository: Repository, branch: str, name: str, *, by: Person) -> list[Pushed]:
        """Call *branch* by another *name*, as the default branch too if it is that; return the two moves of refs."""
        sha = repository.head(branch)
        if sha is None:
            raise _undeletable(repository.metadata, branch, sha)
        if repository.head(name) is not None:
            raise ConflictError(f"{repository.metadata.full_name} has a branch {name!r} already; choose another name")
        created = self.point(repository, name, sha, by=by)
        former = {**repository.metadata.former_branches, branch: name}
        with self._lock:
            self._keep(repository, msgspec.structs.replace(repository.metadata, former_branches=former))
        if repository.metadata.default_branch == branch:
            self.amend(repository, Changes(default_branch=name))
        return [created, self.point(repository, branch, None, by=by)]

    def delete(self, repository: Repository) -> None:
        """Remove *repository* for good. Its id is never given again."""
        with self._lock, repository.lock:
            metadata = repository.metadata
            self._by_id.pop(metadata.id, None)
            self._by_name.pop(metadata.full_name.lower(), None)
            self.revision += 1
            repository.close()
            self._path(metadata, ".json").unlink(missing_ok=True)
            shutil.rmtree(repository.folder, ignore_errors=True)

    def _keep(self, repository: Repository, metadata: Metadata) -> None:
        repository.metadata = metadata
        self._index(repository)
        self.revision += 1
        write_record(self._path(metadata, ".json"), metadata)

    def _index(self, repository: Repository) -> None:
        metadata = repository.metadata
        self._by_id[metadata.id] = self._by_name[metadata.full_name.lower()] = repository
        self._by_former.update(dict.fromkeys(map(str.lower, metadata.former), metadata.id))

    def _given(self, changes: Changes) -> dict[str, Any]:
        given = changes.given()
        return given | {"owner": self.add_owner(given["owner"]).login} if "owner" in given else given

    def _path(self, metadata: Metadata, suffix: str) -> Path:
        return self._folder / f"{metadata.id:06}{suffix}"

    def _check_room(self, full_name: str) -> None:
        if full_name.lower() in self._by_name:
            raise ConflictError(f"{full_name} exists already; choose another name")
        if len(self._by_id) >= limits.REPOSITORIES:
            raise TooLargeError(f"this host holds {limits.REPOSITORIES} repositories already; delete some")

    def _next_id(self) -> int:
        taken, self._free = self._free, self._free + 1
        write_record(self._root / "counter.json", Counter(self._free))
        return taken

    def _load(self) -> None:
        owners, counter = self._root / "owners.json", self._root / "counter.json"
        self._free = read_record(counter, Counter).next_id if counter.exists() else 1
        known = read_record(owners, _Owners).owners if owners.exists() else ()
        self._owners = {owner.login.lower(): owner for owner in known}
        for path in sorted(self._folder.glob("*.json")):
            metadata = read_record(path, Metadata)
            repository = Repository(self._path(metadata, ".git"), metadata, self._cache, self.clock)
            self._index(repository)


class _Owners(msgspec.Struct, frozen=True):
    owners: tuple[Owner, ...]


def _check(changes: Changes | None) -> None:
    given = changes.given() if changes else {}
    if changes is not None:
        check_description(changes)
    if "name" in given:
        check_name(given["name"], "a repository")
    if "default_branch" in given:
        check_ref(BRANCHES + given["default_branch"])


def _formerly(metadata: Metadata, old: str) -> Metadata:
    if metadata.full_name == old:
        return metadata
    return msgspec.structs.replace(metadata, former=(*metadata.former, old)[-limits.FORMER :])


def _undeletable(metadata: Metadata, branch: str, sha: str | None) -> CuelightError:
    if sha is None:
        return NotFoundError(f"no branch {branch[:120]!r} in {metadata.full_name}")
    return ConflictError(f"{branch} is the default branch of {metadata.full_name}; make another the default before")


def _hold(path: Path) -> IO[bytes]:
    file = path.open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ConfigurationError(
            f"{path.parent} is held by another simulator; stop it or choose another folder"
        ) from error
    return file
