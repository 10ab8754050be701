"""Rows of a catalog, written as stitching and the journal write them, for tests that read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from cuelight.catalog.stitching.index import Indexed, index
from cuelight.catalog.tables import CHANGES, DELETIONS, FINAL_ENTITIES, PROBLEMS
from cuelight.db import Database, Statement, Transaction
from cuelight.journal.tables import BODIES, DELIVERIES
from cuelight.model import ref_of

ADD_ENTITY = Statement(insert(FINAL_ENTITIES))
ADD_CHANGE = Statement(insert(CHANGES))
ADD_PROBLEM = Statement(insert(PROBLEMS))
ADD_DELETION = Statement(insert(DELETIONS))
ADD_DELIVERY = Statement(insert(DELIVERIES))
ADD_BODY = Statement(insert(BODIES))


async def add_entities(db: Database, entities: Sequence[Mapping[str, Any]]) -> None:
    """Serve *entities*, each with its uid, from now on."""

    async def work(tx: Transaction) -> None:
        for entity in entities:
            uid = entity["metadata"]["uid"]
            row = {"entity_id": uid, "entity_ref": ref_of(entity), "entity": json.dumps(entity), "hash": "x"}
            await tx.execute(ADD_ENTITY, {**row, "updated_at": tx.now()})
            await index(tx, [Indexed(uid, dict(entity), known=False)])

    await db.transact(work)


async def add(db: Database, statement: Statement, *rows: Mapping[str, Any]) -> None:
    """Insert *rows*."""
    await db.transact(lambda tx: tx.execute_many(statement, rows))


def component(name: str, **spec: Any) -> dict[str, Any]:
    """A component named *name*, whose uid is made of its name."""
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"namespace": "default", "name": name, "uid": f"uid-{name}", "etag": "e"},
        "spec": {"type": "service", "owner": "team-a", **spec},
        "relations": [],
    }


def change(sequence: int, *, at: int, caused_at: int | None = None, **columns: Any) -> dict[str, Any]:
    """A row of the change log."""
    return {
        "sequence": sequence,
        "entity_ref": f"component:default/c{sequence}",
        "entity_id": f"uid-c{sequence}",
        "action": "updated",
        "before": '{"a":1}',
        "after": '{"a":2}',
        "paths": '["spec.owner"]',
        "at": at,
        "cause": None if caused_at is None else f"delivery-{sequence}",
        "caused_at": caused_at,
        "reconcile": None,
        "commit_sha": None if caused_at is None else f"{sequence:040x}",
        "author": None if caused_at is None else "Release Engineer",
        **columns,
    }


def problem(number: int, **columns: Any) -> dict[str, Any]:
    """A row of the problems."""
    return {
        "entity_id": f"uid-{number}",
        "position": 0,
        "entity_ref": f"component:default/p{number}",
        "rule": "entity.name",
        "level": "error",
        "name": "InputError",
        "message": f"problem {number}",
        "url": "https://github.com/acme/shop/blob/main/catalog-info.yaml",
        "line": 4,
        "column": 3,
        "path": "metadata.name",
        "since": number,
        **columns,
    }


def delivery(number: int, *, received_at: int, **columns: Any) -> dict[str, Any]:
    """A row of the deliveries."""
    return {
        "id": f"delivery-{number}",
        "dedupe_key": f"github:{number}",
        "integration": "github",
        "event": "push",
        "guid": f"guid-{number}",
        "hook": None,
        "state": "received",
        "reason": None,
        "subject": "acme/shop",
        "received_at": received_at,
        "headers": '{"x-github-event":"push"}',
        "size": 2,
        "sha256": b"",
        **columns,
    }


def deletion(number: int, **columns: Any) -> dict[str, Any]:
    """A row of what was let go of: one entity that the brake holds."""
    return {
        "id": f"deletion-{number}",
        "provider": "github-provider:default",
        "entity_ref": f"component:default/d{number}",
        "origin": "provider:github-provider:default",
        "state": "held",
        "reason": "it is too much at once",
        "at": number,
        "ended_at": None,
        "entities": 1,
        "part_of": None,
        "unprocessed": "{}",
        "unprocessed_hash": "x",
        "location_key": None,
        **dict.fromkeys(("cause", "caused_at", "reconcile", "commit_sha", "author")),
        **columns,
    }
