"""`backend.fetch`: how much we ask of a code host, and how much of its answers we take; `backend.reading`: what else is read."""

import re
from collections.abc import Sequence
from typing import Final

from cuelight.options import ByteSize, Duration, Section

_HOST: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")


class FetchSection(Section, frozen=True):
    """Limits of requests to code hosts.

    `connect_timeout` is for a connection to stand, `timeout` for the whole of a request, once it has its turn;
    `response_limit` is one answer, unpacked; `concurrency` the requests that one host gets at one time.
    """

    connect_timeout: Duration = Duration(5)
    timeout: Duration = Duration(30)
    response_limit: ByteSize = ByteSize(25 * 1024**2)
    concurrency: int = 16

    def __post_init__(self) -> None:
        if self.concurrency < 1 or not self.timeout or not self.connect_timeout:
            raise ValueError("concurrency and both time-outs must be more than 0, or nothing is ever asked")


class AllowedHost(Section, frozen=True):
    """A host that locations may name although no integration serves it, as Backstage has it.

    `host` is a name, `*.example.org` for those below it, or an address; behind a colon a port, or two with a dash between:
    without one it is the usual port of http and https. `paths` are beginnings of paths; none stands for all. `private` (ours
    alone) says that the host is meant to be one of a private network, or this machine: else only public addresses are read.
    """

    host: str
    paths: Sequence[str] = ()
    private: bool = False

    def __post_init__(self) -> None:
        name, low, high = self._parts
        if not _HOST.fullmatch(name) or "*" in name[1:]:
            raise ValueError(
                f"host {self.host[:80]!r} is no host; write example.com, *.example.com or example.com:8443"
            )
        if low is not None and not 0 < low <= (high or 0) < 65536:
            raise ValueError(f"host {self.host[:80]!r} names no ports; write example.com:8443 or example.com:8000-8999")
        if any(not path.startswith("/") for path in self.paths):
            raise ValueError("paths begin with a slash: /catalog/")

    @property
    def name(self) -> str:
        """The host without its ports, in lower case and without brackets."""
        return self._parts[0].strip("[]").lower()

    @property
    def ports(self) -> tuple[int, int] | None:
        """The first and the last port; None for the usual ones."""
        _, low, high = self._parts
        return None if low is None or high is None else (low, high)

    @property
    def _parts(self) -> tuple[str, int | None, int | None]:
        name, colon, ports = self.host, "", ""
        if not self.host.endswith("]"):
            name, colon, ports = self.host.rpartition(":") if ":" in self.host else (self.host, "", "")
        if not colon:
            return name, None, None
        match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", ports)
        return (name, int(match[1]), int(match[2] or match[1])) if match else (name, 0, 0)


class ReadingSection(Section, frozen=True):
    """What may be read outside of the configured hosts."""

    allow: Sequence[AllowedHost] = ()
