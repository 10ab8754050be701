"""One entity: by name, by uid, and where it comes from; and its end."""

from typing import Final, NoReturn

from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.api.wire import Entity
from cuelight.asgi import Access, Answer, Call, Query, concealed_as, delete, get, json_text
from cuelight.catalog import Cause, delete_entity
from cuelight.catalog.queries import entity_by_ref, entity_by_uid
from cuelight.clock import timed_id
from cuelight.db import Transaction
from cuelight.errors import NotFoundError
from cuelight.model import Ref

_NAME: Final = ("kind", "namespace", "name")


def _not_named(call: Call[Query, None]) -> NoReturn:
    kind, namespace, name = (call.path[part] for part in _NAME)
    raise NotFoundError(f"No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'")


def _without_uid(call: Call[Query, None]) -> NoReturn:
    raise NotFoundError(f"No entity with uid {call.path['uid']}")


@concealed_as(_not_named)
@get("/entities/by-name/{kind}/{namespace}/{name}", Query, access=Access.READ, answers=Answer(type=Entity))
async def entity_by_name(context: Context, call: Call[Query, None]) -> Response:
    """One entity; the parts of its name may be in any case."""
    entity = await entity_by_ref(context.db, str(Ref(*(call.path[part] for part in _NAME))))
    if entity is None:
        _not_named(call)
    return json_text(entity.encode())


@concealed_as(_without_uid)
@get("/entities/by-uid/{uid}", Query, access=Access.READ, answers=Answer(type=Entity))
async def entity_with_uid(context: Context, call: Call[Query, None]) -> Response:
    """One entity, by its `metadata.uid`, in any case."""
    entity = await entity_by_uid(context.db, call.path["uid"].lower())
    if entity is None:
        _without_uid(call)
    return json_text(entity.encode())


@delete("/entities/by-uid/{uid}", Query, access=Access.WRITE)
async def delete_by_uid(context: Context, call: Call[Query, None]) -> None:
    """Delete an entity, which comes back where something still names it. 204 too where there is none, as in Backstage."""
    await let_go(context, call.path["uid"])


ENDPOINTS = (entity_by_name, entity_with_uid, delete_by_uid)


async def let_go(context: Context, uid: str) -> None:
    """Delete the entity *uid*, if there is one, under a cause of its own."""

    async def work(tx: Transaction) -> None:
        await delete_entity(tx, uid, Cause(id=f"api:{timed_id(tx.now())}", at=tx.now()))

    await context.db.transact(work)
