"""Entities as numbers: a bitmap holds small ones best."""

from collections.abc import Iterable, Sequence
from itertools import count


class Numbers:
    """A number for each id, the same one for good; ids may be told on several threads at once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._next = count()

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, ids: Iterable[str]) -> Sequence[int]:
        """The numbers of *ids*, in their order."""
        known = self._numbers
        return [known[each] if each in known else self._given(each) for each in ids]

    def _given(self, entity_id: str) -> int:
        return self._numbers.setdefault(entity_id, next(self._next))  # one step, whichever thread comes first
