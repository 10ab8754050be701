"""Backstage's `validate-entity`: what processing would say of an entity, read from a location."""

from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.asgi import Access, Answer, Call, Query, json_answer, post
from cuelight.catalog.rehearsal import Verdict, verdicts_on
from cuelight.errors import InputError
from cuelight.model import LocationRef, check_envelope, parse_location_ref


class ValidationBody(msgspec.Struct, frozen=True, kw_only=True):
    """An entity, and where it is to be taken as read from: `url:https://…`."""

    location: str
    entity: dict[str, Any]


class Findings(msgspec.Struct, frozen=True):
    """What is wrong with the entity."""

    errors: Sequence[Verdict]


@post(
    "/validate-entity",
    Query,
    ValidationBody,
    access=Access.REFRESH,
    answers=(Answer(empty=True), Answer(status=400, type=Findings)),
)
async def validate_entity(context: Context, call: Call[Query, ValidationBody]) -> Response:
    """Take an entity through processing, with all that it reads: 200 without content, or 400 with the errors."""
    try:
        check_envelope(call.body.entity)
        location = _location(call.body.location)
    except InputError as error:
        return _refused([Verdict(name="TypeError", message=error.message)])
    errors = await verdicts_on(context.rehearsal, call.body.entity, location)
    return _refused(errors) if errors else Response()


ENDPOINTS = (validate_entity,)


def _location(text: str) -> LocationRef:
    location = parse_location_ref(text)
    if location.type != "url":
        raise InputError(f"Invalid location ref {text}, only 'url:<target>' is supported, e.g. url:https://host/path")
    return location


def _refused(errors: Sequence[Verdict]) -> Response:
    return json_answer(Findings(errors), status=400)
