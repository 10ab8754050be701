"""Files as they are at a commit, a hundred of them a request.

GraphQL tells what is text; its UTF-8 must have the id that Git gave the blob, or else (another encoding, a binary, a text
that GitHub cut) the blob is read by itself, as bytes, which must have it too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec

from cuelight.errors import HostUnavailable, TooLargeError
from cuelight.integrations.github import questions
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import content, malformed
from cuelight.integrations.github.gathering import gathered
from cuelight.integrations.github.graphql import AskedTooMuch, Reply, ask, failure
from cuelight.integrations.github.lookup import path as api_path
from cuelight.integrations.github.nodes import BlobNode, ContentsNode, EntryNode
from cuelight.integrations.github.segments import segment
from cuelight.integrations.github.trees import Trees
from cuelight.options import ByteSize
from cuelight.scm import Commit, FileAt, Repository, is_blob

BATCH: Final = 100
"""Files of one request."""
BLOB_LIMIT = 5 * 1024**2
"""Bytes of one file that is read: descriptors and what they name are small."""

_RAW: Final[Mapping[str, str]] = {"accept": "application/vnd.github.raw+json"}
_LINK: Final = 0o120000

Entries: TypeAlias = dict[str, EntryNode | None]


class Files:
    """Reads files of *repository* with the credentials of *access*."""

    def __init__(self, access: Access, repository: Repository) -> None:
        self._access = access
        self._repository = repository
        self._path = api_path(repository.full_name)

    async def read(self, commit: str, paths: Sequence[str]) -> dict[str, FileAt | None]:
        """Each of *paths* at *commit*; None where that commit has no such file."""
        wanted = list(dict.fromkeys(paths))
        if self._access.is_anonymous and wanted:
            return await self._listed(commit, wanted)
        found: dict[str, FileAt | None] = {}
        for start in range(0, len(wanted), BATCH):
            found |= await self._batch(commit, wanted[start : start + BATCH])
        return found

    async def _batch(self, commit: str, paths: Sequence[str]) -> dict[str, FileAt | None]:
        """*paths* in one request, or in halves where that is more than one answer takes."""
        try:
            reply = await ask(self._access, questions.files(self._repository.full_name, commit, paths), kind="files")
        except (TooLargeError, AskedTooMuch):
            if len(paths) == 1:
                return await self._listed(commit, paths)
            half = len(paths) // 2
            return {**await self._batch(commit, paths[:half]), **await self._batch(commit, paths[half:])}
        entries = self._entries(reply, commit, paths)
        files = {path: entry for path, entry in entries.items() if entry is not None}
        texts = {path: text_of(entry) for path, entry in files.items()}
        blobs = await self._blobs(files[path].oid for path, text in texts.items() if text is None)
        return {path: (texts[path] or blobs[files[path].oid]) if path in files else None for path in paths}

    def _entries(self, reply: Reply, commit: str, paths: Sequence[str]) -> Entries:
        """The files among *paths*, as *reply* tells them. Any error of it leaves all of them unknown."""
        asked = f"commit {commit} of {self._repository.full_name} on {self._access.name}"
        node = None if reply.failures else reply.part("repository", ContentsNode)
        if node is None or node.object is None:
            raise failure(asked, list(reply.failures))
        if str(node.database_id) != self._repository.id:
            raise HostUnavailable(f"{asked}: the name means another repository now; it is asked again under its own")
        if node.object.get("__typename") != "Commit":
            raise malformed(reply.answer, "it is no commit")
        try:
            entries = {path: msgspec.convert(node.object[f"f{i}"], EntryNode | None) for i, path in enumerate(paths)}
        except (KeyError, msgspec.ValidationError) as error:
            raise malformed(reply.answer, f"a file is missing or of another form: {error}") from error
        return {path: entry if entry is not None and is_file(entry) else None for path, entry in entries.items()}

    async def _listed(self, commit: str, paths: Sequence[str]) -> dict[str, FileAt | None]:
        """*paths* by the commit's tree, and blob by blob: for those to whom GitHub answers no GraphQL."""
        tree = await Trees(self._access).read(self._path, Commit(sha=commit))
        blobs = await self._blobs(tree.blobs[path] for path in paths if path in tree.blobs)
        return {path: blobs[tree.blobs[path]] if path in tree.blobs else None for path in paths}

    async def _blobs(self, blob_ids: Iterable[str]) -> dict[str, FileAt]:
        # https://docs.github.com/en/rest/git/blobs#get-a-blob
        return await gathered(self._blob, blob_ids)

    async def _blob(self, blob: str) -> FileAt:
        target = f"{self._path}/git/blobs/{segment(blob)}"
        try:
            answer = await self._access.get(target, kind="blob", headers=_RAW, limit=BLOB_LIMIT)
        except TooLargeError:
            return FileAt(blob=blob, content=None, reason=f"it is larger than {ByteSize(BLOB_LIMIT)}")
        if answer.status != 200:
            raise HostUnavailable(f"{answer.request} was answered {answer.status}, though a tree names that blob")
        data = content(answer)
        if not is_blob(blob, data):
            raise malformed(answer, "other bytes than those of the blob")
        return FileAt(blob=blob, content=data)


def is_file(entry: EntryNode) -> bool:
    """Whether *entry* is a file, and no link, folder or submodule."""
    return entry.type == "blob" and entry.mode != _LINK


def text_of(entry: EntryNode) -> FileAt | None:
    """The file of *entry*, where its text is all of it to the last byte; None where the blob must be read."""
    blob = entry.object or BlobNode()
    if blob.text is None or blob.is_truncated or blob.is_binary:
        return None
    data = blob.text.encode()
    return FileAt(blob=entry.oid, content=data) if is_blob(entry.oid, data) else None
