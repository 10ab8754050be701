"""What becomes of what somebody let go of: it goes, or it waits, because something may name it again or it is too much.

The brake counts what a provider loses, whatever let go of it: what was deleted within the window, what is held back,
and what would go now, out of all that it has or had. What somebody approved is not counted again; what is held back
counts as many as it was when it was.
"""

from collections.abc import Collection

from sqlalchemy import Select, bindparam, func, literal, or_, select

from cuelight.catalog.brake import Brake, brake_in_force
from cuelight.catalog.cause import Cause
from cuelight.catalog.documents import provider_source
from cuelight.catalog.ownership.departure import Departure, Judgement
from cuelight.catalog.ownership.waking import NEVER
from cuelight.catalog.tables import DELETIONS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.db import Reading, Statement

MOVING = Judgement(state="moving", reason="something with the same cause is still to be processed, and may name it")

_STATE = REFRESH_STATE.c
DUE_BY_CAUSE = Statement(
    select(_STATE.entity_ref)
    .where(
        _STATE.cause == bindparam("cause"),
        _STATE.reconcile.is_not_distinct_from(bindparam("reconcile")),
        _STATE.due_at < NEVER,
        or_(_STATE.due_at <= bindparam("now"), _STATE.claim_id.is_not(None)),
    )
    .limit(bindparam("limit"))
)
DELETED = Statement(
    select(func.count().label("n")).where(
        DELETIONS.c.provider == bindparam("provider"),
        DELETIONS.c.state == "done",
        DELETIONS.c.ended_at > bindparam("since"),
    )
)
HELD = Statement(
    select(func.coalesce(func.sum(DELETIONS.c.entities), 0).label("n")).where(
        DELETIONS.c.provider == bindparam("provider"), DELETIONS.c.state == "held"
    )
)
HELD_ROOTS = Statement(
    select(func.count().label("n")).where(DELETIONS.c.provider == bindparam("provider"), DELETIONS.c.state == "held")
)


def _given() -> Select[tuple[str]]:
    return select(REFRESH_REFERENCES.c.target_ref.label("ref")).where(
        REFRESH_REFERENCES.c.source == bindparam("source")
    )


def _kept() -> Select[tuple[str]]:
    """What moves is not in it: it is what is being judged, or will be."""
    return select(DELETIONS.c.entity_ref).where(
        DELETIONS.c.provider == bindparam("provider"),
        or_(DELETIONS.c.state == "held", DELETIONS.c.state == "restored"),
    )


def _counted(rows: Select[tuple[str]]) -> Select[int]:
    return select(func.count().label("n")).select_from(rows.limit(bindparam("most")).subquery())


def _alive() -> Select[int]:
    """Counting stops at `most`, so it costs as much as what is deleted, and not as the catalog."""
    top = _given().cte("alive", recursive=True)
    below = select(REFRESH_REFERENCES.c.target_ref).where(
        REFRESH_REFERENCES.c.source == literal("entity:").concat(top.c.ref)
    )
    alive = top.union(_kept(), below)
    return _counted(select(alive.c.ref))


ROOTS = Statement(_counted(_given()))
ALIVE_BELOW = Statement(_alive())


async def judge(tx: Reading, departure: Departure) -> Judgement:
    """What becomes of *departure*, whose references are gone already and whose rows are still there."""
    brake = await brake_in_force(tx)
    if brake and (reason := await _announced(tx, departure, brake)):
        return Judgement(state="held", reason=reason)
    if await busy(tx, departure.cause, besides=departure.refs):
        return MOVING
    return await judge_count(tx, departure)


async def judge_count(tx: Reading, departure: Departure) -> Judgement:
    """Whether *departure* is within the brake."""
    brake = await brake_in_force(tx)
    reason = await _too_many(tx, departure, brake) if brake else None
    if reason is not None:
        return Judgement(state="held", reason=reason)
    return Judgement(state="done", reason="its source let go of it")


async def busy(tx: Reading, cause: Cause, *, besides: Collection[str] = ()) -> bool:
    """Whether something is still to be processed because of *cause*, *besides* these refs."""
    parameters = {"cause": cause.id, "reconcile": cause.reconcile, "now": tx.now(), "limit": len(besides) + 1}
    return any(row["entity_ref"] not in besides for row in await tx.fetch(DUE_BY_CAUSE, parameters))


async def _announced(tx: Reading, departure: Departure, brake: Brake) -> str | None:
    """Why *departure* is the beginning of too much; None where it is not, or nothing was announced."""
    announced = departure.announced
    if not announced:
        return None
    parameters = {"source": provider_source(departure.provider), "most": brake.enough(announced)}
    given = await _number(tx, ROOTS, parameters) + len(departure.shares)
    kept = await _number(tx, HELD_ROOTS, {"provider": departure.provider})
    if announced <= (given + kept) * brake.share:
        return None
    # Roots are announced, and entities are what the brake counts: each is taken for as many as there are on the average.
    enough = (brake.entities * (given + kept)) // announced + 1
    below = {**parameters, "provider": departure.provider, "most": enough}
    if await _number(tx, ALIVE_BELOW, below) + len(departure.refs) < enough:
        return None
    return (
        f"{announced} of the {given + kept} that provider {departure.provider} gives are missing at once, and the "
        f"deletion brake stops {brake}"
    )


async def _too_many(tx: Reading, departure: Departure, brake: Brake) -> str | None:
    """Why *departure* is too much together with what went before it; None where it is not."""
    provider = departure.provider
    deleted = await _number(tx, DELETED, {"provider": provider, "since": tx.now() - brake.window})
    gone = deleted + await _number(tx, HELD, {"provider": provider}) + len(departure.refs)
    if gone <= brake.entities:
        return None
    most = brake.enough(gone)
    parameters = {"source": provider_source(provider), "provider": provider, "most": most}
    total = deleted + len(departure.refs) + await _number(tx, ALIVE_BELOW, parameters)
    if not brake.stops(gone, of=total):
        return None
    return f"then {gone} of the {total} entities of provider {provider} would be gone, and the deletion brake stops {brake}"


async def _number(tx: Reading, statement: Statement, parameters: dict[str, object]) -> int:
    row = await tx.fetch_one(statement, parameters)
    return 0 if row is None else int(row["n"])
