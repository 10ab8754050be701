"""The pages' own files: styles, modules, icons. Read once at start; each is also there under a name with its hash."""

import hashlib
from collections.abc import Mapping
from importlib import resources
from pathlib import PurePosixPath

import msgspec

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A file: its bytes, its media type, and a name that changes whenever they do (`home.3f9a0c12.css`)."""

    name: str
    hashed_name: str
    content: bytes
    media_type: str


def read_assets() -> Mapping[str, Asset]:
    """Every file of `static/`, by its name."""
    folder = resources.files("cuelight.ui") / "static"
    files = (file for file in folder.iterdir() if PurePosixPath(file.name).suffix in MEDIA_TYPES)
    return {file.name: _asset(file.name, file.read_bytes()) for file in files}


def _asset(name: str, content: bytes) -> Asset:
    path = PurePosixPath(name)
    digest = hashlib.blake2b(content, digest_size=6).hexdigest()
    return Asset(
        name=name,
        hashed_name=f"{path.stem}.{digest}{path.suffix}",
        content=content,
        media_type=MEDIA_TYPES[path.suffix],
    )
