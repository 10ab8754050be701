"""Entities as numbers: a bitmap holds small ones best."""

from collections.abc import Sequence
from itertools import count


class Numbers:
    """A number for each id, the same one for good; ids may be told on several threads at once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._next = count()

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, ids: Sequence[str]) -> Sequence[int]:
        """The numbers of *ids*, in their order."""
        return [
            self._given(each) if number is None else number
            for each, number in zip(ids, map(self._numbers.get, ids), strict=True)
        ]

    def _given(self, entity_id: str) -> int:
        return self._numbers.setdefault(entity_id, next(self._next))  # one step, whichever thread comes first
