"""The simulated host's own address space, `/_simulator/`: what tests, benchmarks and the demo do to it from outside.

| request | what |
| --- | --- |
| `GET /_simulator/state` | the truth: every repository, its metadata, its branches |
| `GET /_simulator/repos/{owner}/{repo}` | the truth of one |
| `POST` of the same | create a repository |
| `PATCH`, `DELETE` of the same | change its metadata, delete it |
| `POST …/{repo}/commits` | commit files: also as a merge, or forced |
| `PUT`, `DELETE …/{repo}/branches/{branch}` | create or force a branch, delete it |
| `PATCH` of the same | call it by another name |
| `PUT`, `DELETE …/{repo}/grant` | let the app read it, or not any more |
| `GET`, `DELETE /_simulator/requests` | how many requests of which kind; begin at nothing |
| `GET /_simulator/deliveries` | what became of the webhooks, newest first |
| `GET`, `POST /_simulator/hooks` | where webhooks go |
| `GET`, `PATCH /_simulator/knobs` | latency and limits |
| `GET`, `PATCH`, `DELETE /_simulator/faults` | what is wrong, and for how many |

Bodies are JSON and must say so: no page of another site can send that here without being asked first. What happens to a
repository is told to the hooks, unless the body says `"webhook": false`, or the query of a request without a body
`webhook=false`.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cuelight.errors import AuthenticationError
from cuelight.simulator.control.conditions import Conditions
from cuelight.simulator.control.happenings import Happenings
from cuelight.simulator.credentials import accepted, presented
from cuelight.simulator.simulator import Simulator

Endpoint = Callable[[Request], Awaitable[Response]]
Table = list[tuple[str, str, Endpoint]]
ROOT = "/_simulator"
REPOSITORY = f"{ROOT}/repos/{{owner}}/{{repo}}"
BRANCH = f"{REPOSITORY}/branches/{{branch:path}}"


class Control:
    """The endpoints, over one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        table = [*self._happenings(), *self._conditions()]
        return [Route(path, self._guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    def _happenings(self) -> Table:
        to = Happenings(self._simulator)
        return [
            ("GET", REPOSITORY, to.show),
            ("POST", REPOSITORY, to.create),
            ("PATCH", REPOSITORY, to.amend),
            ("DELETE", REPOSITORY, to.delete),
            ("POST", f"{REPOSITORY}/commits", to.commit),
            ("PUT", BRANCH, to.point),
            ("PATCH", BRANCH, to.rename),
            ("DELETE", BRANCH, to.remove),
            ("PUT", f"{REPOSITORY}/grant", to.grant),
            ("DELETE", f"{REPOSITORY}/grant", to.revoke),
        ]

    def _conditions(self) -> Table:
        of = Conditions(self._simulator)
        return [
            ("GET", f"{ROOT}/state", of.state),
            ("GET", f"{ROOT}/requests", of.requests),
            ("DELETE", f"{ROOT}/requests", of.reset),
            ("GET", f"{ROOT}/deliveries", of.deliveries),
            ("GET", f"{ROOT}/hooks", of.hooks),
            ("POST", f"{ROOT}/hooks", of.subscribe),
            ("GET", f"{ROOT}/knobs", of.knobs),
            ("PATCH", f"{ROOT}/knobs", of.turn),
            ("GET", f"{ROOT}/faults", of.faults),
            ("PATCH", f"{ROOT}/faults", of.strike),
            ("DELETE", f"{ROOT}/faults", of.mend),
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            if not accepted(presented(request.headers.get("authorization")), self._simulator.settings.token):
                raise AuthenticationError("the simulator was started with a token; send it as Authorization: Bearer …")
            return await endpoint(request)

        return guarded
