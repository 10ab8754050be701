"""The SQL of tracked repositories."""

from sqlalchemy import (
    ClauseElement,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from cuelight.db import Statement, upsert
from cuelight.db.statements import Words
from cuelight.repositories.tables import RECONCILES, REPOSITORIES, SIGNALS, SOURCES, WANTS

_R = REPOSITORIES.c
_MINE = and_(_R.id == bindparam("repository"), _R.claim_id == bindparam("claim"))

BY_HOST_IDS = Statement(
    lambda words: select(REPOSITORIES).where(_R.host == bindparam("host"), _R.host_id.in_(words.each("ids")))
)
BY_NAME = Statement(
    select(REPOSITORIES)
    .where(_R.host == bindparam("host"), _R.folded_name == bindparam("name"))
    .order_by(case((_R.provider == "locations", 1), else_=0), _R.first_seen_at)
)
INSERT_REPOSITORY = Statement(lambda words: words.insert(REPOSITORIES).on_conflict_do_nothing())
DUE = Statement(select(_R.id).where(_R.due_at <= bindparam("now"), _R.lease_until <= bindparam("now")).limit(1))
"""A repository that can be claimed."""

BUSY = Statement(select(_R.id).where(_R.due_at <= bindparam("now")).limit(1))
"""A repository that is due; one in hand is that too, until it is let go of."""

WAKE = Statement(
    # One that its host did not answer for is looked at soon, but not at once: its pauses go on growing.
    update(REPOSITORIES)
    .where(_R.id == bindparam("repository"))
    .values(
        due_at=case(
            (_R.attempts == 0, bindparam("now")),
            (_R.due_at < bindparam("soon"), _R.due_at),
            else_=bindparam("soon"),
        )
    )
)
HASTEN = Statement(
    # Its host does answer again: its pauses need not go on growing.
    lambda words: (
        update(REPOSITORIES)
        .where(_R.id.in_(words.each("ids")), _R.attempts > 0, _R.due_at > bindparam("soon"))
        .values(due_at=bindparam("soon"))
    )
)
INSERT_SIGNAL = Statement(lambda words: words.insert(SIGNALS).on_conflict_do_nothing())


def _claim(words: Words) -> ClauseElement:
    due = words.skip_locked(
        select(_R.id)
        .where(_R.due_at <= bindparam("now"), _R.lease_until <= bindparam("now"))
        .order_by(_R.due_at)
        .limit(bindparam("limit"))
    )
    return (
        update(REPOSITORIES)
        .where(_R.id.in_(due))
        .values(claim_id=bindparam("claim"), lease_until=bindparam("lease"))
        .returning(*REPOSITORIES.c)
    )


CLAIM = Statement(_claim)
EXTEND = Statement(update(REPOSITORIES).where(_MINE).values(lease_until=bindparam("lease")))
ABANDON_CLAIMS = Statement(update(REPOSITORIES).where(_R.claim_id.is_not(None)).values(claim_id=None, lease_until=0))
OPEN_SIGNALS = Statement(
    lambda words: (
        select(SIGNALS)
        .where(SIGNALS.c.repository_id.in_(words.each("ids")), SIGNALS.c.outcome.is_(None))
        .order_by(SIGNALS.c.created_at, SIGNALS.c.id)
    )
)
WANTS_OF = Statement(lambda words: select(WANTS).where(WANTS.c.repository_id.in_(words.each("ids"))))
SOURCES_OF = Statement(
    select(SOURCES.c.path, SOURCES.c.kind, SOURCES.c.state, SOURCES.c.blob, SOURCES.c.page).where(
        SOURCES.c.repository_id == bindparam("repository")
    )
)
HOLD = Statement(select(_R.head).where(_MINE))
"""The head of a row that is still ours."""

FINISH = Statement(
    update(REPOSITORIES)
    .where(_MINE)
    .values(
        host_id=bindparam("host_id"),
        full_name=bindparam("full_name"),
        folded_name=bindparam("folded_name"),
        web_url=bindparam("web_url"),
        default_branch=bindparam("default_branch"),
        branch=bindparam("branch"),
        status=bindparam("status"),
        reason=bindparam("reason"),
        head=bindparam("head"),
        digest=bindparam("digest"),
        proven=bindparam("proven"),
        commits=bindparam("commits"),
        visibility=bindparam("visibility"),
        confirmed_at=func.coalesce(bindparam("confirmed_at"), _R.confirmed_at),
        attempts=0,
        reconcile=bindparam("by_reconcile"),
    )
)
LET_GO = Statement(update(REPOSITORIES).where(_MINE).values(claim_id=None, lease_until=0, due_at=bindparam("due")))
OPEN_IDS = Statement(
    select(SIGNALS.c.id).where(SIGNALS.c.repository_id == bindparam("repository"), SIGNALS.c.outcome.is_(None))
)
APPLIED = Statement(
    lambda words: select(RECONCILES.c.after_sha).where(
        RECONCILES.c.repository_id == bindparam("repository"), RECONCILES.c.after_sha.in_(words.each("commits"))
    )
)
"""Those of some commits that were the head at some time."""

POSTPONE = Statement(
    update(REPOSITORIES)
    .where(_MINE)
    .values(
        claim_id=None,
        lease_until=0,
        due_at=bindparam("due"),
        attempts=bindparam("failures"),
        reason=bindparam("reason"),
    )
)
END_SIGNAL = Statement(
    update(SIGNALS)
    .where(
        SIGNALS.c.id == bindparam("signal"),
        SIGNALS.c.repository_id == bindparam("repository"),
        SIGNALS.c.outcome.is_(None),
    )
    .values(
        reconcile=bindparam("reconcile"),
        outcome=bindparam("outcome"),
        reason=bindparam("reason"),
        finished_at=bindparam("finished_at"),
    )
)
INSERT_RECONCILE = Statement(insert(RECONCILES))
PUT_SOURCE = Statement(
    lambda words: upsert(
        words,
        SOURCES,
        keys=["repository_id", "path"],
        columns=["kind", "state", "reason", "blob", "commit_sha", "reconcile", "content", "changed_at", "page"],
    )
)
KEEP_AS = Statement(
    update(SOURCES)
    .where(SOURCES.c.repository_id == bindparam("repository"), SOURCES.c.path == bindparam("file"))
    .values(kind=bindparam("as_kind"), page=None)
)
DROP_SOURCE = Statement(
    delete(SOURCES).where(SOURCES.c.repository_id == bindparam("repository"), SOURCES.c.path == bindparam("file"))
)
INSERT_WANT = Statement(lambda words: words.insert(WANTS).on_conflict_do_nothing())
DROP_WANT = Statement(
    delete(WANTS).where(WANTS.c.repository_id == bindparam("repository"), WANTS.c.path == bindparam("file"))
)
SOURCE = Statement(
    select(SOURCES).where(SOURCES.c.repository_id == bindparam("repository"), SOURCES.c.path == bindparam("path"))
)
PUT_PAGE = Statement(
    update(SOURCES)
    .where(SOURCES.c.repository_id == bindparam("repository"), SOURCES.c.path == bindparam("file"))
    .values(page=bindparam("as_page"))
)
TAKEN_OVER = Statement(
    lambda words: (
        select(SOURCES.c.page)
        .join(REPOSITORIES, _R.id == SOURCES.c.repository_id)
        .where(
            SOURCES.c.page.in_(words.each("pages")),
            SOURCES.c.kind == "descriptor",
            SOURCES.c.state != "absent",
            _R.id != bindparam("repository"),
            _R.provider == bindparam("provider"),
        )
    )
)
"""Those of some pages that are descriptors of other rows of a provider."""

UNSETTLE = Statement(update(REPOSITORIES).where(_MINE).values(digest=None, proven=None))
"""The sources are between two commits: only a look at the whole tree makes them right."""

STAKES = Statement(
    select(
        _R.id,
        _R.host_id,
        _R.visibility,
        _R.first_seen_at,
        select(func.count())
        .select_from(SOURCES)
        .where(SOURCES.c.repository_id == _R.id, SOURCES.c.kind == "descriptor", SOURCES.c.state != "absent")
        .scalar_subquery()
        .label("descriptors"),
    ).where(_R.provider == bindparam("provider"), _R.status != "gone", _R.host_id.is_not(None))
)

PRESENT_PATHS = Statement(
    select(SOURCES.c.path).where(
        SOURCES.c.repository_id == bindparam("repository"),
        SOURCES.c.state == "present",
        SOURCES.c.kind != "candidate",
    )
)
WANT = Statement(
    select(WANTS.c.read_at).where(WANTS.c.repository_id == bindparam("repository"), WANTS.c.path == bindparam("path"))
)
MARK_READ = Statement(
    update(WANTS)
    .where(WANTS.c.repository_id == bindparam("repository"), WANTS.c.path == bindparam("file"))
    .values(read_at=bindparam("now"))
)
OF_LOCATIONS = Statement(
    select(_R.id)
    .where(_R.provider == "locations", _R.id > bindparam("after"))
    .order_by(_R.id)
    .limit(bindparam("limit"))
)
DROP_SIGNALS = Statement(
    delete(SIGNALS).where(
        tuple_(SIGNALS.c.id, SIGNALS.c.repository_id).in_(
            select(SIGNALS.c.id, SIGNALS.c.repository_id)
            .where(SIGNALS.c.finished_at < bindparam("before"))
            .limit(bindparam("limit"))
        )
    )
)
DROP_RECONCILES = Statement(
    delete(RECONCILES).where(
        RECONCILES.c.id.in_(
            select(RECONCILES.c.id).where(RECONCILES.c.finished_at < bindparam("before")).limit(bindparam("limit"))
        )
    )
)
