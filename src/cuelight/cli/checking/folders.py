"""Which files of a folder hold descriptors: those that are called so, and those that say so."""

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from cuelight.errors import InputError, NotFoundError
from cuelight.repositories.plan import declares

MOST_FILES: Final = 20_000
"""Files that one check looks at."""
LARGEST: Final = 5 * 1024**2
"""Bytes of a file that is read, as of a code host's."""
_CALLED: Final = ("catalog-info*.yaml", "catalog-info*.yml")
_YAML: Final = (".yaml", ".yml")
_PASSED_OVER: Final = frozenset({"node_modules", "__pycache__"})


def descriptors(places: Sequence[Path]) -> list[Path]:
    """The files that *places* name, and of folders those that hold descriptors; in order, each once.

    NotFoundError for a place that is not there, InputError for one that is neither file nor folder, and for a folder that
    cannot be read or has too many files.
    """
    found: dict[Path, None] = {}
    for place in places:
        if not place.exists():
            raise NotFoundError(f"there is no {place}; name a file, a folder or a URL")
        if not place.is_dir() and not place.is_file():
            raise InputError(f"{place} is neither a file nor a folder; standard input is called -")
        found.update(dict.fromkeys(_in_folder(place) if place.is_dir() else [place]))
    return list(found)


def files_below(folder: Path) -> Iterator[Path]:
    """Every file below *folder* that no dot hides, in order; InputError past the limit, and where it cannot be read.

    Folders below it that cannot be read are left out: a checkout may hold the data of a service that somebody else runs.
    """

    def refuse(error: OSError) -> None:
        if error.filename == str(folder):
            raise InputError(f"{folder} cannot be read: {error.strerror}; mend its permissions") from error

    count = 0
    for root, folders, names in os.walk(str(folder), onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _PASSED_OVER)
        for name in sorted(names):
            count += 1
            if count > MOST_FILES:
                raise InputError(f"{folder} has more than {MOST_FILES} files; name the folders that hold descriptors")
            yield Path(root, name)


def _in_folder(folder: Path) -> Iterator[Path]:
    return (path for path in files_below(folder) if path.suffix in _YAML and path.is_file() and _is_descriptor(path))


def _is_descriptor(path: Path) -> bool:
    if any(fnmatch(path.name, pattern) for pattern in _CALLED):
        return True
    try:
        return path.stat().st_size <= LARGEST and declares(path.read_bytes())
    except OSError:
        return False
