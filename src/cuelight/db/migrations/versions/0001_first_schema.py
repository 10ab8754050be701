"""The first schema: journal, events, repositories, catalog."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
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
    create_journal()
    create_events()
    create_repositories()
    create_catalog()


def create_journal() -> None:
    op.create_table(
        "deliveries",
        text("id"),
        text("dedupe_key"),
        text("integration"),
        text("event"),
        text("guid", null=True),
        text("hook", null=True),
        text("state"),
        text("reason", null=True),
        text("subject", null=True),
        integer("received_at"),
        text("headers"),
        integer("size"),
        blob("sha256"),
        key("deliveries", "id"),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at", "id"])
    op.create_index("uq_deliveries_dedupe_key", "deliveries", ["dedupe_key"], unique=True)
    op.create_table(
        "bodies",
        text("delivery_id"),
        blob("data"),
        key("bodies", "delivery_id"),
    )
    op.create_table(
        "rejections",
        text("id"),
        text("integration"),
        integer("status"),
        text("reason"),
        text("headers"),
        integer("received_at"),
        key("rejections", "id"),
    )
    op.create_index("ix_rejections_received_at", "rejections", ["received_at"])


def create_events() -> None:
    op.create_table(
        "events",
        text("id"),
        text("topic"),
        text("key"),
        text("data"),
        text("body", null=True),
        integer("time"),
        text("cause"),
        integer("published_at"),
        key("events", "id"),
    )
    op.create_index("ix_events_cause", "events", ["cause"])
    op.create_index("ix_events_time", "events", ["time"])
    op.create_table(
        "subscriptions",
        text("id"),
        text("topics"),
        text("start"),
        integer("created_at"),
        key("subscriptions", "id"),
    )
    op.create_table(
        "event_ledger",
        text("event_id"),
        text("subscription"),
        integer("handled_at"),
        key("event_ledger", "event_id", "subscription"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dead_letters",
        text("event_id"),
        text("subscription"),
        text("reason"),
        integer("attempts"),
        integer("at"),
        key("dead_letters", "event_id", "subscription"),
    )
    op.create_index("ix_dead_letters_at", "dead_letters", ["at"])
    op.create_table(
        "event_queue",
        text("subscription"),
        text("event_id"),
        integer("due_at"),
        text("claim_id", null=True),
        integer("attempts"),
        text("last_error", null=True),
        key("event_queue", "subscription", "event_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_event_queue_event_id", "event_queue", ["event_id"])
    op.create_index("ix_event_queue_subscription_due_at", "event_queue", ["subscription", "due_at"])


def create_repositories() -> None:
    op.create_table(
        "repositories",
        text("id"),
        text("provider"),
        text("host"),
        text("host_id", null=True),
        text("full_name"),
        text("folded_name"),
        text("web_url"),
        text("default_branch", null=True),
        text("branch", null=True),
        text("status"),
        text("reason", null=True),
        text("head", null=True),
        text("digest", null=True),
        integer("confirmed_at", null=True),
        integer("due_at", null=True),
        text("claim_id", null=True),
        integer("lease_until"),
        integer("attempts"),
        text("reconcile", null=True),
        integer("first_seen_at"),
        key("repositories", "id"),
    )
    op.create_index("ix_repositories_due_at", "repositories", ["due_at"])
    op.create_index("ix_repositories_host_folded_name", "repositories", ["host", "folded_name"])
    op.create_index("ix_repositories_host_host_id", "repositories", ["host", "host_id"])
    op.create_index("ix_repositories_provider", "repositories", ["provider", "status"])
    op.create_table(
        "signals",
        text("id"),
        text("repository_id"),
        text("kind"),
        text("after_sha", null=True),
        text("cause"),
        integer("caused_at"),
        integer("created_at"),
        text("reconcile", null=True),
        text("outcome", null=True),
        text("reason", null=True),
        integer("finished_at", null=True),
        key("signals", "id", "repository_id"),
    )
    op.create_index("ix_signals_cause", "signals", ["cause"])
    op.create_index("ix_signals_finished_at", "signals", ["finished_at"])
    op.create_index("ix_signals_repository_id_outcome", "signals", ["repository_id", "outcome"])
    op.create_table(
        "reconciles",
        text("id"),
        text("repository_id"),
        text("cause", null=True),
        text("before_sha", null=True),
        text("after_sha", null=True),
        text("outcome"),
        text("reason"),
        integer("started_at"),
        integer("finished_at"),
        integer("host_time"),
        key("reconciles", "id"),
    )
    op.create_index("ix_reconciles_finished_at", "reconciles", ["finished_at"])
    op.create_index("ix_reconciles_repository_id", "reconciles", ["repository_id", "started_at"])
    op.create_table(
        "sources",
        text("repository_id"),
        text("path"),
        text("kind"),
        text("state"),
        text("reason", null=True),
        text("blob", null=True),
        text("commit_sha", null=True),
        text("reconcile", null=True),
        blob("content", null=True),
        integer("changed_at"),
        key("sources", "repository_id", "path"),
    )
    op.create_table(
        "wants",
        text("repository_id"),
        text("path"),
        text("cause"),
        integer("since"),
        integer("read_at", null=True),
        key("wants", "repository_id", "path"),
    )


def create_catalog() -> None:
    op.create_table(
        "refresh_state",
        text("entity_id"),
        text("entity_ref"),
        text("unprocessed"),
        text("unprocessed_hash"),
        text("processed", null=True),
        text("result_hash", null=True),
        text("location_key", null=True),
        integer("generation"),
        integer("due_at"),
        text("claim_id", null=True),
        integer("attempts"),
        text("cause", null=True),
        integer("caused_at", null=True),
        text("reconcile", null=True),
        text("commit_sha", null=True),
        text("author", null=True),
        key("refresh_state", "entity_id"),
    )
    op.create_index("ix_refresh_state_due_at", "refresh_state", ["due_at"])
    op.create_index("uq_refresh_state_entity_ref", "refresh_state", ["entity_ref"], unique=True)
    op.create_table(
        "refresh_references",
        text("source"),
        text("target_ref"),
        key("refresh_references", "source", "target_ref"),
    )
    op.create_index("ix_refresh_references_target_ref", "refresh_references", ["target_ref"])
    op.create_table(
        "refresh_keys",
        text("entity_id"),
        text("key"),
        key("refresh_keys", "entity_id", "key"),
    )
    op.create_index("ix_refresh_keys_key", "refresh_keys", ["key"])
    op.create_table(
        "conflicts",
        text("entity_ref"),
        text("source"),
        text("unprocessed"),
        text("unprocessed_hash"),
        text("location_key", null=True),
        integer("since"),
        text("cause", null=True),
        integer("caused_at", null=True),
        text("reconcile", null=True),
        text("commit_sha", null=True),
        text("author", null=True),
        key("conflicts", "entity_ref", "source"),
    )
    op.create_index("ix_conflicts_source", "conflicts", ["source"])
    op.create_table(
        "relations",
        text("originating_id"),
        text("source_ref"),
        text("type"),
        text("target_ref"),
        key("relations", "originating_id", "source_ref", "type", "target_ref"),
    )
    op.create_index("ix_relations_source_ref", "relations", ["source_ref"])
    op.create_index("ix_relations_target_ref", "relations", ["target_ref"])
    op.create_table(
        "problems",
        text("entity_id"),
        integer("position"),
        text("entity_ref"),
        text("rule"),
        text("level"),
        text("name"),
        text("message"),
        text("url", null=True),
        integer("line", null=True),
        integer("column", null=True),
        text("path", null=True),
        integer("since"),
        key("problems", "entity_id", "position"),
    )
    op.create_index("ix_problems_since", "problems", ["since", "entity_id", "position"])
    op.create_table(
        "stitch_queue",
        text("entity_ref"),
        text("ticket"),
        integer("due_at"),
        text("cause", null=True),
        integer("caused_at", null=True),
        text("reconcile", null=True),
        text("commit_sha", null=True),
        text("author", null=True),
        key("stitch_queue", "entity_ref"),
    )
    op.create_index("ix_stitch_queue_due_at", "stitch_queue", ["due_at"])
    op.create_table(
        "final_entities",
        text("entity_id"),
        text("entity_ref"),
        text("entity"),
        text("hash"),
        integer("updated_at"),
        key("final_entities", "entity_id"),
    )
    op.create_index("uq_final_entities_entity_ref", "final_entities", ["entity_ref"], unique=True)
    op.create_table(
        "search",
        text("entity_id"),
        text("key"),
        text("value", null=True),
        text("original_value", null=True),
    )
    op.create_index("ix_search_key_value_entity_id", "search", ["key", "value", "entity_id"])
    op.create_index("uq_search_entity_id_key_value", "search", ["entity_id", "key", "value"], unique=True)
    op.create_table(
        "changes",
        integer("sequence"),
        text("entity_ref"),
        text("entity_id"),
        text("action"),
        text("before", null=True),
        text("after", null=True),
        text("paths"),
        integer("at"),
        text("cause", null=True),
        integer("caused_at", null=True),
        text("reconcile", null=True),
        text("commit_sha", null=True),
        text("author", null=True),
        key("changes", "sequence"),
    )
    op.create_index("ix_changes_cause", "changes", ["cause"])
    op.create_index("ix_changes_entity_ref", "changes", ["entity_ref", "sequence"])
