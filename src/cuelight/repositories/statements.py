"""The SQL of tracked repositories."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    tuple_,
    union,
    union_all,
    update,
)

from cuelight.clock import SECOND
from cuelight.db import Statement, Words, upsert
from cuelight.repositories.tables import RECONCILES, REPOSITORIES, SIGNALS, SOURCES, WANTS

_R = REPOSITORIES.c
_MINE = and_(_R.id == bindparam("repository"), _R.claim_id == bindparam("claim"))
GRACE = 60 * SECOND
"""For how long a host may go on showing what it shows no more."""

BY_HOST_IDS = Statement(
    lambda words: select(REPOSITORIES).where(_R.host == bindparam("host"), _R.host_id.in_(words.each("ids")))
)
_NAMED = union(
    select(_R.id).where(_R.host == bindparam("host"), _R.folded_name == bindparam("name")),
    select(_R.id).where(_R.host == bindparam("host"), _R.asked_name == bindparam("name")),
)
"""Two seeks. Both names in one condition, and SQLite goes through all repositories of the host."""
BY_NAME = Statement(
    select(REPOSITORIES)
    .where(_R.id.in_(_NAMED))
    .order_by(case((_R.provider == "locations", 1), else_=0), _R.first_seen_at, _R.id)
)
BY_NAMES = Statement(
    lambda words: select(_R.id, _R.folded_name, _R.asked_name).where(
        _R.id.in_(
            union(
                select(_R.id).where(_R.host == bindparam("host"), _R.folded_name.in_(words.each("names"))),
                select(_R.id).where(_R.host == bindparam("host"), _R.asked_name.in_(words.each("names"))),
            )
        )
    )
)


def _of_names(words: Words) -> Any:
    """The rows that have one of some names, and those that are asked for by one; a row may come twice."""
    columns = (
        "id",
        "provider",
        "full_name",
        "folded_name",
        "asked_name",
        "default_branch",
        "branch",
        "status",
        "reason",
    )
    rows = select(*(_R[name] for name in (*columns, "head", "confirmed_at", "due_at", "first_seen_at")))
    named = (_R.folded_name.in_(words.each("names")), _R.asked_name.in_(words.each("names")))
    return union_all(*(rows.where(_R.host == bindparam("host"), each) for each in named))


OF_NAMES = Statement(_of_names)
ASKED = Statement(
    lambda words: select(REPOSITORIES).where(_R.host == bindparam("host"), _R.asked_name.in_(words.each("names")))
)
"""The rows by which locations name some repositories."""

_LATER = frozenset({"revoked_at", "unlisted_at"})
"""What a new row has nothing to say of."""
INSERT_REPOSITORY = Statement(
    lambda words: (
        words.insert(REPOSITORIES)
        .values({column.name: bindparam(column.name) for column in _R if column.name not in _LATER})
        .on_conflict_do_nothing()
    )
)
DUE = Statement(select(_R.id).where(_R.due_at <= bindparam("now"), _R.lease_until <= bindparam("now")).limit(1))
"""A repository that can be claimed."""

BUSY = Statement(select(_R.id).where(_R.due_at <= bindparam("now")).limit(1))
"""A repository that is due; one in hand is that too, until it is let go of."""

_AWAKE = case((_R.attempts == 0, bindparam("now", type_=BigInteger)), else_=bindparam("soon", type_=BigInteger))
_PLACE = {
    "due_at": case((_R.due_at < _AWAKE, _R.due_at), else_=_AWAKE),
    "urgency": case(
        (_R.urgency < bindparam("urgent", type_=BigInteger), _R.urgency), else_=bindparam("urgent", type_=BigInteger)
    ),
}
WAKE = Statement(
    # One that its host did not answer for is looked at soon, but not at once: its pauses go on growing. One that waits
    # already keeps its place in the queue: it moves up where this is more urgent, and never back. Most stay where they are.
    lambda words: (
        update(REPOSITORIES)
        .where(_R.id.in_(words.each("ids")), or_(*(_R[name].is_distinct_from(place) for name, place in _PLACE.items())))
        .values(**_PLACE)
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
NOTED = Statement(
    lambda words: select(SIGNALS.c.repository_id).where(
        SIGNALS.c.repository_id.in_(words.each("ids")), SIGNALS.c.id + "" == bindparam("signal")
    )
)
"""On which of some repositories a signal was noted. Searched for by these alone: a scan notes one signal on all there are."""


EXTEND = Statement(update(REPOSITORIES).where(_MINE).values(lease_until=bindparam("lease")))
ABANDON_CLAIMS = Statement(update(REPOSITORIES).where(_R.claim_id.is_not(None)).values(claim_id=None, lease_until=0))
_OPEN = (
    select(SIGNALS, _R.revoked_at, _R.unlisted_at)
    .join(REPOSITORIES, _R.id == SIGNALS.c.repository_id)
    .where(SIGNALS.c.outcome.is_(None))
)
OPEN_SIGNALS = Statement(
    _OPEN.where(SIGNALS.c.repository_id == bindparam("repository"))
    .order_by(SIGNALS.c.created_at.desc(), SIGNALS.c.id.desc())
    .limit(bindparam("limit"))
)
"""The newest, newest first."""

OPEN_SIGNALS_OF = Statement(
    lambda words: _OPEN.where(SIGNALS.c.repository_id.in_(words.each("ids"))).limit(bindparam("limit"))
)
"""Those of some repositories, in no order."""

WANTS_OF = Statement(lambda words: select(WANTS).where(WANTS.c.repository_id.in_(words.each("ids"))))
SOURCES_OF = Statement(
    lambda words: select(
        *(SOURCES.c[name] for name in ("repository_id", "path", "kind", "state", "blob", "page"))
    ).where(SOURCES.c.repository_id.in_(words.each("ids")))
)
HOLD = Statement(lambda words: select(_R.id, _R.claim_id, _R.head).where(_R.id.in_(words.each("ids"))))
"""Whose some rows are, and where they stand."""

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
        # A replica may show it for a moment yet, and anybody what is public: only another answer says that it may be read.
        revoked_at=case(
            (
                and_(
                    _R.revoked_at + GRACE < bindparam("confirmed_at"),
                    bindparam("visibility").is_distinct_from("public"),
                ),
                null(),
            ),
            else_=_R.revoked_at,
        ),
        confirmed_at=func.coalesce(bindparam("confirmed_at"), _R.confirmed_at),
        attempts=0,
        reconcile=bindparam("by_reconcile"),
        claim_id=null(),
        lease_until=0,
        due_at=bindparam("due"),
        urgency=bindparam("urgency"),
    )
)
"""What the row is from now on, and that nobody has it."""

OPEN_KINDS = Statement(
    lambda words: (
        select(SIGNALS.c.kind)
        .where(
            SIGNALS.c.repository_id == bindparam("repository"),
            SIGNALS.c.outcome.is_(None),
            SIGNALS.c.created_at >= bindparam("since"),
            SIGNALS.c.id.not_in(words.each("ids").columns(SIGNALS.c.id)),
        )
        .distinct()
    )
)
"""The kinds of the signals that wait, noted *since* then, without those that are known."""

OPEN_KINDS_OF = Statement(
    lambda words: (
        select(SIGNALS.c.repository_id, SIGNALS.c.kind)
        .where(SIGNALS.c.repository_id.in_(words.each("ids")), SIGNALS.c.outcome.is_(None))
        .distinct()
    )
)
"""The kinds of all signals that wait, of some repositories."""

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
_ENDED: dict[str, Any] = {name: bindparam(name) for name in ("reconcile", "outcome", "reason", "finished_at")}
END_SIGNAL = Statement(
    update(SIGNALS)
    .where(
        SIGNALS.c.id == bindparam("signal"),
        SIGNALS.c.repository_id == bindparam("repository"),
        (SIGNALS.c.outcome + "").is_(None),  # by no index: nobody looks for all that are open
    )
    .values(_ENDED)
)
END_OLDER_PUSHES = Statement(
    update(SIGNALS)
    .where(
        tuple_(SIGNALS.c.id, SIGNALS.c.repository_id).in_(
            select(SIGNALS.c.id, SIGNALS.c.repository_id)
            .where(
                SIGNALS.c.repository_id == bindparam("repository"),
                SIGNALS.c.outcome.is_(None),
                SIGNALS.c.created_at < bindparam("before"),
                SIGNALS.c.kind == "push",
            )
            .limit(bindparam("limit"))
        )
    )
    .values(_ENDED)
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
DROP_WANTS = Statement(
    lambda words: delete(WANTS).where(
        WANTS.c.repository_id == bindparam("repository"), WANTS.c.path.in_(words.each("files"))
    )
)
SOURCE = Statement(
    select(SOURCES).where(SOURCES.c.repository_id == bindparam("repository"), SOURCES.c.path == bindparam("path"))
)
SOURCES_AT = Statement(
    lambda words: select(SOURCES).where(
        SOURCES.c.repository_id.in_(words.each("ids")),
        SOURCES.c.path.in_(words.each("paths")),
        func.coalesce(func.length(SOURCES.c.content), 0) <= bindparam("small"),
    )
)
"""What is at some paths of some repositories, where it is small."""

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

REVOKE = Statement(update(REPOSITORIES).where(_R.id == bindparam("repository")).values(revoked_at=bindparam("at")))
GRANT = Statement(
    # It may come late: of what was not public at the last look, only the host says that it is given to us again.
    update(REPOSITORIES)
    .where(_R.id == bindparam("repository"))
    .values(revoked_at=case((_R.visibility == "public", null()), else_=_R.revoked_at), unlisted_at=None)
)
UNLIST = Statement(
    update(REPOSITORIES)
    .where(_R.id == bindparam("repository"), _R.unlisted_at.is_(None))
    .values(unlisted_at=bindparam("at"))
)
_T = REPOSITORIES.alias("taken").c
_OF_OWNER = func.substr(_R.folded_name, 1, func.length(bindparam("owner"))) == bindparam("owner")
_OF_APP = and_(
    _R.provider == "locations",
    _R.host_id.in_(select(_T.host_id).where(_T.host == bindparam("host"), _T.provider == bindparam("provider"))),
)
STAKES = Statement(
    select(
        _R.id,
        _R.provider,
        _R.host_id,
        _R.full_name,
        _R.visibility,
        _R.revoked_at,
        _R.first_seen_at,
        select(func.count())
        .select_from(SOURCES)
        .where(SOURCES.c.repository_id == _R.id, SOURCES.c.kind == "descriptor", SOURCES.c.state != "absent")
        .scalar_subquery()
        .label("descriptors"),
    ).where(
        _R.host == bindparam("host"),
        or_(_R.provider == bindparam("provider"), _OF_OWNER, _OF_APP),
        _R.status != "gone",
        _R.host_id.is_not(None),
    )
)
"""The rows that the complete list of a provider may lack: its own, all others of its *owner* (`name/`; `/` where it has
none), and where it has an app, those by which locations name its repositories."""

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
    lambda words: (
        update(WANTS)
        .where(WANTS.c.repository_id == bindparam("repository"), WANTS.c.path.in_(words.each("files")))
        .values(read_at=bindparam("now"))
    )
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
