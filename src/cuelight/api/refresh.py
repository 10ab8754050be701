"""Refreshes: have an entity looked at again, as Backstage has it, and in a form that can be followed to its end."""

from typing import Annotated, Literal

import msgspec
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.asgi import ACCEPTED, Access, Answer, Call, Query, get, post
from cuelight.catalog.channels import DONE
from cuelight.clock import isoformat
from cuelight.errors import NotFoundError
from cuelight.model import parse_ref
from cuelight.repositories.refreshing import Progress, ask_for_refresh, refresh_progress
from cuelight.repositories.signals import DUE

LOOK_AGAIN = 1.0
"""Seconds after which a waiting request looks by itself: being woken is a courtesy."""


class RefreshBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Backstage's body. The token is for a permission system; who sent the request counts here."""

    entity_ref: str
    authorization_token: str | msgspec.UnsetType = msgspec.UNSET


class RefreshRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which entity; the namespace may be left out."""

    entity_ref: str


class RefreshAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A refresh that was taken. `repository_id` null: no repository stands behind the entity, and nothing is waited for."""

    id: str
    entity_ref: str
    repository_id: str | None


class RefreshWait(Query, frozen=True, kw_only=True):
    """`wait` asks to be answered once it is done, after so many seconds at the latest."""

    wait: Annotated[float, msgspec.Meta(ge=0, le=30)] | None = None


class RefreshState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What has become of a refresh.

    `done` is how its signal ended, with `outcome` and `reason`; `at_rest` says that the catalog has done what follows
    from that too. While it is `waiting`, `unanswered` counts the looks in a row that the host gave no answer to, and
    `reason` says why.
    """

    id: str
    repository_id: str
    repository: str
    state: Literal["waiting", "done"]
    outcome: str | None
    reason: str | None
    unanswered: int
    at_rest: bool
    requested_at: str
    finished_at: str | None


@post("/refresh", Query, RefreshBody, access=Access.REFRESH, answers=Answer(empty=True))
async def refresh(context: Context, call: Call[Query, RefreshBody]) -> Response:
    """Have an entity looked at again; answered as soon as that is noted. As in Backstage, only a full ref names one."""
    ref = call.body.entity_ref.lower()
    if await ask_for_refresh(context.db, context.registry, ref) is None:
        raise NotFoundError(f"Entity {ref} not found")
    return Response()


@post("/api/cuelight/v1/refreshes", Query, RefreshRequest, access=Access.REFRESH, answers=ACCEPTED)
async def start_refresh(context: Context, call: Call[Query, RefreshRequest]) -> RefreshAnswer:
    """Have an entity looked at again: 202 with an id by which that can be followed."""
    ref = str(parse_ref(call.body.entity_ref))
    asked = await ask_for_refresh(context.db, context.registry, ref)
    if asked is None:
        raise NotFoundError(f"there is no entity {ref}, or it is an orphan that nothing names any more")
    return RefreshAnswer(id=asked.id, entity_ref=asked.entity_ref, repository_id=asked.repository_id)


@get("/api/cuelight/v1/refreshes/{id}", RefreshWait, access=Access.READ)
async def refresh_state(context: Context, call: Call[RefreshWait, None]) -> RefreshState:
    """What has become of a refresh."""
    refresh_id = call.path["id"]
    found = await _followed(context, refresh_id, call.query.wait or 0.0)
    if found is None:
        raise NotFoundError(f"no repository was asked for a refresh {refresh_id}; its end is remembered for 30 days")
    return _state(found)


CATALOG_ENDPOINTS = (refresh,)
ENDPOINTS = (start_refresh, refresh_state)


async def _followed(context: Context, refresh_id: str, seconds: float) -> Progress | None:
    """What has become of it: at once, or once it is done, or the time is up. Where too many wait already, at once."""
    if not seconds or context.waiting.full:
        return await refresh_progress(context.db, refresh_id)
    listener = context.db.listen(DUE, DONE)
    with context.waiting.taking_part(listener):
        until = context.clock.monotonic() + seconds
        while True:
            found = await refresh_progress(context.db, refresh_id)
            left = until - context.clock.monotonic()
            if found is None or found.at_rest or left <= 0 or context.waiting.ended:
                return found
            await listener.wait(min(left, LOOK_AGAIN))


def _state(found: Progress) -> RefreshState:
    return RefreshState(
        id=found.id,
        repository_id=found.repository_id,
        repository=found.repository,
        state="waiting" if found.outcome is None else "done",
        outcome=found.outcome,
        reason=found.reason,
        unanswered=found.unanswered,
        at_rest=found.at_rest,
        requested_at=isoformat(found.requested_at),
        finished_at=None if found.finished_at is None else isoformat(found.finished_at),
    )
