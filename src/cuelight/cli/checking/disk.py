"""Files on a disk as processing reads them. They are addressed as `disk:///folder/file`; everything else is elsewhere."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cuelight.catalog.reader import Absent, Answer, File, Found, Unreadable
from cuelight.cli.checking.folders import LARGEST, files_below
from cuelight.errors import InputError
from cuelight.options import ByteSize
from cuelight.repositories.plan import is_glob
from cuelight.scm import Customs, Globs, Place, Urls

SCHEME: Final = "disk://"
NOT_HERE: Final = "it is not on this disk, and was not read; a server reads it: --server"
"""Why something is unknown here."""
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def address(path: Path) -> str:
    """How *path* is addressed."""
    return f"{SCHEME}{path.absolute().as_posix()}"


def path_at(url: str) -> Path | None:
    """The path that *url* addresses; None where that is not on this disk."""
    return Path(url.removeprefix(SCHEME)) if url.startswith(SCHEME) else None


class DiskUrls:
    """How a disk spells its addresses; implements `cuelight.scm.Urls`. No repository is at any of them."""

    customs = Customs()

    def place(self, _url: str) -> Place | None:
        """None: a place is on a code host."""
        return None

    def flaw(self, _url: str) -> str | None:
        """None: a disk is no host."""
        return None

    def blob(self, web_url: str, _branch: str, path: str) -> str:
        """The address of the file at *path* below *web_url*."""
        return f"{web_url}/{path}"

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*; a leading slash means the root of the repository that it is in."""
        folder = path_at(base)
        if folder is None or _ABSOLUTE.match(url):
            return url
        start = _root(folder.parent) if url.startswith("/") else folder.parent
        return f"{SCHEME}{posixpath.normpath(posixpath.join(start.as_posix(), url.lstrip('/')))}"

    def edit(self, _url: str) -> str | None:
        """None: there is no page for it."""
        return None

    def source(self, url: str) -> str:
        """The folder of the file at *url*."""
        return self.resolve(".", url)


DISK_URLS: Final = DiskUrls()


def urls_of(url: str) -> Urls | None:
    """How *url* is spelt; None where it is not on this disk."""
    return None if path_at(url) is None else DISK_URLS


class Disk:
    """Implements `cuelight.catalog.rehearsal.Gatherer` over this disk. *held* are contents that only seem to be there."""

    def __init__(self, held: Mapping[Path, bytes] | None = None) -> None:
        self._held = held or {}

    def content(self, path: Path) -> bytes:
        """What *path* holds; OSError where it cannot be read."""
        return self._held[path] if path in self._held else path.read_bytes()

    def key(self, url: str) -> str:
        """*url* itself."""
        return f"url:{url}"

    def resolve(self, url: str, base: str) -> str:
        """*url* as meant inside the file at *base*."""
        return DISK_URLS.resolve(url, base)

    async def gather(self, urls: Sequence[str]) -> Mapping[str, Answer]:
        """What each of *urls* names."""
        return {url: self._read(url) for url in urls}

    def _read(self, url: str) -> Answer:
        path = path_at(url)
        if path is None:
            return Unreadable(reason=NOT_HERE)
        if path in self._held:
            return Found(files=(File(url=url, content=self._held[path]),))
        if is_glob(path.as_posix()) and not path.exists():
            return _several(path)
        return _found([path]) if path.is_file() else Absent(reason=f"there is no file {path}")


def _several(pattern: Path) -> Answer:
    """The files that *pattern*, which holds globs, stands for."""
    fixed = next(parent for parent in pattern.parents if not is_glob(parent.as_posix()))
    globs = Globs([pattern.relative_to(fixed).as_posix()])
    try:
        found = [path for path in files_below(fixed) if globs.matches(path.relative_to(fixed).as_posix())]
    except InputError as error:
        return Unreadable(reason=error.message)
    return _found(found) if found else Absent(reason=f"there is no file like {pattern}")


def _found(paths: Sequence[Path]) -> Answer:
    files = []
    for path in paths:
        try:
            if path.stat().st_size > LARGEST:
                return Unreadable(reason=f"{path} is larger than {ByteSize(LARGEST)}")
            files.append(File(url=address(path), content=path.read_bytes()))
        except OSError as error:
            return Unreadable(reason=f"{path} cannot be read: {error.strerror}")
    return Found(files=tuple(files))


def _root(folder: Path) -> Path:
    """The root of the repository that *folder* is in; *folder* where it is in none."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
