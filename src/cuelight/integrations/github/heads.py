"""Where branches point now, of a hundred repositories a request.

GitHub is asked by name, since GraphQL takes no number; the number in the answer tells whether the name still means the
repository that was meant. Where it does not, or where nobody answers to the name, the number is asked for over REST, and
the repository looked at again under the name that it has now. It is unseen only if the number leads nowhere either.

A few files may be asked for along with the heads; those of a repository are told together, or not at all.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from cuelight.errors import HostError, HostUnavailable, TooLargeError
from cuelight.integrations.github import nodes
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import malformed
from cuelight.integrations.github.files import is_file, text_of
from cuelight.integrations.github.gathering import gathered
from cuelight.integrations.github.graphql import AskedTooMuch, Reply, ask, failure
from cuelight.integrations.github.lookup import Lookup
from cuelight.integrations.github.questions import asks_history, heads, paths_of
from cuelight.scm import FileAt, Look, Seen, Unseen

BATCH: Final = 100
"""Repositories of one request."""

Outcome: TypeAlias = Seen | Unseen | HostError


class Elsewhere(msgspec.Struct, frozen=True):
    """The name of a look does not lead to its repository; `reason` says where it leads."""

    reason: str


class Heads:
    """Answers looks at the host *name* with the credentials of *access*."""

    def __init__(self, name: str, access: Access) -> None:
        self._name = name
        self._access = access
        self._lookup = Lookup(name, access)

    async def ask(self, looks: Sequence[Look]) -> list[Outcome]:
        """The answer to each of *looks*, in their order. HostError where no batch was answered; else for those of one that was not."""
        found = await self._batches(looks)
        lost = {index: looks[index] for index, one in enumerate(found) if isinstance(one, Elsewhere)}
        settled = await self._by_number(lost) if lost else {}
        return [
            self._unseen(one, settled[index]) if isinstance(one, Elsewhere) else one for index, one in enumerate(found)
        ]

    async def _batches(self, looks: Sequence[Look]) -> list[Outcome | Elsewhere]:
        found: list[Outcome | Elsewhere] = []
        failed = 0
        for start in range(0, len(looks), BATCH):
            batch = looks[start : start + BATCH]
            try:
                found += await self._batch(batch)
            except HostError as error:
                found += [error] * len(batch)
                failed += len(batch)
                if failed == len(looks):
                    raise
        return found

    async def _batch(self, looks: Sequence[Look]) -> list[Outcome | Elsewhere]:
        """The answer to *looks* in one request; in halves, or without files, where that is more than one answer takes."""
        try:
            reply = await ask(self._access, heads(looks), kind="heads")
        except (TooLargeError, AskedTooMuch) as error:
            if len(looks) > 1:
                half = len(looks) // 2
                return [*await self._batch(looks[:half]), *await self._batch(looks[half:])]
            if not looks[0].paths:
                raise HostUnavailable(error.message) from error
            return await self._batch([msgspec.structs.replace(looks[0], paths=())])
        places = {path: f"f{index}" for index, path in enumerate(paths_of(looks))}
        found = [self._answer(reply, f"r{index}", look) for index, look in enumerate(looks)]
        return [
            _with_files(one, reply, f"r{index}", {path: places[path] for path in look.paths})
            for index, (one, look) in enumerate(zip(found, looks, strict=True))
        ]

    async def _by_number(self, lost: Mapping[int, Look]) -> dict[int, Outcome | Elsewhere | None]:
        """What the ids of *lost* lead to, by their keys; None where nowhere."""
        names = await gathered(self._lookup.name_of, [str(look.repository_id) for look in lost.values()])
        found: dict[int, Outcome | Elsewhere | None] = {}
        again: dict[int, Look] = {}
        for index, look in lost.items():
            name = names[str(look.repository_id)]
            if isinstance(name, str):
                again[index] = msgspec.structs.replace(look, full_name=name)
            else:
                found[index] = name
        return {**found, **await self._again(again)}

    async def _again(self, looks: Mapping[int, Look]) -> dict[int, Outcome | Elsewhere]:
        try:
            found = await self._batches(list(looks.values()))
        except HostError as error:
            return dict.fromkeys(looks, error)
        return dict(zip(looks, found, strict=True))

    def _unseen(self, first: Elsewhere, found: Outcome | Elsewhere | None) -> Outcome:
        """The answer where a name led *first* elsewhere, and *found* is what the number led to."""
        if found is None:
            return self._lookup.unseen(f"{first.reason}, and none under its id")
        if isinstance(found, Elsewhere):
            return HostUnavailable(f"{found.reason}, though its id leads there; it is asked again later")
        return found

    def _answer(self, reply: Reply, alias: str, look: Look) -> Outcome | Elsewhere:
        """As `_read`; where that part of the answer makes no sense, nothing is known of it, and the others stand."""
        try:
            return self._read(reply, alias, look)
        except HostUnavailable as error:
            return error

    def _read(self, reply: Reply, alias: str, look: Look) -> Outcome | Elsewhere:
        """What *reply* says to *look*. Null is an answer only where its error says that nothing was found."""
        errors, asked = reply.failures_of(alias), f"{look.full_name} on {self._name}"
        is_missing = bool(errors) and all(one.type == "NOT_FOUND" and one.path == (alias,) for one in errors)
        if errors and not is_missing:
            return failure(asked, errors)
        node = reply.part(alias, nodes.RepositoryNode)
        if node is None:
            return self._missing(look) if is_missing else failure(asked, errors)
        if look.repository_id not in {None, str(node.database_id)}:
            return Elsewhere(f"the name {asked} means another repository now (id {node.database_id})")
        return self._seen(node, look)

    def _missing(self, look: Look) -> Outcome | Elsewhere:
        reason = f"these credentials see no repository {look.full_name} on {self._name}"
        return self._lookup.unseen(reason) if look.repository_id is None else Elsewhere(reason)

    def _seen(self, node: nodes.RepositoryNode, look: Look) -> Outcome:
        repository = nodes.repository(node, self._name)
        if _contradicts_itself(node, look):
            said = f"the default branch of {look.full_name} on {self._name} was answered in two ways at once"
            return HostUnavailable(f"{said}; it is asked again later")
        if node.branch is None:
            return Seen(repository=repository, branch=look.branch, commit=None)
        tip = node.branch.target
        commit = nodes.commit(tip) if tip else None
        if tip is None or commit is None:
            said = f"the branch {node.branch.name} of {look.full_name} on {self._name} was answered without its commit"
            return HostUnavailable(f"{said}; it is asked again later")
        straight = nodes.straight(tip.history, look.since, look.commits) if look.since and asks_history(look) else None
        return Seen(repository=repository, branch=node.branch.name, commit=commit, straight=straight)


def _contradicts_itself(node: nodes.RepositoryNode, look: Look) -> bool:
    """Whether the default branch is in one part of *node* and not, or another, in the other: a branch that is named exists."""
    default = node.default_branch_ref.name if node.default_branch_ref else None
    found = node.branch.name if node.branch else None
    if look.branch is None:
        return found != default
    return found is None and look.branch == default


def _with_files(found: Outcome | Elsewhere, reply: Reply, alias: str, places: Mapping[str, str]) -> Outcome | Elsewhere:
    """*found*, with the files that *reply* tells of its head, by path → alias; without any where one is not told whole."""
    if not places or not isinstance(found, Seen) or found.commit is None:
        return found
    try:
        files = _files(reply, alias, places)
    except HostUnavailable as error:
        return error
    return found if files is None else msgspec.structs.replace(found, files=files)


def _files(reply: Reply, alias: str, places: Mapping[str, str]) -> dict[str, FileAt | None] | None:
    node = reply.part(alias, nodes.FilesNode)
    target = (node.branch.target if node and node.branch else None) or {}
    try:
        entries = {path: msgspec.convert(target[place], nodes.EntryNode | None) for path, place in places.items()}
    except (KeyError, msgspec.ValidationError) as error:
        raise malformed(reply.answer, f"a file is missing or of another form: {error}") from error
    found = {path: entry if entry and is_file(entry) else None for path, entry in entries.items()}
    files = {path: text_of(entry) if entry else None for path, entry in found.items()}
    return files if all(files[path] or found[path] is None for path in files) else None
