"""One process holds a SQLite file: a lock beside it, which the kernel lets go when the process dies."""

import fcntl
import os
from pathlib import Path

from cuelight.errors import ConfigurationError


class FileLock:
    """The lock beside *path* (`<path>.lock`), held from construction to `release`.

    ConfigurationError where another process holds it, naming that process.
    """

    def __init__(self, path: Path) -> None:
        self._file = Path(f"{path}.lock").open("a+", encoding="ascii")  # noqa: SIM115 -- held for as long as the lock
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = self._holder()
            self._file.close()
            raise ConfigurationError(
                f"{path} is held by another process{holder}; one process at a time may use a SQLite file: "
                "stop that one, or set backend.database.url to a file of its own or to postgresql://…"
            ) from None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    @classmethod
    def on(cls, path: Path) -> "FileLock":
        """The lock of the file at *path*, whose folder is made; ConfigurationError also where that cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(path)
        except OSError as error:
            raise ConfigurationError(
                f"the database's folder {path.parent.resolve()} cannot be written: {error.strerror}; "
                "mend its permissions, or name another file in backend.database.url"
            ) from error

    def release(self) -> None:
        """Let the file go."""
        self._file.close()

    def _holder(self) -> str:
        self._file.seek(0)
        pid = self._file.read(20).strip()
        return f" (pid {pid})" if pid.isdigit() else ""
