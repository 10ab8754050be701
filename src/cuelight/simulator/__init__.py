"""A simulated code host over real Git repositories: for `cuelight demo`, the tests and the benchmarks.

Pushes come in (from `git` over HTTP, through `/_simulator/`, or as `Simulator.commit`) and webhooks go out, signed and
shaped as GitHub's; whoever is told can then ask GitHub's APIs for heads, trees and files. What can go wrong with a host
can be made to go wrong (`faults`). It knows nothing of the
integrations that talk to it, so the two can't share a mistake.

`core` holds the repositories and no host's words; `github` is GitHub's face over it, and another host's face is another
folder beside that. Needs dulwich and graphql-core: `pip install "cuelight[simulator]"`.
"""

from cuelight.errors import ConfigurationError

try:
    # asked for here, so that their absence has one clear message
    import dulwich as _dulwich  # noqa: F401
    import graphql as _graphql  # noqa: F401
except ImportError as error:
    raise ConfigurationError(
        'the simulator needs dulwich and graphql-core; install them with: pip install "cuelight[simulator]"'
    ) from error

from cuelight.simulator.core import Changes, CodeHost, Edit, Happened, Person, Pushed, Repository
from cuelight.simulator.courier import Delivery, Hook, Parcel
from cuelight.simulator.faults import Faults
from cuelight.simulator.knobs import Knobs
from cuelight.simulator.process import spawned
from cuelight.simulator.server import application, running
from cuelight.simulator.simulator import Settings, Simulator

__all__ = [
    "Changes",
    "CodeHost",
    "Delivery",
    "Edit",
    "Faults",
    "Happened",
    "Hook",
    "Knobs",
    "Parcel",
    "Person",
    "Pushed",
    "Repository",
    "Settings",
    "Simulator",
    "application",
    "running",
    "spawned",
]
