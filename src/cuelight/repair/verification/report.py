"""What a verification found: how much of the catalog it could check, where that differs, and why."""

from collections.abc import Sequence
from typing import Literal

import msgspec

LISTED = 1_000
"""Items of a list in a report; the counts are of all."""


class Item(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One difference: of which `part`, of what (`subject`), what should be and what is (None: nothing).

    `reason` says it in a sentence. `explained_by` is the row that makes it no drift; `repository` the one behind it.
    """

    part: Literal["head", "source", "ref", "entity"]
    subject: str
    expected: str | None
    actual: str | None
    reason: str
    repository: str | None = None
    explained_by: str | None = None


class Unchecked(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A repository of which nothing can be said, or a provider whose list could not be read; and why."""

    repository: str
    reason: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Over what the report speaks, in tracked branches.

    `checked` are as their hosts show them now, those that are `excluded` by the filters or `gone` included; of `unknown`
    ones the host said nothing, and `moving` ones changed while they were looked at. The providers whose lists could not be
    read are `unlisted`, and count as `unknown` too: what only such a list has could not be checked.
    """

    checked: int
    excluded: int
    gone: int
    entities: int
    unknown: Sequence[Unchecked]
    unknown_count: int
    moving: Sequence[str]
    unlisted: Sequence[str] = ()


class Repaired(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What was done about the drift that was found first: so many repositories and entities were looked at again.

    `unfinished` repositories were not settled in time.
    """

    drift: int
    repositories: int
    entities: int
    unfinished: int


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of a verification; it holds for the time between its two instants (ISO 8601).

    `drift` is what differs and nothing explains; `explained` what a row explains. Each list has the first `LISTED`, the
    counts are of all. `digest` is that of the picture that is expected: see `comparison.digest`.
    """

    started_at: str
    finished_at: str
    digest: str
    drift_count: int
    drift: Sequence[Item]
    explained_count: int
    explained: Sequence[Item]
    coverage: Coverage
    repaired: Repaired | None = None
