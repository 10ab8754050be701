"""The tables of tracked repositories.

repositories  one row a tracked branch of a repository: its applied head, and when it is next looked at
signals       notes on it: look again, because of this event; each ends with an outcome and a reason
reconciles    each look, with what it found
sources       the files that the catalog is made from, as of the applied head
wants         paths (or globs) that entities name, besides the descriptors
"""

from typing import Any

from sqlalchemy import Column, Index, Table, and_

from cuelight.db import METADATA, blob, integer, text

REPOSITORIES = Table(
    "repositories",
    METADATA,
    text("id", primary_key=True),
    text("provider"),
    text("host"),
    text("host_id", null=True),  # the host's stable id; unknown while only a URL has named it
    text("full_name"),
    text("folded_name"),  # in lower case, to be found by
    text("web_url"),
    text("default_branch", null=True),
    text("branch", null=True),
    text("asked_name", null=True),  # in lower case: by which a location named it; its host may know it by another
    text("asked_branch", null=True),  # which a location named; null: the default branch, whatever that is
    text("status"),  # candidate, tracked, excluded, gone
    text("reason", null=True),  # why it is excluded, or what the last look could not settle
    text("head", null=True),
    text("digest", null=True),  # the selection under which `head` was applied
    text("proven", null=True),  # up to which commit the host's own answers, and no payload, say what the sources are
    integer("commits", null=True),  # how many commits the payloads list from there to `head`
    text("visibility", null=True),  # as the host said last
    integer("confirmed_at", null=True),  # when the host last said that this is its head
    integer("due_at", null=True),  # when it is to be looked at; null: nothing waits
    integer("urgency", null=True),  # of the most urgent signal that waits: see turns.urgency
    text("claim_id", null=True),
    integer("lease_until"),
    integer("attempts"),  # looks in a row that found nothing out
    text("reconcile", null=True),  # the last one that ended
    integer("first_seen_at"),
    integer(
        "revoked_at", null=True
    ),  # when an event said that access to it was revoked, which its host has not refuted
    integer("unlisted_at", null=True),  # since when the complete list of its provider's app lacks it
    # Without the host, which nearly all of them share: no plan that looks at all of a host's rows is to be had by these.
    Index("ix_repositories_host_id", "host_id"),
    Index("ix_repositories_folded_name", "folded_name"),
    Index("ix_repositories_provider", "provider", "status"),
)
_R = REPOSITORIES.c


def _index_of_known(name: str, *columns: Column[Any]) -> Index:
    """An index of those rows whose last of *columns* is known; all others are written without it."""
    known = columns[-1].is_not(None)
    return Index(name, *columns, sqlite_where=known, postgresql_where=known)


_index_of_known("ix_repositories_asked_name", _R.asked_name)
_index_of_known("ix_repositories_due_at", _R.due_at)
_index_of_known("ix_repositories_urgency", _R.urgency, _R.due_at)

UNPROVEN = and_(_R.head.is_not(None), _R.head.is_distinct_from(_R.proven))
"""Rows whose head only payloads vouch for."""
Index("ix_repositories_unproven", _R.host, _R.id, sqlite_where=UNPROVEN, postgresql_where=UNPROVEN)

ADOPTED = REPOSITORIES.c.provider != "locations"
"""Rows of providers: each has one of a repository, while locations may name several of its branches."""
Index(
    "uq_repositories_host_host_id_provider",
    REPOSITORIES.c.host,
    REPOSITORIES.c.host_id,
    REPOSITORIES.c.provider,
    unique=True,
    sqlite_where=ADOPTED,
    postgresql_where=ADOPTED,
)

SIGNALS = Table(
    "signals",
    METADATA,
    text("id", primary_key=True),  # the event's, or of the scan or read that made it
    text("repository_id", primary_key=True),
    text("kind"),  # see signals.Kind
    text("after_sha", null=True),  # the commit that a push says
    text("hint", null=True),  # what else it says, as JSON: see signals.Hint
    text("cause"),
    integer("caused_at"),
    integer("created_at"),
    text("reconcile", null=True),
    text("outcome", null=True),  # see signals.Outcome; null while it waits
    text("reason", null=True),
    integer("finished_at", null=True),
    Index("ix_signals_repository_id_outcome", "repository_id", "outcome", "created_at"),
    Index("ix_signals_cause", "cause"),
)
_index_of_known("ix_signals_finished_at", SIGNALS.c.finished_at)

RECONCILES = Table(
    "reconciles",
    METADATA,
    text("id", primary_key=True),
    text("repository_id"),
    text("cause", null=True),
    text("before_sha", null=True),
    text("after_sha", null=True),
    text("outcome"),
    text("reason"),
    integer("started_at"),
    integer("finished_at"),
    integer("host_time"),  # microseconds spent waiting for the host
    Index("ix_reconciles_repository_id", "repository_id", "started_at"),
    Index("ix_reconciles_repository_id_after_sha", "repository_id", "after_sha"),
    Index("ix_reconciles_finished_at", "finished_at"),
)

SOURCES = Table(
    "sources",
    METADATA,
    text("repository_id", primary_key=True),
    text("path", primary_key=True),
    text("kind"),  # see plan.Kind
    text("state"),  # present, absent, unreadable
    text("reason", null=True),
    text("blob", null=True),  # the host's id of the content
    text("commit_sha", null=True),  # the head at which this was first seen
    text("reconcile", null=True),  # the reconcile that wrote it
    blob("content", null=True),  # zlib
    integer("changed_at"),
    text("page", null=True),  # of a descriptor: the page by which the catalog knows it
    Index("ix_sources_page", "page"),
)

WANTS = Table(
    "wants",
    METADATA,
    text("repository_id", primary_key=True),
    text("path", primary_key=True),  # may hold globs
    text("cause"),
    integer("since"),
    integer("read_at", null=True),  # when it was first compared with a commit
)
