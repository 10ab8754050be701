"""Where an entity comes from: itself and every entity above it, each with its parents."""

from collections.abc import Sequence

import msgspec
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.api.wire import Entity
from cuelight.asgi import Access, Answer, Call, Query, get, json_answer
from cuelight.catalog.queries import Ancestor, ancestry_of
from cuelight.errors import NotFoundError
from cuelight.model import Ref


class AncestorItem(msgspec.Struct, frozen=True, rename="camel"):
    """An entity, and the refs of those that name it."""

    entity: Entity
    parent_entity_refs: Sequence[str]


class AncestryAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """The entity that was asked for first, then those above it, depth first."""

    root_entity_ref: str
    items: Sequence[AncestorItem]


class _Ancestor(msgspec.Struct, frozen=True, rename="camel"):
    """An `AncestorItem` whose entity is sent as it is stored."""

    entity: msgspec.Raw
    parent_entity_refs: Sequence[str]


@get(
    "/entities/by-name/{kind}/{namespace}/{name}/ancestry",
    Query,
    access=Access.READ,
    answers=Answer(type=AncestryAnswer),
)
async def ancestry(context: Context, call: Call[Query, None]) -> Response:
    """Where an entity comes from."""
    ref = str(Ref(*(call.path[part] for part in ("kind", "namespace", "name"))))
    found = await ancestry_of(context.db, ref)
    if found is None:
        raise NotFoundError(f"No such entity {ref}")
    return json_answer({"rootEntityRef": ref, "items": [_item(each) for each in found]})


ENDPOINTS = (ancestry,)


def _item(found: Ancestor) -> _Ancestor:
    return _Ancestor(entity=msgspec.Raw(found.entity.encode()), parent_entity_refs=found.parents)
