"""The table of this room.

runs  sweeps, scans and verifications: asked for, under way, and ended with what they came to
"""

from sqlalchemy import Index, Table

from cuelight.db import METADATA, integer, text

RUNS = Table(
    "runs",
    METADATA,
    text("id", primary_key=True),  # what is done because of it carries it as its cause
    text("kind"),  # see runs.Kind
    text("state"),  # see runs.State
    text("options"),  # a JSON object: see runs.Options
    text("asked_by"),
    integer("requested_at"),
    integer("started_at", null=True),
    integer("finished_at", null=True),
    integer("attempts"),  # how often it was begun; more than once where its process died
    text("progress", null=True),  # a JSON object: see runs.Progress
    text("result", null=True),  # a JSON object
    text("error", null=True),  # why it failed, as a sentence
    Index("ix_runs_state_kind", "state", "kind", "requested_at"),
    Index("ix_runs_requested_at", "requested_at", "id"),
)
