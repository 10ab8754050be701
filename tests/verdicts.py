"""What Backstage says of the documents of the corpus, and `docs/descriptors.toml`: where we say something else, and why."""

import json
import tomllib
from collections.abc import Collection, Iterable
from typing import Final, Literal

import msgspec

from tests.corpus import ROOT, corpus

FILE: Final = ROOT / "docs" / "descriptors.toml"
SHARE: Final = 0.98
"""Of all documents, how many must get the verdict of Backstage."""

Way = Literal["model", "engine", "validate"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What Backstage says of document `number` (from 1) of a file; the `ref` where it could be named, an `error` where not accepted."""

    file: str
    number: int = msgspec.field(name="doc")
    result: Literal["accepted", "rejected", "unknown-kind", "yaml-error"]
    ref: str | None = None
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it is an entity."""
        return self.result == "accepted"


class Otherwise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document that gets another verdict on one way, with the one that it gets from Backstage."""

    file: str
    number: int
    way: Way
    verdict: str
    reason: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    document: list[Otherwise] = []


def verdicts() -> list[Verdict]:
    """Every document's."""
    return msgspec.convert(json.loads(corpus("descriptors", "verdicts.json").read_bytes()), list[Verdict])


def judge(way: Way, unlike: Iterable[Verdict]) -> None:
    """Fail unless the documents that are *unlike* are those of the list, and few."""
    found = {(each.file, each.number, each.result) for each in unlike}
    assert found == {(each.file, each.number, each.verdict) for each in _listed() if each.way == way}
    assert len(found) <= (1 - SHARE) * len(verdicts())


def _listed() -> Collection[Otherwise]:
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), _File).document
