"""What is at stake where a complete list lacks a repository: what is held of it, and what its absence means."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, case, exists, literal, or_, select, update

from cuelight.db import Reading, Statement, Transaction
from cuelight.repositories.signals import Hint, Signal
from cuelight.repositories.statements import GRACE, STAKES, UNLIST
from cuelight.repositories.tables import REPOSITORIES, SIGNALS
from cuelight.scm import Host, Provider, Repository

_OF_SCANS = frozenset({"scan", "missing"})
_R, _S = REPOSITORIES.c, SIGNALS.c
_REFUTED = _R.revoked_at < bindparam("before")
_RELIST = Statement(
    lambda words: (
        update(REPOSITORIES)
        .where(
            _R.provider + "" == bindparam("provider"),  # by no index: a provider has most of the rows
            _R.host == bindparam("host"),
            _R.host_id.in_(words.each("ids")),
            or_(_R.unlisted_at.is_not(None), _REFUTED),
        )
        .values(unlisted_at=None, revoked_at=case((_REFUTED, None), else_=_R.revoked_at))
        .returning(_R.host_id)
    )
)
_LIST_AGAIN = Statement(
    update(REPOSITORIES)
    .where(
        _R.id == bindparam("repository"),
        ~exists(
            select(literal(1)).where(
                _S.repository_id == _R.id,
                or_(_S.kind == "scan", _S.kind == "missing"),
                _S.created_at > bindparam("asked_at"),
            )
        ),
    )
    .values(unlisted_at=None)
)
_OVERTAKE = Statement(
    lambda words: (
        update(SIGNALS)
        .where(
            _S.repository_id.in_(select(_R.id).where(_R.host == bindparam("host"), _R.host_id.in_(words.each("ids")))),
            _S.kind == "missing",
            _S.outcome.is_(None),
        )
        .values(outcome="superseded", reason="a later list has it again", finished_at=bindparam("now"))
    )
)
_TOLD = Statement(
    lambda words: (
        select(_S.repository_id)
        .where(_S.repository_id.in_(words.each("ids")), _S.kind == "repository", _S.created_at > bindparam("since"))
        .distinct()
    )
)
_ANNOUNCED = Statement(
    select(_R.provider, _S.hint)
    .join(REPOSITORIES, _R.id == _S.repository_id)
    .where(_S.cause == bindparam("cause"), _S.kind == "missing", _S.hint.is_not(None))
    .distinct()
)


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


async def list_again(tx: Transaction, row_id: str, asked_at: int) -> None:
    """Remember no more that a list lacks the repository of this row, whose host says that the app is installed on it.

    What a list that was read after *asked_at* says is newer, and stays.
    """
    await tx.execute(_LIST_AGAIN, {"repository": row_id, "asked_at": asked_at})


async def relist(tx: Transaction, provider: Provider, host_ids: Sequence[str], began: int) -> set[str]:
    """Remember that the list of *provider*, which *began* then, has the repositories with these ids of their host.

    The ids of those of which something else was remembered. What an earlier list lacked is missing no more. What an app
    lists it may read, whatever an event said well before.
    """
    before = began - GRACE if provider.scope.app is not None else 0
    ids = msgspec.json.encode(host_ids).decode()
    await tx.execute(_OVERTAKE, {"host": provider.host, "ids": ids, "now": tx.now()})
    row = {"provider": provider.name, "host": provider.host, "ids": ids, "before": before}
    return {found["host_id"] for found in await tx.fetch(_RELIST, row)}


async def told_since(tx: Reading, row_ids: Sequence[str], since: int) -> set[str]:
    """Those of these rows of whose repository an event told something after *since*: a list that is older knows less."""
    ids = msgspec.json.encode(row_ids).decode()
    return {row["repository_id"] for row in await tx.fetch(_TOLD, {"ids": ids, "since": since})}


async def announced_before(tx: Reading, scan: str) -> Counter[str]:
    """How many descriptors of each provider *scan* announced as gone, when it was begun before."""
    announced = Counter[str]()
    for row in await tx.fetch(_ANNOUNCED, {"cause": scan}):
        announced |= Counter({row["provider"]: msgspec.json.decode(row["hint"], type=Hint).announced})
    return announced


def uninstalled(provider: Provider, repository: Repository) -> str | None:
    """The sentence for a *repository* that the list of *provider*'s app lacks; None where no app decides what is taken."""
    app = provider.scope.app
    return None if app is None else f"app {app} is not installed on {repository.full_name}"


def is_unlisted(provider: Provider | None, signals: Sequence[Signal]) -> bool:
    """Whether an app decides what *provider* takes, and its last list lacked the repository, as far as *signals* remember."""
    return provider is not None and provider.scope.app is not None and any(signal.unlisted for signal in signals)


async def left_out(host: Host, provider: Provider, repository: Repository, signals: Sequence[Signal]) -> str | None:
    """Why *provider* does not take *repository*, as a sentence; None where it does. HostError where *host* does not say.

    What a list lacked may have been given to the app since: its host is asked, unless nothing but lists asks for it.
    """
    reason = provider.excluded(repository)
    if reason is not None or provider.scope.app is None or not is_unlisted(provider, signals):
        return reason
    if not is_only_unlisted(signals) and repository.id in await host.granted(provider.scope.app, [repository]):
        return None
    return uninstalled(provider, repository)


def is_only_unlisted(signals: Sequence[Signal]) -> bool:
    """Whether nothing but a list that lacks it asks for a repository: the next scan does so again."""
    lacking = any(signal.kind == "missing" or signal.unlisted for signal in signals)
    return lacking and all(signal.kind in _OF_SCANS for signal in signals)
