"""Organisations to begin with: the demo's little company, and the benchmark's many repositories of one descriptor.

The company's repositories are real files in `seeds/acme/`: a folder each.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from cuelight.simulator.core import Changes, CodeHost

DEMO: Final = {
    "organisation": ("Teams, people, domains and systems", ("catalog",)),
    "booking": ("Starts, follows and ends a ride", ("python", "rides")),
    "stations": ("Which station has free bikes and free places", ("go", "rides")),
    "pricing": ("What a ride costs", ("python", "library")),
    "ride-events": ("Publishes what happens to rides", ("go", "messaging")),
    "fleet": ("Knows every bike, its place and its health", ("java", "iot")),
    "notifications": ("Tells riders and mechanics what they wait for", ("typescript",)),
    "payments": ("Takes the money for rides and passes", ("kotlin", "pci")),
    "accounts": ("Riders, passes and how they sign in", ("python", "identity")),
    "web-shop": ("Buy a pass, find a bike, read a receipt", ("typescript", "react")),
    "mobile-app": ("The map, the lock and the bell", ("kotlin", "swift")),
    "design-system": ("Colours, type and buttons of everything we show", ("css", "library")),
    "platform": ("Cluster, databases, broker and delivery", ("go", "delivery")),
}
"""Each repository's description and topics."""
WORDS: Final = (
    "payments",
    "ledger",
    "search",
    "billing",
    "identity",
    "catalog",
    "shipping",
    "pricing",
    "checkout",
    "metrics",
)
TYPES: Final = ("service", "website", "library")
LIFECYCLES: Final = ("production", "experimental")
TEAMS, SYSTEMS = 20, 50


def seed_demo(host: CodeHost, owner: str = "acme") -> int:
    """Give *owner* the demo's repositories that it lacks; return how many were made."""
    held = {repository.metadata.name for repository in host.repositories(owner)}
    lacking = [name for name in DEMO if name not in held]
    for name in lacking:
        description, topics = DEMO[name]
        host.create(f"{owner}/{name}", Changes(description=description, topics=topics), files=demo_files(name))
    return len(lacking)


def demo_files(name: str) -> dict[str, bytes]:
    """Return the files of the demo's repository *name*: path → contents."""
    folder = resources.files("cuelight.simulator") / "seeds" / "acme" / name
    return dict(_files(folder, ""))


def seed_benchmark(host: CodeHost, count: int, owner: str = "acme") -> int:
    """Give *owner* `repo-00001` to `repo-{count}`, each of one Component, as far as it lacks them; return how many were made."""
    held = {repository.metadata.name for repository in host.repositories(owner)}
    lacking = [number for number in range(1, count + 1) if f"repo-{number:05}" not in held]
    for number in lacking:
        files = {"catalog-info.yaml": benchmark_descriptor(number).encode()}
        host.create(f"{owner}/repo-{number:05}", Changes(description=f"Repository {number}"), files=files)
    return len(lacking)


def benchmark_descriptor(number: int) -> str:
    """Return the descriptor of the benchmark's repository *number*."""
    first, second = WORDS[number % 10], WORDS[number // 10 % 10]
    return f"""\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: svc-{number:05}
  title: Service {number:05}
  description: {first} {second}
  annotations:
    acme.example/runbook: https://runbooks.acme.example/svc-{number:05}
    acme.example/cost-centre: "{1000 + number % 37}"
  labels:
    tier: "{number % 4}"
  tags:
    - {first}
    - tier-{number % 4}
  links:
    - url: https://dashboards.acme.example/svc-{number:05}
      title: Dashboard
spec:
  type: {TYPES[number % 3]}
  lifecycle: {LIFECYCLES[number % 2]}
  owner: group:default/team-{number % TEAMS:02}
  system: sys-{number % SYSTEMS:02}
"""


def _files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _files(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, entry.read_bytes()))
    return found
