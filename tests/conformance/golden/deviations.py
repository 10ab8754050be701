"""`docs/deviations.toml`: where we answer otherwise than Backstage did, on purpose."""

import tomllib
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec

from tests.conformance.golden.recording import Difference
from tests.corpus import ROOT

FILE: Final = ROOT / "docs" / "deviations.toml"
MOST: Final = 15
"""How many cases may deviate."""


class Deviation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field of one case. `field` covers what is below it: `body` the whole body, `body[3]` one item of a list."""

    case: str
    field: str
    kind: Literal["backstage-5xx", "lost-update", "stale", "better-error"] = msgspec.field(name="class")
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Tell whether *difference* is what this is about."""
        below = difference.field.removeprefix(self.field)
        inside = difference.field.startswith(self.field) and below[:1] in {"", ".", "["}
        return inside and difference.case == self.case


class _File(msgspec.Struct, forbid_unknown_fields=True):
    deviation: list[Deviation] = []


def deviations() -> Sequence[Deviation]:
    """All of them; a validation error where one has another class than the four, or a field that nobody reads."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), _File).deviation


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a list of deviations: differences that none covers, and entries that cover none."""

    unlisted: Sequence[Difference] = ()
    idle: Sequence[Deviation] = ()

    def __str__(self) -> str:
        lines = [f"differs: {one}" for one in self.unlisted]
        lines += [f"differs no longer: {one.case} {one.field}" for one in self.idle]
        return "\n".join(lines)


def judge(found: Iterable[Difference], listed: Sequence[Deviation]) -> Judgement:
    """Hold what was *found* against what is *listed*."""
    differences = sorted(found)
    return Judgement(
        unlisted=[one for one in differences if not any(each.covers(one) for each in listed)],
        idle=[each for each in listed if not any(each.covers(one) for one in differences)],
    )
