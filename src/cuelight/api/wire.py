"""Entities on the wire: the text that is stored goes out as it is; only `fields` makes us look into it.

The types here are what the OpenAPI document says of entities; nothing is ever decoded into them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cuelight.model import Projection

AT_ONCE = 500
"""Entities whose text is joined on the event loop; more of them, or so many that must be decoded, go to a thread."""
LOOKED_INTO = 50
"""Entities that are decoded on the event loop."""

NULL = b"null"


class EntityMeta(msgspec.Struct, frozen=True, rename="camel"):
    """What all kinds have in `metadata`; there may be more."""

    name: str
    namespace: str | msgspec.UnsetType = msgspec.UNSET
    uid: str | msgspec.UnsetType = msgspec.UNSET
    etag: str | msgspec.UnsetType = msgspec.UNSET
    title: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    labels: Mapping[str, str] | msgspec.UnsetType = msgspec.UNSET
    annotations: Mapping[str, str] | msgspec.UnsetType = msgspec.UNSET
    tags: Sequence[str] | msgspec.UnsetType = msgspec.UNSET
    links: Sequence[Mapping[str, Any]] | msgspec.UnsetType = msgspec.UNSET


class EntityRelation(msgspec.Struct, frozen=True, rename="camel"):
    """A relation to another entity."""

    type: str
    target_ref: str


class Entity(msgspec.Struct, frozen=True, rename="camel"):
    """An entity of any kind, whole."""

    api_version: str
    kind: str
    metadata: EntityMeta
    spec: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET
    relations: Sequence[EntityRelation] | msgspec.UnsetType = msgspec.UNSET


class EntityParts(msgspec.Struct, frozen=True, rename="camel"):
    """An entity, or where `fields` ask for some of it, those."""

    api_version: str | msgspec.UnsetType = msgspec.UNSET
    kind: str | msgspec.UnsetType = msgspec.UNSET
    metadata: Mapping[str, Any] | msgspec.UnsetType = msgspec.UNSET
    spec: Any = msgspec.UNSET
    relations: Sequence[EntityRelation] | msgspec.UnsetType = msgspec.UNSET


async def joined(texts: Sequence[str | None], projection: Projection | None) -> bytes:
    """*texts*, or what *projection* leaves of them, as the inside of a JSON array; None is null."""
    if len(texts) <= (AT_ONCE if projection is None else LOOKED_INTO):
        return _join(texts, projection)
    return await asyncio.to_thread(_join, texts, projection)


def _join(texts: Sequence[str | None], projection: Projection | None) -> bytes:
    if projection is None:
        return ",".join("null" if text is None else text for text in texts).encode()
    return b",".join(NULL if text is None else _projected(text, projection) for text in texts)


def _projected(text: str, projection: Projection) -> bytes:
    return msgspec.json.encode(projection.of(msgspec.json.decode(text)))
