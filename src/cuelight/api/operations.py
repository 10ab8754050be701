"""What operators and their machines ask: does it live, is it ready, how is it doing?"""

from collections.abc import Mapping

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from cuelight.api.context import Context
from cuelight.asgi import Access, Answer, Call, Query, get, json_answer


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is ok or error, as Backstage says it; `dependencies` has a sentence for each that is not well."""

    status: str
    dependencies: Mapping[str, str] = {}


LIVES = Answer(type=Health)
READY = (Answer(type=Health), Answer(status=503, type=Health))


async def _liveness(context: Context, call: Call[Query, None]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """Alive, since it answers. Nothing else is asked: a restart mends no dependency."""
    return _uncached(Health(status="ok"), status=200)


async def _readiness(context: Context, call: Call[Query, None]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """Whether requests may be sent here: 200, or 503 and what is missing."""
    missing = {name: reason for name, reason in (await context.readiness()).items() if reason is not None}
    health = Health(status="error" if missing else "ok", dependencies=missing)
    return _uncached(health, status=503 if missing else 200)


@get("/metrics", Query, access=Access.OPERATE, answers=Answer(type=str, media_type="text/plain"))
async def metrics(context: Context, call: Call[Query, None]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """Prometheus' text."""
    return Response(await context.metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


ENDPOINTS = (
    *(
        get(path, Query, access=Access.OPEN, answers=LIVES)(_liveness)
        for path in ("/livez", "/.backstage/health/v1/liveness")
    ),
    *(
        get(path, Query, access=Access.OPEN, answers=READY)(_readiness)
        for path in ("/readyz", "/.backstage/health/v1/readiness")
    ),
    metrics,
)


def _uncached(health: Health, *, status: int) -> Response:
    return json_answer(health, status=status, headers={"Cache-Control": "no-store"})
