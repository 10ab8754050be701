"""What a run of the pipeline came to."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from cuelight.catalog.ownership import Offer
from cuelight.catalog.problem import Problem
from cuelight.model import Relation, stable_hash


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Which earlier children stay although this run did not emit them, because their file could not be read.

    `read`: location keys of files that were read to their end, so what they lack is gone. `unread`: refresh keys of
    files that were not; `blind`: some target stands for any number of files, and those are not known.
    """

    read: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    blind: bool = False

    def keeps(self, location_key: str | None, key: Callable[[str], str]) -> bool:
        """Whether a child with *location_key* stays; *key* gives the refresh key of a URL."""
        if location_key is None or location_key in self.read:
            return False
        kind, _, target = location_key.partition(":")
        return self.blind or key(target if kind == "url" else location_key) in self.unread


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`processed` is the entity as JSON, None where it failed: then only `problems` and `keys` count.

    `seen` has, by URL, the fingerprint of what was read. `wanted` are URLs that the reader must get; `again`: an error
    that may pass, so try again without being woken.
    """

    processed: str | None
    problems: Sequence[Problem] = ()
    relations: Sequence[Relation] = ()
    children: Sequence[Offer] = ()
    keys: frozenset[str] = frozenset()
    seen: Mapping[str, str] = {}
    wanted: Sequence[str] = ()
    retention: Retention = Retention()
    again: bool = False

    def hash(self) -> str:
        """Equal for outcomes that would write the same."""
        return stable_hash(
            (
                self.processed,
                self.problems,
                sorted((relation.source, relation.type, relation.target) for relation in self.relations),
                sorted((child.ref, child.digest, child.location_key or "") for child in self.children),
                sorted(self.keys),
                (sorted(self.retention.read), sorted(self.retention.unread), self.retention.blind),
            )
        )
