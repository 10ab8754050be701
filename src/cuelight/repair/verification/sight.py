"""What a host shows of one tracked branch, and what that branch should be held as."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from cuelight.repair.verification.holdings import Holding, holding_key
from cuelight.scm import Commit, Repository

State = Literal["seen", "excluded", "gone", "unknown"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A tracked branch, or one that should be. `holding` None: nobody tracks it."""

    provider: str
    host: str
    repository_id: str | None
    full_name: str
    holding: Holding | None


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """A target as its host shows it. `blobs`: the files at `commit` that should be sources, path → blob.

    Of what is `excluded` by the filters, or `gone`, nothing should be held; of what is `unknown` nothing is said. `reason`
    tells why it is not `seen`.
    """

    target: Target
    state: State
    reason: str | None = None
    repository: Repository | None = None
    branch: str | None = None
    commit: Commit | None = None
    blobs: Mapping[str, str] = {}

    @property
    def key(self) -> str:
        """The same as that of what is held of it."""
        target, held = self.target, self.target.holding
        branch = self.branch or (held.tracked.branch if held else None)
        host_id = self.repository.id if self.repository else target.repository_id
        return holding_key(target.provider, target.host, host_id, branch)

    @property
    def name(self) -> str:
        """What a person calls it: `acme/shop@main`."""
        branch = self.branch or (self.target.holding.tracked.branch if self.target.holding else None)
        full_name = self.repository.full_name if self.repository else self.target.full_name
        return f"{full_name}@{branch}" if branch else full_name

    @property
    def head(self) -> str | None:
        """The commit that should be applied."""
        return self.commit.sha if self.state == "seen" and self.commit else None
