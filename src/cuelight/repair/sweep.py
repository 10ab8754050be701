"""The sweep: the heads of everything that is tracked, a hundred a request, compared with what was applied.

An equal head moves one column; anything else is a signal, and the reconcile that follows finds out. The confirmation goes
the same way through the heads that only payloads vouch for, so that none is believed for longer than a minute. Of what is
gone a sweep asks for a few in turn.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec
import structlog

from cuelight.clock import Clock, timed_id
from cuelight.db import Database, Transaction
from cuelight.errors import HostDenied, HostError
from cuelight.fetch import spending
from cuelight.repair.census import TOGETHER, Answer, Answers, ask
from cuelight.repair.granted import granted
from cuelight.repair.judgement import Judgement, judge
from cuelight.repair.rotation import Rotation
from cuelight.repair.watch import CONFIRMATION, GONE, SWEEP, Round, Watched, confirm, ids, signal, watched
from cuelight.repositories import LOCATIONS, Registry, look_for
from cuelight.scm import Unseen

REASONS = 10
"""Different sentences of a report."""
RETURNS = 10
"""Gone repositories of a host that one sweep asks for: each costs a request, and a scan finds whichever came back."""

_log = structlog.get_logger(__name__)


class Swept(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a sweep came to, in repositories.

    `asked` for: `confirmed` are as they were applied, `signalled` will be looked at, of `unknown` the host said nothing,
    `unseen` are those that it shows no more to these credentials, of which `vanished` were there at the last look. Nothing is
    deleted because of either; `reasons` says why, in the host's words, with how many each is about. `requests` is what it took.
    """

    asked: int = 0
    confirmed: int = 0
    signalled: int = 0
    unknown: int = 0
    unseen: int = 0
    vanished: int = 0
    requests: int = 0
    reasons: Mapping[str, int] = {}

    def plus(self, other: "Swept") -> "Swept":
        """Both together."""
        reasons = Counter(self.reasons) + Counter(other.reasons)
        counts = {
            name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__ if name != "reasons"
        }
        return Swept(**counts, reasons=dict(reasons.most_common(REASONS)))


Tell = Callable[[Swept], None]
"""Hears what a sweep came to until now."""


class Sweeper:
    """Sweeps, and confirms, what is tracked on the hosts of *registry*."""

    def __init__(self, db: Database, registry: Registry, clock: Clock) -> None:
        self._db = db
        self._registry = registry
        self._clock = clock
        self._returns = Rotation(RETURNS)

    async def sweep(self, cause: str | None = None, tell: Tell | None = None, *, since: int | None = None) -> Swept:
        """Ask for every head, and whether some of what is gone came back; not for what was looked at *since* an instant.

        Signals carry *cause*, the id of this sweep; *tell* hears how far it is.
        """
        with spending("sweep"):
            swept = await self._go(SWEEP, await self._swept(since), cause, tell)
        _log.info("swept", **msgspec.structs.asdict(swept))
        return swept

    async def confirm(self, cause: str | None = None) -> Swept:
        """Ask for the heads that no answer of their host proves yet; nothing is asked where there are none."""
        with spending("confirmation"):
            return await self._go(CONFIRMATION, await self._db.read(lambda tx: ids(tx, CONFIRMATION)), cause)

    async def _swept(self, since: int | None) -> dict[str, list[str]]:
        """What a sweep asks for, by host."""
        rows = await self._db.read(lambda tx: ids(tx, SWEEP, since))
        gone = self._returns.take(await self._db.read(lambda tx: ids(tx, GONE)))
        return {host: [*rows.get(host, ()), *gone.get(host, ())] for host in rows | gone}

    async def _go(
        self, round_: Round, rows: Mapping[str, Sequence[str]], cause: str | None, tell: Tell | None = None
    ) -> Swept:
        swept = Swept()
        walk = _Walk(self._db, self._registry, self._clock, round_, cause or _cause(round_, self._db.now()))
        for host, row_ids in rows.items():
            for start in range(0, len(row_ids), TOGETHER):
                swept = swept.plus(await walk.step(host, row_ids[start : start + TOGETHER]))
                if tell:
                    tell(swept)
        return swept


class _Walk:
    """What is done with the rows, a few at a time."""

    def __init__(self, db: Database, registry: Registry, clock: Clock, round_: Round, cause: str) -> None:
        self._db = db
        self._registry = registry
        self._clock = clock
        self._round = round_
        self._cause = cause

    def _concerns(self, row: Watched) -> bool:
        """Whether it is known what is selected of *row*: of a provider that was taken out of the configuration it is not."""
        provider = row.tracked.provider
        return provider == LOCATIONS or self._registry.provider(provider) is not None

    async def step(self, host: str, row_ids: Sequence[str]) -> Swept:
        """Ask *host* for the rows with these ids, at most `TOGETHER`, and write what follows."""
        rows = [row for row in await self._db.read(lambda tx: watched(tx, row_ids)) if self._concerns(row)]
        answers = await self._answers(host, rows)
        rows = await granted(self._registry, host, rows, answers.each)
        judged: dict[Judgement, list[Watched]] = {judgement: [] for judgement in Judgement}
        vanished = 0
        for row, answer in zip(rows, answers.each, strict=True):
            judgement = judge(row, self._registry.provider(row.tracked.provider), answer)
            judged[judgement].append(row)
            vanished += judgement is Judgement.DIFFERS and isinstance(answer, Unseen)
        confirmed, signalled = await self._write(judged)
        return Swept(
            asked=len(rows),
            confirmed=confirmed,
            signalled=signalled,
            unknown=len(judged[Judgement.UNKNOWN]),
            unseen=sum(isinstance(answer, Unseen) for answer in answers.each),
            vanished=vanished,
            requests=answers.requests,
            reasons=_reasons(answers.each),
        )

    async def _answers(self, host: str, rows: Sequence[Watched]) -> Answers:
        client = self._registry.host(host)
        if client is None:
            refusal = HostDenied(f"no integration for {host} is configured; add it under integrations")
            return Answers(each=[refusal] * len(rows), requests=0)
        looks = [look_for(row.tracked, self._registry.provider(row.tracked.provider)) for row in rows]
        return await ask(client, looks, self._clock)

    async def _write(self, judged: Mapping[Judgement, Sequence[Watched]]) -> tuple[int, int]:
        """How many were confirmed, and how many signalled: rows that moved meanwhile are left alone."""

        async def work(tx: Transaction) -> tuple[int, int]:
            confirmed = await confirm(tx, judged[Judgement.CONFIRMED])
            return confirmed, await signal(tx, judged[Judgement.DIFFERS], self._round.kind, self._cause)

        return await self._db.transact(work)


def _cause(round_: Round, now: int) -> str:
    return f"{round_.kind}:{timed_id(now)}"


def _reasons(answers: Sequence[Answer]) -> Mapping[str, int]:
    """Why nothing is known, with how many each is about."""
    errors = [answer for answer in answers if isinstance(answer, HostError)]
    said = Counter(f"{_kind(error)}: {error.message}" for error in errors)
    unseen = sum(isinstance(answer, Unseen) for answer in answers)
    if unseen:
        said["not shown to these credentials: what came from them stays"] = unseen
    return dict(said.most_common(REASONS))


def _kind(error: HostError) -> str:
    return "refused" if isinstance(error, HostDenied) else "no answer"
