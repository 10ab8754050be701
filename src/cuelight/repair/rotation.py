"""The rotation: what is looked at only a few at a time, so that its cost has a bound however many there are."""

from collections.abc import Mapping, Sequence


class Rotation:
    """Takes at most *count* of each host's rows, those that follow the ones it took before, and then begins again."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._last: dict[str, str] = {}

    def take(self, rows: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Whose turn it is of *rows*, the ids by host, which are in order."""
        return {host: self._next(host, row_ids) for host, row_ids in rows.items() if row_ids}

    def _next(self, host: str, row_ids: Sequence[str]) -> list[str]:
        last = self._last.get(host, "")
        later = [row_id for row_id in row_ids if row_id > last]
        earlier = [row_id for row_id in row_ids if row_id <= last]
        taken = [*later, *earlier][: self._count]
        self._last[host] = taken[-1]
        return taken
