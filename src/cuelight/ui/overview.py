"""What the home page shows, as values: rendered as HTML by the template, as JSON by its twin."""

from collections.abc import Sequence
from urllib.parse import quote

import msgspec

from cuelight.catalog.queries import (
    Change,
    Counts,
    Freshness,
    Problem,
    count_catalog,
    list_changes,
    list_problems,
    measure_freshness,
)
from cuelight.clock import isoformat
from cuelight.db import Database
from cuelight.journal.queries import DeliverySummary, list_deliveries
from cuelight.ui.words import web_link

SHOWN_CHANGES = 16
SHOWN_DELIVERIES = 16
SHOWN_PROBLEMS = 5
MOST_PATHS = 4
"""Changed fields that a row names; the rest is a number."""


class KindLine(msgspec.Struct, frozen=True):
    """A kind and how many entities it has."""

    kind: str
    count: int


class FreshnessLine(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds from cause to visible, over `changes` changes; None where there was none."""

    changes: int
    p50: float | None
    p95: float | None


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change. `address` leads to its entity, or to itself; `hidden_paths` counts those that `paths` leaves out."""

    sequence: int
    entity_ref: str
    address: str
    action: str
    paths: Sequence[str]
    hidden_paths: int
    at: str
    commit: str | None
    author: str | None
    milliseconds: float | None


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery and what became of it."""

    id: str
    at: str
    integration: str
    event: str
    subject: str | None
    state: str
    reason: str | None


class ProblemLine(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A problem; `link` is the file's page where that is a web address, `place` what a person calls it."""

    key: str
    entity_ref: str
    level: str
    message: str
    place: str | None
    link: str | None
    since: str


class Overview(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The home page."""

    entities: int
    kinds: Sequence[KindLine]
    errors: int
    warnings: int
    held_back: int
    freshness: FreshnessLine
    changes: Sequence[ChangeLine]
    deliveries: Sequence[DeliveryLine]
    problems: Sequence[ProblemLine]


async def read_overview(db: Database) -> Overview:
    """What there is to show now."""
    counts: Counts = await count_catalog(db)
    return Overview(
        entities=counts.entities,
        kinds=[KindLine(each.kind, each.count) for each in counts.kinds],
        errors=counts.errors,
        warnings=counts.warnings,
        held_back=counts.held_back,
        freshness=_freshness(await measure_freshness(db)),
        changes=[_change(each) for each in await list_changes(db, limit=SHOWN_CHANGES)],
        deliveries=[_delivery(each) for each in await list_deliveries(db, limit=SHOWN_DELIVERIES)],
        problems=[_problem(each) for each in await list_problems(db, limit=SHOWN_PROBLEMS)],
    )


def _freshness(measured: Freshness) -> FreshnessLine:
    return FreshnessLine(changes=measured.changes, p50=_milliseconds(measured.p50), p95=_milliseconds(measured.p95))


def _milliseconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1_000


def _change(change: Change) -> ChangeLine:
    cause = change.cause
    return ChangeLine(
        sequence=change.sequence,
        entity_ref=change.entity_ref,
        address=_address(change),
        action=change.action,
        paths=change.paths[:MOST_PATHS],
        hidden_paths=max(0, len(change.paths) - MOST_PATHS),
        at=isoformat(change.at),
        commit=cause.commit if cause else None,
        author=cause.author if cause else None,
        milliseconds=_milliseconds(change.lag),
    )


def _address(change: Change) -> str:
    """Where there is more to read, relative to the home page: what was deleted is served no more, but told by its change."""
    if change.action == "deleted":
        return f"api/cuelight/v1/changes/{change.sequence}"
    kind, _, rest = change.entity_ref.partition(":")
    namespace, _, name = rest.partition("/")
    return f"api/catalog/entities/by-name/{quote(kind)}/{quote(namespace)}/{quote(name)}"


def _delivery(delivery: DeliverySummary) -> DeliveryLine:
    return DeliveryLine(
        id=delivery.id,
        at=isoformat(delivery.received_at),
        integration=delivery.integration,
        event=delivery.event,
        subject=delivery.subject,
        state=delivery.state,
        reason=delivery.reason,
    )


def _problem(problem: Problem) -> ProblemLine:
    return ProblemLine(
        key=f"{problem.key.entity_id}/{problem.key.position}",
        entity_ref=problem.entity_ref,
        level=problem.level,
        message=problem.message,
        place=_place(problem),
        link=web_link(problem.url),
        since=isoformat(problem.key.since),
    )


def _place(problem: Problem) -> str | None:
    """The file and the line as a person reads them: without the scheme."""
    if problem.url is None:
        return None
    place = problem.url.removeprefix("https://")
    return place if problem.line is None else f"{place}:{problem.line}"
