"""What the whole catalog needs: registered locations, pages of other hosts, full text."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
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
    change_repositories()


def change_catalog() -> None:
    op.create_table(
        "locations",
        text("id"),
        text("type"),
        text("target"),
        text("entity_ref"),
        integer("created_at"),
        integer("changed_at"),
        text("cause", null=True),
        integer("caused_at", null=True),
        text("reconcile", null=True),
        text("commit_sha", null=True),
        text("author", null=True),
        key("locations", "id"),
    )
    op.create_index("uq_locations_entity_ref", "locations", ["entity_ref"], unique=True)
    op.create_index("uq_locations_type_target", "locations", ["type", "target"], unique=True)
    op.drop_index("ix_search_key_value_entity_id", "search")
    op.create_index("ix_search_key_value_entity_id", "search", ["key", "value", "entity_id", "original_value"])


def change_repositories() -> None:
    op.create_table(
        "pages",
        text("url"),
        text("state"),
        text("reason", null=True),
        text("etag", null=True),
        text("modified", null=True),
        blob("content", null=True),
        text("cause", null=True),
        integer("caused_at", null=True),
        integer("since"),
        integer("read_at", null=True),
        integer("due_at", null=True),
        integer("lease_until"),
        text("claim_id", null=True),
        integer("attempts"),
        key("pages", "url"),
    )
    op.create_index("ix_pages_due_at", "pages", ["due_at"])
