"""What truth needs: proven heads, hints, the deletion brake, runs of the repair, leases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=null)


def integer(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null, autoincrement=False)


def blob(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=null)


def key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def upgrade() -> None:
    change_catalog()
    change_repair()
    change_repositories()
    change_schedule()


def change_catalog() -> None:
    op.create_index("ix_refresh_state_cause", "refresh_state", ["cause", "due_at"])
    op.create_table(
        "deletions",
        text("id"),
        text("provider"),
        text("entity_ref"),
        text("origin"),
        text("state"),
        text("reason"),
        integer("at"),
        integer("ended_at", null=True),
        integer("entities"),
        text("part_of", null=True),
        text("unprocessed"),
        text("unprocessed_hash"),
        text("location_key", null=True),
        text("cause", null=True),
        integer("caused_at", null=True),
        text("reconcile", null=True),
        text("commit_sha", null=True),
        text("author", null=True),
        key("deletions", "id"),
    )
    op.create_index("ix_deletions_ended_at", "deletions", ["ended_at"])
    op.create_index("ix_deletions_part_of", "deletions", ["part_of"])
    op.create_index("ix_deletions_state", "deletions", ["state", "id"])
    op.create_index("ix_deletions_state_provider", "deletions", ["state", "provider", "ended_at", "entities"])
    op.create_table(
        "deletion_brake",
        integer("id"),
        integer("engaged"),
        integer("share"),
        integer("entities"),
        integer("span"),
        key("deletion_brake", "id"),
    )


def change_repair() -> None:
    op.create_table(
        "runs",
        text("id"),
        text("kind"),
        text("state"),
        text("options"),
        text("asked_by"),
        integer("requested_at"),
        integer("started_at", null=True),
        integer("finished_at", null=True),
        integer("attempts"),
        text("progress", null=True),
        text("result", null=True),
        text("error", null=True),
        key("runs", "id"),
    )
    op.create_index("ix_runs_requested_at", "runs", ["requested_at", "id"])
    op.create_index("ix_runs_state_kind", "runs", ["state", "kind", "requested_at"])


def change_repositories() -> None:
    op.add_column("repositories", text("asked_name", null=True))
    op.add_column("repositories", text("asked_branch", null=True))
    op.add_column("repositories", text("proven", null=True))
    op.add_column("repositories", integer("commits", null=True))
    op.add_column("repositories", text("visibility", null=True))
    op.add_column("repositories", integer("urgency", null=True))
    op.add_column("repositories", integer("revoked_at", null=True))
    op.add_column("repositories", integer("unlisted_at", null=True))
    op.create_index("ix_repositories_host_asked_name", "repositories", ["host", "asked_name"])
    op.create_index(
        "ix_repositories_unproven",
        "repositories",
        ["host", "id"],
        sqlite_where=sa.text("head IS NOT NULL AND head IS NOT proven"),
        postgresql_where=sa.text("head IS NOT NULL AND head IS DISTINCT FROM proven"),
    )
    op.create_index("ix_repositories_urgency", "repositories", ["urgency", "due_at"])
    op.add_column("signals", text("hint", null=True))
    op.drop_index("ix_signals_repository_id_outcome", "signals")
    op.create_index("ix_signals_repository_id_outcome", "signals", ["repository_id", "outcome", "created_at"])
    op.create_index("ix_reconciles_repository_id_after_sha", "reconciles", ["repository_id", "after_sha"])
    op.add_column("sources", text("page", null=True))
    op.create_index("ix_sources_page", "sources", ["page"])
    op.execute(
        "UPDATE repositories SET asked_name = folded_name,"
        " asked_branch = CASE WHEN branch = default_branch THEN NULL ELSE branch END"
        " WHERE provider = 'locations'"
    )


def change_schedule() -> None:
    op.create_table(
        "leases",
        text("name"),
        text("holder"),
        integer("until"),
        key("leases", "name"),
    )
