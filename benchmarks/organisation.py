"""A generated organisation: so many entities with owners, systems and dependencies, the same each time.

Of `size` entities a fiftieth are teams, a twentieth systems, and the rest Components; what a Component is called and
looks like is the seed of `cuelight.simulator`, so that both ways of loading give the same sort of catalog.
"""

from collections.abc import Iterator
from typing import Any

from cuelight.simulator.seed import WORDS

Entity = dict[str, Any]

LOCATION = "url:https://organisation.example/catalog-info.yaml"
TYPES = ("service", "website", "library")
LIFECYCLES = ("production", "experimental")


class Organisation:
    """The entities of an organisation of *size*; components are numbered from one."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.teams = max(size // 50, 1)
        self.systems = max(size // 20, 1)
        self.components = size - self.teams - self.systems

    def entities(self) -> Iterator[Entity]:
        """All of them: teams, systems, components."""
        yield from (self.team(number) for number in range(self.teams))
        yield from (self.system(number) for number in range(self.systems))
        yield from (self.component(number) for number in range(1, self.components + 1))

    def team(self, number: int) -> Entity:
        """A team; every tenth is the parent of the nine after it."""
        above = {} if number % 10 == 0 else {"parent": f"team-{number // 10 * 10:05}"}
        return _entity("Group", f"team-{number:05}", {"type": "team", "children": [], **above})

    def system(self, number: int) -> Entity:
        """A system of one of the teams."""
        return _entity("System", f"sys-{number:05}", {"owner": f"group:default/team-{number % self.teams:05}"})

    def component(self, number: int, *, edition: int = 0) -> Entity:
        """A Component with an owner, a system and two dependencies; *edition* shows in its title."""
        spec = {
            "type": TYPES[number % 3],
            "lifecycle": LIFECYCLES[number % 2],
            "owner": f"group:default/team-{number % self.teams:05}",
            "system": f"sys-{number % self.systems:05}",
            "dependsOn": [f"component:svc-{number * step % self.components + 1:05}" for step in (7, 13)],
        }
        entity = _entity("Component", f"svc-{number:05}", spec)
        first, second = WORDS[number % 10], WORDS[number // 10 % 10]
        entity["metadata"] |= {
            "title": f"Service {number:05}" + (f" edition {edition}" if edition else ""),
            "description": f"{first} {second}",
            "labels": {"tier": str(number % 4)},
            "tags": [first, f"tier-{number % 4}"],
            "links": [{"url": f"https://dashboards.acme.example/svc-{number:05}", "title": "Dashboard"}],
        }
        entity["metadata"]["annotations"] |= {
            "acme.example/runbook": f"https://runbooks.acme.example/svc-{number:05}",
            "acme.example/cost-centre": str(1000 + number % 37),
        }
        return entity


def _entity(kind: str, name: str, spec: Entity) -> Entity:
    annotations = {
        "backstage.io/managed-by-location": LOCATION,
        "backstage.io/managed-by-origin-location": LOCATION,
    }
    metadata = {"name": name, "annotations": annotations}
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
