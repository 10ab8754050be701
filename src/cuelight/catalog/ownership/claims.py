"""Claiming refs: a source says what they are, and the location keys decide whose word is shown."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from cuelight.catalog.channels import PROCESSING
from cuelight.catalog.documents import holds_among, uid_of
from cuelight.catalog.ownership.departure import called_off, named_again
from cuelight.catalog.ownership.offer import Offer
from cuelight.catalog.ownership.scene import Held, Scene, ancestors, look
from cuelight.catalog.ownership.waking import CAUSE_COLUMNS, due
from cuelight.catalog.ownership.weakness import weak_among
from cuelight.catalog.stitching.queue import enqueue
from cuelight.catalog.tables import CONFLICTS, REFRESH_REFERENCES, REFRESH_STATE
from cuelight.db import Reading, Statement, Transaction

_INSERT = Statement(insert(REFRESH_STATE))
_OVERWRITE = Statement(
    update(REFRESH_STATE)
    .where(REFRESH_STATE.c.entity_ref == bindparam("ref"))
    .values(
        unprocessed=bindparam("unprocessed"),
        unprocessed_hash=bindparam("unprocessed_hash"),
        location_key=bindparam("location_key"),
        **due(),
    )
)
_REFER = Statement(lambda words: words.insert(REFRESH_REFERENCES).on_conflict_do_nothing())
_UNREFER = Statement(
    delete(REFRESH_REFERENCES).where(
        REFRESH_REFERENCES.c.source == bindparam("source"), REFRESH_REFERENCES.c.target_ref == bindparam("ref")
    )
)
_CONTENT = ("unprocessed", "unprocessed_hash", "location_key", *CAUSE_COLUMNS)
_LOSE = Statement(
    lambda words: (statement := words.insert(CONFLICTS)).on_conflict_do_update(
        index_elements=["entity_ref", "source"], set_={name: statement.excluded[name] for name in _CONTENT}
    )
)
_DISPLACE = Statement(
    lambda words: (
        words.insert(CONFLICTS)
        .from_select(
            ["entity_ref", "source", "since", *_CONTENT],
            select(
                REFRESH_STATE.c.entity_ref,
                bindparam("source"),
                bindparam("since"),
                *(REFRESH_STATE.c[name] for name in _CONTENT),
            ).where(REFRESH_STATE.c.entity_ref == bindparam("ref")),
        )
        .on_conflict_do_nothing()
    )
)
_WITHDRAW = Statement(
    delete(CONFLICTS).where(CONFLICTS.c.entity_ref == bindparam("ref"), CONFLICTS.c.source == bindparam("source"))
)


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim leaves to be done.

    `given_up`: what the source kept alive together with others and claims under another key now; hand that over to
    these. `revived`: what lived only because its deletion was held back, and has a living source again.
    """

    given_up: Collection[str] = ()
    revived: Collection[str] = ()


async def claim(tx: Transaction, source: str, offers: Sequence[Offer]) -> Claimed:
    """Let *source* say what these refs are (each at most once); a ref that another holds becomes a row in `conflicts`.

    What is new or changed becomes due at once; an equal offer only sees that its reference exists. Who lives only
    because its deletion is held back contests nothing, and claims only what nobody has.
    """
    if not offers:
        return Claimed()
    scene = await look(tx, [offer.ref for offer in offers])
    weak = await _weak(tx, source, scene)
    if source in weak:
        offers = [offer for offer in offers if scene.sources.get(offer.ref, {source}) == {source}]
    strong = scene.without(weak)
    above = await ancestors(tx, source) if _contends(source, strong, offers) else frozenset()
    decided = _Decisions(source, strong, above)
    for offer in offers:
        decided.take(offer)
    await decided.write(tx)
    revived = {ref: found for ref in decided.taken if (found := scene.sources.get(ref, set()) & weak)}
    if revived:
        await _overtake(tx, source, revived)
    return Claimed(given_up=decided.given_up, revived=revived.keys())


async def bring(tx: Transaction, named: Sequence[tuple[str, Offer]]) -> None:
    """Let each source have what it offers: refs that nobody has, refers to or claims, each of them named once."""
    if not named:
        return
    now = tx.now()
    await tx.execute_many(_INSERT, (_new_row(offer, now) for _, offer in named))
    await tx.execute_many(_REFER, ({"source": source, "target_ref": offer.ref} for source, offer in named))
    tx.notify(PROCESSING)


async def _weak(tx: Reading, source: str, scene: Scene) -> set[str]:
    """Who of *source* and of those with whom it shares a ref lives only because its deletion is held back."""
    others = set().union(*scene.sources.values()) - {source}
    return await weak_among(tx, others | {source}) if others else set()


async def _overtake(tx: Transaction, source: str, weak: Mapping[str, Collection[str]]) -> None:
    """End what held these refs back: each *weak* source of each."""
    pairs = [{"ref": ref, "source": each} for ref, sources in weak.items() for each in sources]
    await tx.execute_many(_UNREFER, pairs)
    await called_off(tx, holds_among(pair["source"] for pair in pairs), named_again(source))


def _contends(source: str, scene: Scene, offers: Sequence[Offer]) -> bool:
    """Whether *source* would change what others refer to as well."""
    return any(
        (held := scene.held.get(offer.ref)) is not None
        and held.digest != offer.digest
        and bool(scene.sources.get(offer.ref, set()) - {source})
        for offer in offers
    )


class _Decisions:
    """What to write for one source's offers, decided from the scene alone."""

    def __init__(self, source: str, scene: Scene, above: Collection[str]) -> None:
        self._source = source
        self._scene = scene
        self._above = above
        self._inserted: list[Offer] = []
        self._overwritten: list[Offer] = []
        self._lost: list[Offer] = []
        self._adopted: list[Offer] = []
        self._displaced: list[dict[str, str]] = []
        self._referring: list[str] = []
        self._unreferring: list[dict[str, str]] = []
        self._withdrawn: list[str] = []
        self.given_up: set[str] = set()
        self.taken: set[str] = set()

    def take(self, offer: Offer) -> None:
        """Decide about one offer: table 3.5 of the model, with several parents a ref."""
        held = self._scene.held.get(offer.ref)
        others = self._scene.sources.get(offer.ref, set()) - {self._source}
        if held is None:
            self._inserted.append(offer)
            self._hold(offer)
        elif held.digest == offer.digest and held.location_key == offer.location_key:
            self._agree(offer, alone=not others)
        elif others and held.location_key not in {None, offer.location_key}:
            self._lose(offer)
        elif others and offer.ref in self._above:
            self._defer(offer, held)
        elif not self._waits(offer, others):
            self._displace(offer, held, others)
            self._overwritten.append(offer)
            self._hold(offer)

    def _hold(self, offer: Offer) -> None:
        self.taken.add(offer.ref)
        if self._source not in self._scene.sources.get(offer.ref, ()):
            self._referring.append(offer.ref)
        if (offer.ref, self._source) in self._scene.claims:
            self._withdrawn.append(offer.ref)

    def _agree(self, offer: Offer, *, alone: bool) -> None:
        if alone and self._source not in self._scene.sources.get(offer.ref, ()):
            self._adopted.append(offer)  # an orphan that configuration kept: its annotation goes
        self._hold(offer)

    def _defer(self, offer: Offer, held: Held) -> None:
        """A source that lives by the ref leaves the word to those above: else two would take turns round the circle."""
        if held.location_key == offer.location_key:
            self._hold(offer)
        else:
            self._lose(offer)

    def _waits(self, offer: Offer, others: Collection[str]) -> bool:
        """Whether this very offer was displaced by another source since: saying it again changes nothing."""
        return bool(others) and self._scene.claims.get((offer.ref, self._source)) == offer.digest

    def _lose(self, offer: Offer) -> None:
        self._lost.append(offer)
        if self._source in self._scene.sources.get(offer.ref, ()):
            self._unreferring.append({"ref": offer.ref, "source": self._source})
            self.given_up.add(offer.ref)

    def _displace(self, offer: Offer, held: Held, others: Collection[str]) -> None:
        """Keep what is overwritten for those who said it; without the same key they no longer keep the row alive."""
        shared = held.location_key == offer.location_key
        for other in sorted(others):
            if (offer.ref, other) in self._scene.claims or (shared and not other.startswith("provider:")):
                continue  # a parent entity that shares the key says its word again when it is woken
            self._displaced.append({"ref": offer.ref, "source": other})
            if not shared:
                self._unreferring.append({"ref": offer.ref, "source": other})

    async def write(self, tx: Transaction) -> None:
        """Write what was decided."""
        now = tx.now()
        await tx.execute_many(_DISPLACE, ({**each, "since": now} for each in self._displaced))
        await tx.execute_many(_INSERT, (_new_row(offer, now) for offer in self._inserted))
        await tx.execute_many(_OVERWRITE, ({**_content(offer), "now": now} for offer in self._overwritten))
        await tx.execute_many(
            _LOSE, ({**offer.columns(), "source": self._source, "since": now} for offer in self._lost)
        )
        await tx.execute_many(_REFER, ({"source": self._source, "target_ref": ref} for ref in self._referring))
        await tx.execute_many(_UNREFER, self._unreferring)
        await tx.execute_many(_WITHDRAW, ({"source": self._source, "ref": ref} for ref in self._withdrawn))
        for offer in self._adopted:
            await enqueue(tx, [offer.ref], offer.cause)
        if self._inserted or self._overwritten:
            tx.notify(PROCESSING)


def _content(offer: Offer) -> dict[str, Any]:
    columns = offer.columns()
    return {"ref": columns.pop("entity_ref"), **columns}


def _new_row(offer: Offer, now: int) -> dict[str, Any]:
    return {
        **offer.columns(),
        "entity_id": uid_of(offer.ref),
        "processed": None,
        "result_hash": None,
        "generation": 1,
        "due_at": now,
        "claim_id": None,
        "attempts": 0,
    }
