"""What the whole catalog needs: registered locations, pages of other hosts, full text."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

COPY_TEXTS = """
    INSERT INTO texts (entity_id, key, kind, value)
    SELECT search.entity_id, search.key, kinds.value, search.value
    FROM search JOIN search AS kinds ON kinds.entity_id = search.entity_id AND kinds.key = 'kind'
    WHERE search.key IN (
        'metadata.name', 'metadata.title', 'metadata.description', 'metadata.tags',
        'spec.profile.displayname', 'spec.profile.email'
    ) AND search.value IS NOT NULL AND kinds.value IS NOT NULL
"""
SQLITE_TRIGRAMS = (
    """
    CREATE VIRTUAL TABLE texts_trigrams USING fts5(
        value, content='texts', content_rowid='id', tokenize='trigram case_sensitive 1', detail='none', columnsize=0
    )
    """,
    """
    CREATE TRIGGER texts_inserted AFTER INSERT ON texts BEGIN
        INSERT INTO texts_trigrams (rowid, value) VALUES (new.id, new.value);
    END
    """,
    """
    CREATE TRIGGER texts_deleted AFTER DELETE ON texts BEGIN
        INSERT INTO texts_trigrams (texts_trigrams, rowid, value) VALUES ('delete', old.id, old.value);
    END
    """,
    "INSERT INTO texts_trigrams (texts_trigrams) VALUES ('rebuild')",
)
POSTGRESQL_TRIGRAMS = (
    """
    DO $$ BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN OTHERS THEN
        RAISE EXCEPTION USING MESSAGE = 'it lacks the extension pg_trgm, which cannot be made (' || SQLERRM || '); '
            'install PostgreSQL''s contrib package on the server if it has none, '
            'and let a superuser run CREATE EXTENSION pg_trgm in this database';
    END $$
    """,
    # The extension may be in a schema that names are not looked up in.
    """
    DO $$ BEGIN
        EXECUTE (
            SELECT 'CREATE INDEX ix_texts_value ON texts USING gin (value ' || quote_ident(nspname) || '.gin_trgm_ops)'
            FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm'
        );
    END $$
    """,
)


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=null)


def integer(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=null, autoincrement=False)


def serial(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), nullable=False)


def blob(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=null)


def key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def upgrade() -> None:
    change_catalog()
    add_texts()
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


def add_texts() -> None:
    op.create_table(
        "texts",
        serial("id"),
        text("entity_id"),
        text("key"),
        text("kind"),
        text("value"),
        key("texts", "id"),
    )
    op.execute(COPY_TEXTS)
    op.create_index("ix_texts_entity_id", "texts", ["entity_id"])
    op.create_index("ix_texts_key_kind_entity_id", "texts", ["key", "kind", "entity_id", "value"])
    for statement in SQLITE_TRIGRAMS if op.get_context().dialect.name == "sqlite" else POSTGRESQL_TRIGRAMS:
        op.execute(statement)


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
    op.create_index(
        "uq_repositories_host_host_id_provider",
        "repositories",
        ["host", "host_id", "provider"],
        unique=True,
        sqlite_where=sa.text("provider != 'locations'"),
        postgresql_where=sa.text("provider != 'locations'"),
    )
    for name in ("host_host_id", "host_folded_name", "host_asked_name", "due_at", "urgency"):
        op.drop_index(f"ix_repositories_{name}", "repositories")
    op.drop_index("ix_signals_finished_at", "signals")
    op.create_index("ix_repositories_host_id", "repositories", ["host_id"])
    op.create_index("ix_repositories_folded_name", "repositories", ["folded_name"])
    create_index_of_known("ix_repositories_asked_name", "repositories", ["asked_name"])
    create_index_of_known("ix_repositories_due_at", "repositories", ["due_at"])
    create_index_of_known("ix_repositories_urgency", "repositories", ["urgency", "due_at"])
    create_index_of_known("ix_signals_finished_at", "signals", ["finished_at"])


def create_index_of_known(name: str, table: str, columns: list[str]) -> None:
    """An index of the rows whose last of *columns* is not null."""
    known = sa.text(f"{columns[-1]} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=known, postgresql_where=known)
