"""What is at stake where a repository is missing from a list: what a provider holds of it."""

from collections.abc import Sequence

import msgspec

from cuelight.db import Reading
from cuelight.repositories.statements import STAKES


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """A repository of a provider that is not known to be gone, with how many descriptors of it are held."""

    id: str
    host_id: str
    visibility: str | None
    first_seen_at: int
    descriptors: int

    @property
    def nonpublic(self) -> bool:
        """Whether its host hides it from strangers."""
        return self.visibility not in {None, "public"}


async def stakes(tx: Reading, provider: str) -> Sequence[Stake]:
    """Every repository of *provider* that may have to go."""
    rows = await tx.fetch(STAKES, {"provider": provider})
    return [Stake(**{name: row[name] for name in Stake.__struct_fields__}) for row in rows]
