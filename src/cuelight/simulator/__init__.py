"""A simulated code host over real Git repositories: for `cuelight demo`, the tests and the benchmarks.

Pushes come in (from `git` over HTTP, through `/_simulator/`, or as `Simulator.commit`) and webhooks go out, signed and
shaped as GitHub's; whoever is told can then ask GitHub's API for heads, trees and files. It knows nothing of the
integrations that talk to it, so the two can't share a mistake.

`core` holds the repositories and no host's words; `github` is GitHub's face over it, and another host's face is another
folder beside that. Needs dulwich: `pip install "cuelight[simulator]"`.
"""

from cuelight.errors import ConfigurationError

try:
    import dulwich as _dulwich  # noqa: F401  (asked for here, so that its absence has one clear message)
except ImportError as error:
    raise ConfigurationError(
        'the simulator needs dulwich; install it with: pip install "cuelight[simulator]"'
    ) from error

from cuelight.simulator.core import Changes, CodeHost, Edit, Person, Pushed, Repository
from cuelight.simulator.courier import Delivery, Hook, Parcel
from cuelight.simulator.knobs import Knobs
from cuelight.simulator.process import spawned
from cuelight.simulator.server import application, running
from cuelight.simulator.simulator import Settings, Simulator

__all__ = [
    "Changes",
    "CodeHost",
    "Delivery",
    "Edit",
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
