"""What is at stake where a complete list lacks a repository: what is held of it, and what its absence means."""

from collections.abc import Sequence

import msgspec

from cuelight.db import Reading, Transaction
from cuelight.repositories.signals import Signal
from cuelight.repositories.statements import LIST, STAKES, UNLIST
from cuelight.scm import Provider, Repository

_OF_SCANS = frozenset({"scan", "missing"})


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a repository that is not known to be gone, with how many descriptors of it are held.

    `revoked_at`: when an event said that access to it was revoked.
    """

    id: str
    provider: str
    host_id: str
    full_name: str
    visibility: str | None
    revoked_at: int | None
    first_seen_at: int
    descriptors: int

    @property
    def nonpublic(self) -> bool:
        """Whether its host hides it from strangers."""
        return self.visibility not in {None, "public"}


async def stakes(tx: Reading, provider: Provider) -> Sequence[Stake]:
    """Every row that the complete list of *provider* should have: its own, and whoever else tracks what is its."""
    owner = f"{(provider.scope.owner or '').lower()}/"
    rows = await tx.fetch(STAKES, {"provider": provider.name, "host": provider.host, "owner": owner})
    return [Stake(**{name: row[name] for name in Stake.__struct_fields__}) for row in rows]


async def unlist(tx: Transaction, row_id: str) -> None:
    """Remember that the complete list of its provider's app lacks the repository of this row."""
    await tx.execute(UNLIST, {"repository": row_id, "at": tx.now()})


async def relist(tx: Transaction, provider: Provider, host_ids: Sequence[str]) -> None:
    """Remember that the list of *provider* has the repositories with these ids of their host."""
    ids = msgspec.json.encode(host_ids).decode()
    await tx.execute(LIST, {"provider": provider.name, "host": provider.host, "ids": ids})


def left_out(provider: Provider, repository: Repository, signals: Sequence[Signal]) -> str | None:
    """Why *provider* does not take *repository*, as a sentence; None where it does, as far as *signals* remember."""
    if any(signal.unlisted for signal in signals):
        return uninstalled(provider, repository) or provider.excluded(repository)
    return provider.excluded(repository)


def uninstalled(provider: Provider, repository: Repository) -> str | None:
    """The sentence for a *repository* that the list of *provider*'s app lacks; None where no app decides what is taken."""
    app = provider.scope.app
    return None if app is None else f"app {app} is not installed on {repository.full_name}"


def is_only_unlisted(signals: Sequence[Signal]) -> bool:
    """Whether nothing but a list that lacks it asks for a repository: the next scan does so again."""
    lacking = any(signal.kind == "missing" or signal.unlisted for signal in signals)
    return lacking and all(signal.kind in _OF_SCANS for signal in signals)
