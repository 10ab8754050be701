"""Is there room on the disk? Asked for every delivery, looked up once a second."""

import os
from pathlib import Path

from cuelight.clock import Clock
from cuelight.errors import ServiceUnavailableError

REMEMBERED = 1.0
"""Seconds for which a look is good."""


class Disk:
    """The file system that holds *folder*, of which *minimum_free* bytes are to stay free."""

    def __init__(self, folder: Path, minimum_free: int, clock: Clock) -> None:
        self._folder = folder
        self._minimum_free = minimum_free
        self._clock = clock
        self._looked = float("-inf")
        self._free = 0

    def require_room(self) -> None:
        """ServiceUnavailableError where too little is free."""
        if self._clock.monotonic() - self._looked >= REMEMBERED:
            status = os.statvfs(self._folder)
            self._free = status.f_bavail * status.f_frsize
            self._looked = self._clock.monotonic()
        if self._free < self._minimum_free:
            raise ServiceUnavailableError(
                f"{self._free} bytes are free where the journal is, and {self._minimum_free} are to stay free "
                "(backend.ingress.minimumFreeDisk); make room, deliveries are refused until then",
                retry_after=30,
            )
