"""What a blob's id says of its content: Git's ids are hashes. Pure."""

import hashlib


def blob_id(data: bytes, *, like: str) -> str:
    """The id that Git gives a file of these bytes, in a repository whose ids are as long as *like*."""
    algorithm = "sha256" if len(like) == 64 else "sha1"
    return hashlib.new(algorithm, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def is_blob(blob: str, data: bytes) -> bool:
    """Whether Git's id *blob* is that of these bytes. An id of another form is none of Git's: that says nothing, so no."""
    return blob_id(data, like=blob) == blob
