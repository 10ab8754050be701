"""The control's endpoints that say how things are and turn them: requests, webhooks, knobs, faults, the whole truth."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cuelight.clock import isoformat
from cuelight.errors import InputError
from cuelight.simulator.control.bodies import (
    Subscribe,
    body_of,
    delivery_document,
    hook_document,
    state_document,
    turned,
)
from cuelight.simulator.faults import Faults
from cuelight.simulator.github.answers import json_response
from cuelight.simulator.simulator import Simulator


class Conditions:
    """Each takes a request and returns how things are."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def state(self, request: Request) -> Response:
        """Return every repository (of `owner`, where the query names one) with its metadata, branches and tags, at an instant."""
        return json_response(await run_in_threadpool(self._state, request.query_params.get("owner")))

    async def requests(self, _request: Request) -> Response:
        """Return how many requests there were, by kind and by status, and how many went bad, by fault."""
        counts = self._simulator.counts
        statuses = {str(status): count for status, count in counts.statuses.items()}
        document = {
            "total": counts.kinds.total(),
            "kinds": dict(counts.kinds),
            "statuses": statuses,
            "faults": dict(counts.faults),
        }
        return json_response(document)

    async def reset(self, _request: Request) -> Response:
        """Count from nothing again; 204."""
        self._simulator.counts.reset()
        return Response(status_code=204)

    async def deliveries(self, _request: Request) -> Response:
        """Return what became of the webhooks, newest first, and how many are still to be sent."""
        courier = self._simulator.courier
        items = [delivery_document(one) for one in courier.deliveries]
        return json_response({"items": items, "pending": courier.pending})

    async def hooks(self, _request: Request) -> Response:
        """Return where webhooks go."""
        return json_response({"items": [hook_document(hook) for hook in self._simulator.hooks]})

    async def subscribe(self, request: Request) -> Response:
        """Add a webhook; 201 with its id."""
        body = await body_of(request, Subscribe)
        if not body.url.startswith(("http://", "https://")):
            raise InputError(f"{body.url[:200]!r} is not an address of a webhook; it begins with http:// or https://")
        hook = self._simulator.subscribe(body.url, body.secret, app=body.app)
        return json_response(hook_document(hook), status=201)

    async def knobs(self, _request: Request) -> Response:
        """Return how everything is turned."""
        return json_response(self._simulator.knobs)

    async def turn(self, request: Request) -> Response:
        """Turn what the body names and leave the rest."""
        return json_response(turned(self._simulator.knobs, await body_of(request, dict[str, Any])))

    async def faults(self, _request: Request) -> Response:
        """Return the faults in force."""
        return json_response(self._simulator.faults)

    async def strike(self, request: Request) -> Response:
        """Put into force what the body names and leave the rest; naming the `seed` begins its run anew."""
        given = await body_of(request, dict[str, Any])
        faults = turned(self._simulator.faults, given)
        if "seed" in given:
            self._simulator.dice.restart()
        return json_response(faults)

    async def mend(self, _request: Request) -> Response:
        """End every fault, and begin the seed's run anew; 204."""
        well = Faults(seed=self._simulator.faults.seed)
        turned(self._simulator.faults, {name: getattr(well, name) for name in Faults.__struct_fields__})
        self._simulator.dice.restart()
        return Response(status_code=204)

    def _state(self, owner: str | None) -> dict[str, Any]:
        host = self._simulator.host
        now = host.clock.now()
        items = [state_document(one) for one in host.repositories(owner)]
        return {"time": isoformat(now), "instant": now, "repositories": items}
