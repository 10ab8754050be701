"""The bytes of a file that the configuration is made of, under a limit."""

from pathlib import Path
from typing import Final

MAX_BYTES: Final = 1024 * 1024


class UnfitFileError(Exception):
    """A file that cannot be read, or is too large; its text says which, and follows the file's name."""


def content_of(path: Path) -> bytes:
    """What is in the file at *path*; UnfitFileError where it cannot be had."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnfitFileError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UnfitFileError(f"cannot be read: {error}") from error  # a null byte in its name
    if len(content) > MAX_BYTES:
        raise UnfitFileError(f"is larger than {MAX_BYTES // 1024} KiB")
    return content
