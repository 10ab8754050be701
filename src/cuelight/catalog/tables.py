"""The catalog's tables: what was given, what it became, what is served, and what changed.

refresh_state        one row a known ref: as given (unprocessed), as processed, and when it is next due
refresh_references   who keeps whom alive: a provider or a parent entity → a child
refresh_keys         what an entity was made from: a change of that wakes it
conflicts            claimants of a ref that another holds, with what they would have it be
relations            directed relations, each with the entity that says so
problems             what is wrong with an entity or its file, with line and rule
stitch_queue         refs whose final entity is to be put together again
final_entities       what the API serves, as JSON
search               the final entity, flattened
texts                of these, what people look for a text in
changes              every change of a final entity: the log
deletions            what was deleted, and what the deletion brake keeps alive: see ownership.departure
deletion_brake       one row: the brake's numbers as configured
locations            what somebody registered over the API
"""

from typing import Any

from sqlalchemy import DDL, Column, Index, Table, event

from cuelight.db import METADATA, integer, serial, text


def cause_columns() -> tuple[Column[Any], ...]:
    """Because of what a row is as it is: see `cuelight.catalog.cause.Cause`."""
    return (
        text("cause", null=True),
        integer("caused_at", null=True),
        text("reconcile", null=True),
        text("commit_sha", null=True),
        text("author", null=True),
    )


REFRESH_STATE = Table(
    "refresh_state",
    METADATA,
    text("entity_id", primary_key=True),  # the public metadata.uid
    text("entity_ref"),
    text("unprocessed"),
    text("unprocessed_hash"),
    text("processed", null=True),
    text("result_hash", null=True),
    text("location_key", null=True),
    integer("generation"),  # grows with each reason to process; a run that began under an older one is run again
    integer("due_at"),  # when it is next processed; a claim moves it past the claim's lease
    text("claim_id", null=True),
    integer("attempts"),  # failed runs in a row
    *cause_columns(),
    Index("uq_refresh_state_entity_ref", "entity_ref", unique=True),
    Index("ix_refresh_state_due_at", "due_at"),
    Index("ix_refresh_state_cause", "cause", "due_at"),
)

REFRESH_REFERENCES = Table(
    "refresh_references",
    METADATA,
    text("source", primary_key=True),  # provider:<name> or entity:<ref>
    text("target_ref", primary_key=True),
    Index("ix_refresh_references_target_ref", "target_ref"),
)

REFRESH_KEYS = Table(
    "refresh_keys",
    METADATA,
    text("entity_id", primary_key=True),
    text("key", primary_key=True),
    Index("ix_refresh_keys_key", "key"),
)

CONFLICTS = Table(
    "conflicts",
    METADATA,
    text("entity_ref", primary_key=True),
    text("source", primary_key=True),  # the claimant that lost: provider:<name> or entity:<ref>
    text("unprocessed"),
    text("unprocessed_hash"),
    text("location_key", null=True),
    integer("since"),
    *cause_columns(),
    Index("ix_conflicts_source", "source"),
)

RELATIONS = Table(
    "relations",
    METADATA,
    text("originating_id", primary_key=True),
    text("source_ref", primary_key=True),
    text("type", primary_key=True),
    text("target_ref", primary_key=True),
    Index("ix_relations_source_ref", "source_ref"),
    Index("ix_relations_target_ref", "target_ref"),
)

PROBLEMS = Table(
    "problems",
    METADATA,
    text("entity_id", primary_key=True),  # the entity whose processing found it
    integer("position", primary_key=True),
    text("entity_ref"),
    text("rule"),
    text("level"),  # error or warning
    text("name"),  # the error's class, as Backstage names it: InputError
    text("message"),
    text("url", null=True),  # the file
    integer("line", null=True),
    integer("column", null=True),
    text("path", null=True),  # the field, dotted
    integer("since"),
    Index("ix_problems_since", "since", "entity_id", "position"),
)

STITCH_QUEUE = Table(
    "stitch_queue",
    METADATA,
    text("entity_ref", primary_key=True),
    text("ticket"),  # the newest wish: a stitch that finished under an older one leaves the row
    integer("due_at"),
    *cause_columns(),
    Index("ix_stitch_queue_due_at", "due_at"),
)

FINAL_ENTITIES = Table(
    "final_entities",
    METADATA,
    text("entity_id", primary_key=True),
    text("entity_ref"),
    text("entity"),  # JSON as it goes on the wire
    text("hash"),
    integer("updated_at"),
    Index("uq_final_entities_entity_ref", "entity_ref", unique=True),
)

SEARCH = Table(
    "search",
    METADATA,
    text("entity_id"),
    text("key"),
    text("value", null=True),
    text("original_value", null=True),
    Index("uq_search_entity_id_key_value", "entity_id", "key", "value", unique=True),
    # The original value comes along so that facets are counted without a look into the table.
    Index("ix_search_key_value_entity_id", "key", "value", "entity_id", "original_value"),
)

TEXTS = Table(
    "texts",
    METADATA,
    serial("id"),
    text("entity_id"),
    text("key"),  # one of texts.KEYS
    text("kind"),  # of the entity, lower case: never another one, as its id is made of its ref
    text("value"),  # lower case
    Index("ix_texts_entity_id", "entity_id"),
    # By entity before value: what is found comes in the order of ids, as all other rows of these entities lie.
    Index("ix_texts_key_kind_entity_id", "key", "kind", "entity_id", "value"),
)

SQLITE_TRIGRAMS = (
    # Neither where in a value a trigram is nor how long the value is: LIKE looks at what is found, and nothing is ranked.
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
)
"""The index of their values, of which no row is ever updated. PostgreSQL's, ix_texts_value, is one of pg_trgm."""
for _statement in SQLITE_TRIGRAMS:
    _ddl = DDL(_statement)  # type: ignore[no-untyped-call] # SQLAlchemy's is not annotated
    event.listen(TEXTS, "after_create", _ddl.execute_if(dialect="sqlite"))

CHANGES = Table(
    "changes",
    METADATA,
    integer("sequence", primary_key=True),
    text("entity_ref"),
    text("entity_id"),
    text("action"),  # created, updated, deleted
    text("before", null=True),
    text("after", null=True),
    text("paths"),  # a JSON array of the dotted fields that differ
    integer("at"),
    *cause_columns(),
    Index("ix_changes_entity_ref", "entity_ref", "sequence"),
    Index("ix_changes_cause", "cause"),
)

DELETIONS = Table(
    "deletions",
    METADATA,
    text("id", primary_key=True),  # sorts by the instant
    text("provider"),  # under whose brake it is counted; empty where none led to it
    text("entity_ref"),
    text("origin"),  # who let go of it: provider:<name>, entity:<ref>, or api
    text("state"),  # alive: moving, held, restored; ended: done, approved, moved, returned
    text("reason"),
    integer("at"),  # when it was let go of
    integer("ended_at", null=True),
    integer("entities"),  # how many live, or went, by it, itself included
    text("part_of", null=True),  # the deletion that this one went along with
    text("unprocessed"),
    text("unprocessed_hash"),
    text("location_key", null=True),
    *cause_columns(),
    Index("ix_deletions_state", "state", "id"),
    Index("ix_deletions_state_provider", "state", "provider", "ended_at", "entities"),
    Index("ix_deletions_part_of", "part_of"),
    Index("ix_deletions_ended_at", "ended_at"),
)

DELETION_BRAKE = Table(
    "deletion_brake",
    METADATA,
    integer("id", primary_key=True),  # 0
    integer("engaged"),
    integer("share"),  # in millionths
    integer("entities"),
    integer("span"),  # microseconds
)

LOCATIONS = Table(
    "locations",
    METADATA,
    text("id", primary_key=True),  # a UUID
    text("type"),
    text("target"),
    text("entity_ref"),  # named after the first target that it had
    integer("created_at"),
    integer("changed_at"),
    *cause_columns(),  # of the last change
    Index("uq_locations_type_target", "type", "target", unique=True),
    Index("uq_locations_entity_ref", "entity_ref", unique=True),
)
