"""The final entity: what was processed, with relations, status and marks. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from cuelight.catalog.documents import Entity, decode
from cuelight.catalog.verdict import verdict_of
from cuelight.model import is_script, stable_hash

ORPHAN = "backstage.io/orphan"
_LINKS = ("backstage.io/view-url", "backstage.io/edit-url")
_REJECTED = "https://backstage.io/annotation-rejected-for-security-reasons"
_STATUS = "backstage.io/catalog-processing"


class Ingredients(msgspec.Struct, frozen=True, kw_only=True):
    """What a final entity is made of.

    `relations`: pairs of type and target ref, in their order; `errors`: pairs of an error's name and message.
    """

    entity_id: str
    processed: str
    orphan: bool
    relations: Sequence[tuple[str, str]]
    errors: Sequence[tuple[str, str]]


class Final(msgspec.Struct, frozen=True):
    """A final entity, with uid and etag, and the hash of it without them: equal hashes mean equal entities."""

    entity: Entity
    hash: str


def build(given: Ingredients) -> Final:
    """Put the final entity together, as section 4 of Backstage's stitching has it; an etag of its source stays."""
    entity: Entity = decode(given.processed)
    metadata: dict[str, Any] = entity["metadata"]
    _mark(metadata, orphan=given.orphan)
    entity["relations"] = [{"type": kind, "targetRef": target} for kind, target in given.relations]
    if given.errors:
        entity["status"] = {"items": [_status(name, message) for name, message in given.errors]}
    digest = stable_hash(entity)
    metadata["uid"] = given.entity_id
    metadata.setdefault("etag", digest)
    return Final(entity, digest)


def _mark(metadata: dict[str, Any], *, orphan: bool) -> None:
    annotations = metadata.get("annotations", {})
    if orphan:
        metadata["annotations"] = annotations = {**annotations, ORPHAN: "true"}
    for name in _LINKS:
        if is_script(annotations.get(name, "")):
            annotations[name] = _REJECTED


def _status(name: str, message: str) -> dict[str, Any]:
    return {
        "type": _STATUS,
        "level": "error",
        "message": f"{name}: {message}",
        "error": msgspec.to_builtins(verdict_of(name, message)),
    }
