"""The two gates of GitHub's API, one for each of its quotas, and the keys that open both."""

from cuelight.simulator.core import CodeHost
from cuelight.simulator.faults import Faults
from cuelight.simulator.github.claims import AppKey
from cuelight.simulator.github.gate import Gate, Keys
from cuelight.simulator.github.installations import Installations
from cuelight.simulator.github.quota import Quota
from cuelight.simulator.knobs import Knobs


class Gates:
    """Made once a host: quotas and tokens outlive the address that it is reached at."""

    def __init__(self, host: CodeHost, knobs: Knobs, faults: Faults, *, token: str | None, app_key: str | None) -> None:
        self.keys = Keys(token, Installations(host, knobs), AppKey(host.clock, app_key))
        self.rest = Gate(host, faults, self.keys, Quota(host.clock, "core", lambda: knobs.rate_limit))
        self.graphql = Gate(host, faults, self.keys, Quota(host.clock, "graphql", lambda: knobs.graphql_rate_limit))
