"""The bytes of descriptors, on their way from the host into rows."""

import asyncio
import zlib
from collections.abc import Mapping, Sequence

import msgspec

from cuelight.errors import HostUnavailable
from cuelight.scm import FileAt, Host, Repository

MANY = 50
"""Files from which contents are compressed in a thread."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a blob holds, under zlib; or why it was not read (it is past the size limit)."""

    blob: str
    packed: bytes | None
    reason: str | None = None


async def read(host: Host, repository: Repository, commit: str, paths: Sequence[str]) -> dict[str, FileAt]:
    """The files at *paths*, which the tree of *commit* has. HostUnavailable where the host says now that one is missing."""
    if not paths:
        return {}
    answer = await host.files(repository, commit, paths)
    found = {path: file for path, file in answer.items() if file is not None}
    missing = set(paths) - found.keys()
    if missing:
        raise HostUnavailable(
            f"{repository.full_name} lists {min(missing)} at {commit}, and does not give it; it is asked again later"
        )
    return found


async def packed(files: Mapping[str, FileAt]) -> dict[str, Content]:
    """*files* as they are stored."""
    return await asyncio.to_thread(_packed, files) if len(files) > MANY else _packed(files)


def _packed(files: Mapping[str, FileAt]) -> dict[str, Content]:
    return {
        path: Content(
            blob=file.blob,
            packed=None if file.content is None else zlib.compress(file.content, 1),
            reason=file.reason,
        )
        for path, file in files.items()
    }
