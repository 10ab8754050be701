"""What a process does: everything, or some of it."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Role(StrEnum):
    """A part of the work."""

    ALL = "all"
    INGRESS = "ingress"
    WORKER = "worker"
    API = "api"


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Which parts this process does: `ingress` takes deliveries, `worker` acts on them, `api` answers and shows."""

    ingress: bool = True
    worker: bool = True
    api: bool = True


def roles_of(chosen: Sequence[Role]) -> Roles:
    """What *chosen* asks for; nothing chosen is everything."""
    wanted = set(chosen) or {Role.ALL}
    if Role.ALL in wanted:
        return Roles()
    return Roles(ingress=Role.INGRESS in wanted, worker=Role.WORKER in wanted, api=Role.API in wanted)
