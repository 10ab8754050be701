"""The SQL of pages."""

from typing import Any

from sqlalchemy import and_, bindparam, delete, func, null, or_, select, update

from cuelight.db import Statement, Words
from cuelight.repositories.elsewhere.tables import PAGES

_P = PAGES.c
_MINE = and_(_P.url == bindparam("page"), _P.claim_id == bindparam("claim"))
_LATER = frozenset({"reason", "etag", "modified", "content", "read_at", "claim_id"})
"""What a new row has nothing to say of."""

PAGE = Statement(select(PAGES).where(_P.url == bindparam("page")))
INSERT = Statement(
    lambda words: (
        words.insert(PAGES)
        .values({column.name: bindparam(column.name) for column in _P if column.name not in _LATER})
        .on_conflict_do_nothing()
    )
)
MAKE_DUE = Statement(
    lambda words: (
        update(PAGES)
        .where(_P.url.in_(words.each("pages")))
        .values(due_at=bindparam("now"), attempts=0, cause=bindparam("by_cause"), caused_at=bindparam("by_caused_at"))
    )
)


def _claim(words: Words) -> Any:
    due = words.skip_locked(
        select(_P.url)
        .where(_P.due_at <= bindparam("now"), _P.lease_until <= bindparam("now"))
        .order_by(_P.due_at)
        .limit(bindparam("limit"))
    )
    return (
        update(PAGES)
        .where(_P.url.in_(words.once(due)))
        .values(claim_id=bindparam("claim"), lease_until=bindparam("lease"), due_at=bindparam("lease"))
        .returning(*_P)
    )


CLAIM = Statement(_claim)
"""What is due is taken up again when the lease ends, unless whoever holds it has written something else by then."""

BUSY = Statement(select(_P.url).where(or_(_P.due_at <= bindparam("now"), _P.lease_until > bindparam("now"))).limit(1))
"""A page that is due, or being read."""

HELD = Statement(select(_P.state, _P.content, _P.due_at, _P.cause, _P.caused_at).where(_MINE))
_ENDED = {"claim_id": null(), "lease_until": 0, "due_at": bindparam("due")}
FOUND = Statement(
    update(PAGES)
    .where(_MINE)
    .values(
        **_ENDED,
        state=bindparam("as_state"),
        content=bindparam("as_content"),
        etag=bindparam("as_etag"),
        modified=bindparam("as_modified"),
        reason=null(),
        read_at=bindparam("now"),
        attempts=0,
        cause=null(),
        caused_at=null(),
    )
)
CONFIRMED = Statement(
    update(PAGES)
    .where(_MINE)
    .values(**_ENDED, reason=null(), read_at=bindparam("now"), attempts=0, cause=null(), caused_at=null())
)
UNKNOWN = Statement(update(PAGES).where(_MINE).values(**_ENDED, reason=bindparam("why"), attempts=_P.attempts + 1))
FORGET = Statement(delete(PAGES).where(_MINE))
ABANDON = Statement(
    update(PAGES).where(_P.claim_id.is_not(None)).values(claim_id=null(), lease_until=0, due_at=bindparam("now"))
)
COUNT = Statement(select(func.count()).select_from(PAGES))
