"""What may be wrong with the URL of a location, where the server's words for it, which are Backstage's, say little."""

from typing import Final
from urllib.parse import urlsplit

from cuelight.errors import InputError

_INCORRECT: Final = "Incorrect URL"
"""What the server says of an address on a code host that is no file's."""


def mended(error: InputError, target: str) -> InputError:
    """*error* over *target*, with what to do about it where that is known."""
    if f"{_INCORRECT}: {target}" not in error.message:
        return error
    return InputError(f"{error.message}: it names no file; give the page of one, like {_page(target)}")


def _page(target: str) -> str:
    """The page on which the descriptor usually is of the repository that *target* is about."""
    parts = urlsplit(target)
    owner, name = [*filter(None, parts.path.split("/")), "<owner>", "<repository>"][:2]
    repository = name.removesuffix(".git")
    return f"{parts.scheme}://{parts.netloc}/{owner}/{repository}/blob/<branch>/catalog-info.yaml"
