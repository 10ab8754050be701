"""A repository that went over to another provider: who has it lets go of it only once the other one has taken it up.

So what it holds is never absent: the catalog hears of what comes before what goes.
"""

import msgspec

from cuelight.db import Reading, Row
from cuelight.repositories.inquiry import Finding
from cuelight.repositories.registry import Registry
from cuelight.repositories.statements import BY_HOST_IDS
from cuelight.repositories.tracked import Tracked
from cuelight.repositories.verdicts import PATIENCE
from cuelight.scm import Repository


async def successor(tx: Reading, tracked: Tracked, repository: Repository, registry: Registry) -> str | None:
    """The provider, besides that of *tracked*, that takes *repository*, has nothing of it yet, and is about to look; else None."""
    ids = msgspec.json.encode([repository.id]).decode()
    rows = await tx.fetch(BY_HOST_IDS, {"host": tracked.host, "ids": ids})
    waiting = (row for row in rows if row["id"] != tracked.id and row["head"] is None and row["due_at"] is not None)
    return next((row["provider"] for row in waiting if _takes(row, repository, registry)), None)


def _takes(row: Row, repository: Repository, registry: Registry) -> bool:
    provider = registry.provider(row["provider"])
    return provider is not None and provider.excluded(repository) is None


def postponed(finding: Finding, successor: str) -> Finding:
    """*finding*, which takes everything away, put off until *successor* has looked."""
    reason = f"{finding.excluded}; what came from it stays until {successor} has looked at it"
    return Finding(kept=reason, postponed=True)


def is_patient(since: int, now: int) -> bool:
    """Whether what was signalled *since* then may wait for somebody else yet."""
    return now - since < PATIENCE
