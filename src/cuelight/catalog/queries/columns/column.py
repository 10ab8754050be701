"""One search key: its values as they are spelled, each with the entities that have it. Pure; what is here never changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec
from pyroaring import BitMap, FrozenBitMap

MOST_SPELLINGS = 10_000
"""Of a key that has more, only its entities are kept: its values are as good as unique, and an index finds these."""
_PER_SPELLING = 400
"""Bytes of a bitmap, its spelling and their places in dictionaries."""

Entities: TypeAlias = FrozenBitMap
"""Numbers of entities."""
Words = Mapping[str, Mapping[str, Entities]]
"""By value, then by spelling."""

NOBODY = Entities()


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """`words`: None where they are too many. `present`: whoever has a row; `valued`: whoever has a value."""

    words: Words | None
    present: Entities
    valued: Entities

    @property
    def spellings(self) -> int:
        """How many there are, at least."""
        return 0 if self.words is None else len(self.words)

    @property
    def size(self) -> int:
        """Bytes that it takes, more or less: a bitmap has two for each of few entities, and an eighth for each of many."""
        return _PER_SPELLING * (1 + self.spellings) + 2 * len(self.valued) + len(self.present) // 4

    def having(self, values: Iterable[str]) -> Entities | None:
        """Whoever has one of *values*; None where that is not known."""
        if self.words is None:
            return None
        return _union(each for value in values for each in self.words.get(value, {}).values())

    def between(self, first: str, end: str) -> Entities | None:
        """Whoever has a value from *first* to before *end*; None where that is not known."""
        if not first:
            return self.valued
        return None if self.words is None else self.having(value for value in self.words if first <= value < end)

    def counts(self, among: Entities | None) -> Iterator[tuple[str, int]]:
        """Spellings and how many have each, of all entities or of those *among* which one looks; none that nobody has."""
        for spelled in (self.words or {}).values():
            for spelling, entities in spelled.items():
                count = len(entities) if among is None else entities.intersection_cardinality(among)
                if count:
                    yield spelling, count

    def changed(self, entities: Entities, now: "Column") -> "Column":
        """What becomes of it when *entities* have only the rows of the column *now*."""
        words = None if self.words is None or now.words is None else _merged(self.words, entities, now.words)
        return Column(
            words=words if words is not None and len(words) <= MOST_SPELLINGS else None,
            present=(self.present - entities) | now.present,
            valued=(self.valued - entities) | now.valued,
        )


class Builder:
    """Puts a column together out of its rows, so that each slice of them costs the same."""

    def __init__(self) -> None:
        self._present = BitMap()
        self._valued = BitMap()
        self._words: dict[tuple[str, str], BitMap] | None = {}

    def add(self, values: Sequence[str | None], originals: Sequence[str | None], numbers: Sequence[int]) -> None:
        """Take in rows: of each its value, the original of that, and the number of its entity."""
        self._present.update(numbers)
        self._valued.update([number for value, number in zip(values, numbers, strict=True) if value is not None])
        if self._words is None:
            return
        for word, having in _spelled(values, originals, numbers).items():
            self._words.setdefault(word, BitMap()).update(having)
        if len(self._words) > MOST_SPELLINGS:
            self._words = None

    def column(self) -> Column:
        """All rows that came."""
        words: dict[str, dict[str, Entities]] = {}
        for (value, original), having in (self._words or {}).items():
            words.setdefault(value, {})[original] = Entities(having)
        return Column(
            words=None if self._words is None else words,
            present=Entities(self._present),
            valued=Entities(self._valued),
        )


def _spelled(
    values: Sequence[str | None], originals: Sequence[str | None], numbers: Sequence[int]
) -> Mapping[tuple[str, str], Sequence[int]]:
    """*numbers* by spelling: in the order of the index, many follow each other that have the same."""
    words: dict[tuple[str, str], list[int]] = {}
    last: tuple[str, str] | None = None
    having: list[int] = []
    for value, original, number in zip(values, originals, numbers, strict=True):
        if value is None or original is None:
            continue
        if (value, original) != last:
            last = value, original
            having = words.setdefault(last, [])
        having.append(number)
    return words


def _union(several: Iterable[Entities]) -> Entities:
    each = list(several)
    return each[0] if len(each) == 1 else NOBODY.union(*each)


def _merged(words: Words, entities: Entities, now: Words) -> Words:
    """*words*, of which *entities* have only those of *now*."""
    merged = {value: left for value, spelled in words.items() if (left := _without(spelled, entities))}
    for value, spelled in now.items():
        before = merged.get(value, {})
        merged[value] = {**before, **{word: each | before.get(word, NOBODY) for word, each in spelled.items()}}
    return merged


def _without(spelled: Mapping[str, Entities], entities: Entities) -> Mapping[str, Entities]:
    if not any(each.intersect(entities) for each in spelled.values()):
        return spelled
    return {word: left for word, each in spelled.items() if (left := each - entities)}
