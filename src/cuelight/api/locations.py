"""Backstage's registered locations: registering and trying it out, asking, moving, unregistering."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NoReturn

import msgspec
from msgspec import UNSET, UnsetType

from cuelight.api.context import Context
from cuelight.asgi import CREATED, Access, Answer, Call, Query, concealed_as, delete, get, post, put
from cuelight.asgi.schema import Schema
from cuelight.catalog import StaticLocation, location_ref
from cuelight.catalog.locations import location_key
from cuelight.catalog.registered import (
    LocationQuery,
    Registered,
    all_locations,
    checked,
    find_location,
    is_registered,
    location_above,
    move,
    query_locations,
    register,
    unregister,
)
from cuelight.catalog.registered.asking import PAGE
from cuelight.catalog.registered.location import unknown
from cuelight.catalog.rehearsal import location_tree
from cuelight.errors import InputError, NotFoundError
from cuelight.model import Ref, parse_location_ref
from cuelight.repositories.refreshing import ask_for_refresh

_YES: Final = frozenset({"y", "yes", "true", "1", "on"})
_FIELDS: Final = ("target", "type", "presence")
_PRESENCE: Final = ("required", "optional")
_GIVEN: Any = Annotated[
    dict[str, Any],
    msgspec.Meta(
        extra_json_schema={
            "required": ["target", "type"],
            "properties": {name: {"type": "string"} for name in ("target", "type")},
        }
    ),
]
"""A location as it is sent. Backstage has words of its own for further fields, so they have to come through."""
_SCHEMA: Final = Schema(_GIVEN)


class RegisterQuery(Query, frozen=True, kw_only=True):
    """`dryRun` asks what registering would bring; `onConflict`, what becomes of what is registered already."""

    dry_run: str | None = None
    on_conflict: Literal["refresh", "reject"] | None = None


class LocationsBody(msgspec.Struct, frozen=True, kw_only=True):
    """Which locations, or the cursor of a page that follows one."""

    cursor: str | UnsetType = UNSET
    limit: float | UnsetType = UNSET
    query: dict[str, Any] | UnsetType = UNSET


class ListedLocation(msgspec.Struct, frozen=True):
    """A location as the list has it."""

    data: Registered


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A location that was only tried out: its id is its name. `presence` is what was sent, and nothing looks at it."""

    type: str
    target: str
    id: str
    entity_ref: str
    presence: str | UnsetType = UNSET


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """A location that was registered; or, after a dry run, what it would bring, and whether it is registered already."""

    location: Annotated[Any, msgspec.Meta(extra_json_schema=msgspec.json.schema(Rehearsed)["$defs"]["Rehearsed"])]
    """A `Registered`, or a `Rehearsed`."""
    entities: Sequence[Mapping[str, Any]] = ()
    exists: bool | UnsetType = UNSET


class NextPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The cursor of the page that follows, where one does."""

    next_cursor: str | UnsetType = UNSET


class LocationsPage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page of locations; `totalItems` counts all pages."""

    items: Sequence[Registered]
    total_items: int
    page_info: NextPage


def _unknown(call: Call[Query, None]) -> NoReturn:
    raise unknown(call.path["id"])


def _above_nothing(call: Call[Query, None]) -> NoReturn:
    raise NotFoundError(f"Found no location above {_named(call)}")


@concealed_as(lambda _: [])
@get("/locations", Query, access=Access.READ, answers=Answer(type=list[ListedLocation]))
async def locations(context: Context, call: Call[Query, None]) -> list[ListedLocation]:  # noqa: ARG001 -- an endpoint
    """Every registered location; those of the configuration are not registered."""
    return [ListedLocation(each) for each in await all_locations(context.db)]


@post("/locations", RegisterQuery, _GIVEN, access=Access.WRITE, answers=CREATED)
async def register_location(context: Context, call: Call[RegisterQuery, dict[str, Any]]) -> Registration:
    """Register a location, or try that out."""
    given = _location(call.body)
    _expect_known(call.body)
    if (call.query.dry_run or "").lower() in _YES:
        return await _tried_out(context, given, call.body.get("presence", UNSET))
    context.registering.permit()
    on_conflict = call.query.on_conflict or context.registering.on_conflict
    registered = await register(context.db, given, on_conflict=on_conflict)
    if on_conflict == "refresh":
        await ask_for_refresh(context.db, context.registry, registered.entity_ref)
    return Registration(location=registered)


@concealed_as(lambda _: LocationsPage(items=(), total_items=0, page_info=NextPage()))
@post("/locations/by-query", Query, LocationsBody, access=Access.READ)
async def locations_by_query(context: Context, call: Call[Query, LocationsBody]) -> LocationsPage:
    """Registered locations that a predicate over `id`, `type`, `target` and `entityRef` selects, by their ids."""
    page = await query_locations(context.db, _asked(call.body))
    info = NextPage(next_cursor=UNSET if page.next is None else page.next)
    return LocationsPage(items=page.items, total_items=page.total, page_info=info)


@concealed_as(_above_nothing)
@get("/locations/by-entity/{kind}/{namespace}/{name}", Query, access=Access.READ)
async def location_by_entity(context: Context, call: Call[Query, None]) -> Registered:
    """The registered location that an entity originates from."""
    return await location_above(context.db, str(_named(call)))


@concealed_as(_unknown)
@get("/locations/{id}", Query, access=Access.READ)
async def location(context: Context, call: Call[Query, None]) -> Registered:
    """One registered location."""
    return await find_location(context.db, call.path["id"])


@put("/locations/{id}", Query, _GIVEN, access=Access.WRITE)
async def move_location(context: Context, call: Call[Query, dict[str, Any]]) -> Registered:
    """Have a registered location name something else; it keeps its id, and its entity."""
    if "type" not in call.body:
        raise InputError("request/body must have required property 'type'")  # Backstage asks for it first here
    given = _location(call.body)
    if not call.body.keys() <= {"type", "target"}:
        raise InputError("request/body must NOT have additional properties")
    context.registering.permit()
    return await move(context.db, call.path["id"], given)


@delete("/locations/{id}", Query, access=Access.WRITE)
async def unregister_location(context: Context, call: Call[Query, None]) -> None:
    """Forget a registered location, and delete at once what lived by it alone."""
    context.registering.permit()
    await unregister(context.db, call.path["id"])


ENDPOINTS = (
    register_location,
    locations,
    locations_by_query,
    location_by_entity,
    location,
    move_location,
    unregister_location,
)


def _named(call: Call[Query, None]) -> Ref:
    return Ref(*(call.path[part] for part in ("kind", "namespace", "name")))


async def _tried_out(context: Context, given: StaticLocation, presence: str | UnsetType) -> Registration:
    _expect_ref(given)
    exists = await is_registered(context.db, checked(given))
    tried = Rehearsed(
        type=given.type,
        target=given.target,
        id=location_key(given),
        entity_ref=location_ref(given),
        presence=presence,
    )
    return Registration(location=tried, entities=await location_tree(context.rehearsal, given), exists=exists)


def _location(body: Mapping[str, Any]) -> StaticLocation:
    """The location in *body*; InputError where it is none."""
    if (flaw := _SCHEMA.flaw(body)) is not None:
        raise InputError(f"request/body{flaw}")
    return StaticLocation(type=body["type"], target=body["target"])


def _expect_ref(given: StaticLocation) -> None:
    """InputError for a URL that is none, or a script: as what reads it would say, since a dry run gets as far."""
    try:
        if given.type == "url":
            parse_location_ref(location_key(given))
    except InputError as error:
        raise InputError(f"TypeError: {error.message}") from None


def _expect_known(body: Mapping[str, Any]) -> None:
    """InputError for another presence than the two that there are, and for further fields."""
    # In the words of the validator that Backstage uses here alone:
    # https://github.com/colinhacks/zod/blob/v3.25.0/ERROR_HANDLING.md
    issues: list[Mapping[str, Any]] = []
    presence = body.get("presence", "required")
    if presence not in _PRESENCE:
        unions = [{"issues": [_literal(presence, each)], "name": "ZodError"} for each in _PRESENCE]
        where = {"path": ["presence"], "message": "Invalid input"}
        issues.append({"code": "invalid_union", "unionErrors": unions, **where})
    if others := [name for name in body if name not in _FIELDS]:
        named = ", ".join(f"'{each}'" for each in others)
        said = f"Unrecognized key(s) in object: {named}"
        issues.append({"code": "unrecognized_keys", "keys": others, "path": [], "message": said})
    if issues:
        raise InputError(f"Malformed request: {json.dumps(issues, indent=2, ensure_ascii=False)}")


def _literal(received: Any, expected: str) -> Mapping[str, Any]:
    said = f'Invalid literal value, expected "{expected}"'
    found = {"received": received, "code": "invalid_literal", "expected": expected}
    return {**found, "path": ["presence"], "message": said}


def _asked(body: LocationsBody) -> LocationQuery:
    """The query in *body*; a cursor holds all of it but the size of the page, where that is given again."""
    if body.limit is not UNSET and not body.limit.is_integer():
        raise InputError("Limit must be a positive integer >= 1")
    limit = None if body.limit is UNSET else int(body.limit)
    if body.cursor is UNSET:
        query = None if body.query is UNSET else body.query
        return LocationQuery(limit=PAGE if limit is None else limit, query=query)
    continued = LocationQuery.continued(body.cursor)
    return continued if limit is None else msgspec.structs.replace(continued, limit=limit)
