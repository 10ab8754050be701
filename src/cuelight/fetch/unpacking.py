"""Unpacking what comes in packed, a bounded piece at a time: a small answer may stand for a very large one."""

import zlib
from typing import Final

from cuelight.errors import HostUnavailable

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})


class Unpacking:
    """Unpacks one answer, of which no more than *limit* bytes and one are ever made."""

    def __init__(self, coding: str, limit: int, request: str) -> None:
        """HostUnavailable for a *coding* (as in `Content-Encoding`) that was not asked for."""
        word = coding.strip().lower()
        if word not in _PACKED and word not in {"", "identity"}:
            raise HostUnavailable(
                f"{request} was answered in {word[:40]!r}, which was not asked for; it is asked again later"
            )
        self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB) if word in _PACKED else None
        self._left = limit + 1
        self._request = request

    def feed(self, piece: bytes) -> bytes:
        """What *piece* holds; HostUnavailable where it is broken."""
        if self._unpack is None:
            return self._counted(piece)
        try:
            return self._counted(self._unpack.decompress(piece, self._left) if self._left else b"")
        except zlib.error as error:
            raise HostUnavailable(f"{self._request} was answered with what cannot be unpacked: {error}") from error

    def finish(self) -> None:
        """HostUnavailable where the end of what was packed is missing: the half of a page is none."""
        if self._unpack is not None and self._left and not self._unpack.eof:
            raise HostUnavailable(
                f"{self._request} was answered with the beginning of an answer; it is asked again later"
            )

    def _counted(self, piece: bytes) -> bytes:
        self._left -= min(len(piece), self._left)
        return piece
