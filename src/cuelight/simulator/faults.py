"""What can be wrong with the simulated host, and when: webhooks that go astray, bad answers, lost permissions, stale reads.

Nothing of it is random from run to run: the n-th webhook, and the n-th request of a kind, share their fate in every run
with the same seed.
"""

import random
from collections import Counter
from typing import Annotated, Literal, get_args

import msgspec

from cuelight.simulator.knobs import Seconds

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Weight = Annotated[float, msgspec.Meta(ge=0)]
Fault = Literal[
    "unavailable", "secondary", "denied", "throttled", "held", "dropped", "partial", "truncated", "hollow", "mistaken"
]
"""How a request can be answered badly.

`unavailable`: 500, 502, 503 or 504; `secondary`: 403 with the words of a secondary rate limit and Retry-After; `denied`:
403 for want of permission; `throttled`: 429 with Retry-After; `held`: nothing for `hold` seconds, then the connection is
closed; `dropped`: it is closed at once; `partial`: GraphQL with nulls and `errors` for some aliases (any other request:
`unavailable`); `truncated`: half of the JSON; `hollow`: a tree without its entries, that is not said to be cut;
`mistaken`: the tree without a file, by its own id, whichever was asked for (both: any other request `unavailable`).
"""
Access = Literal["normal", "unauthorised", "missing", "empty", "public"]
"""What became of the token's permissions.

`unauthorised`: it is refused (401); `missing`: every repository and owner is 404; `empty`: lists of repositories are empty;
`public`: repositories that are not public are 404 and in no list.
"""


class Faults(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The faults in force; the defaults are a host without any. Shares are between 0 and 1.

    A request of the API is answered badly with the share of its kind in `shares` (`tree`, `graphql:Heads`, …), else with
    `share`; how, is chosen by the weights of `answers`. `retry_after` is what 403 and 429 ask to wait, in seconds.

    Of the webhooks, shares are `lost`, `doubled`, `delayed` (each copy by up to `delay` seconds) and `reordered` (held
    until another has overtaken it, for at most `delay` seconds).

    `forbidden` names repositories (`owner/name`) that are answered 403. Reads show heads as they were `lag` seconds ago.
    """

    seed: int = 0
    share: Share = 0.0
    shares: dict[str, Share] = msgspec.field(default_factory=dict)
    answers: dict[Fault, Weight] = msgspec.field(default_factory=lambda: dict.fromkeys(get_args(Fault), 1.0))
    hold: Seconds = 10.0
    retry_after: Annotated[int, msgspec.Meta(ge=0)] = 60
    lost: Share = 0.0
    doubled: Share = 0.0
    delayed: Share = 0.0
    reordered: Share = 0.0
    delay: Seconds = 60.0
    access: Access = "normal"
    forbidden: tuple[str, ...] = ()
    lag: Seconds = 0.0

    def forbids(self, full_name: str) -> bool:
        """Tell whether the repository `owner/name`, in any case, is one of the forbidden."""
        return full_name.lower() in map(str.lower, self.forbidden)


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one webhook: `delays` has the seconds that each copy is late; none, where it is lost."""

    delays: tuple[float, ...] = (0.0,)
    overtaken: bool = False


class Dice:
    """Decides, repeatably, what goes wrong."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._thrown: Counter[str] = Counter()

    def restart(self) -> None:
        """Begin again with the first webhook and the first request of each kind."""
        self._thrown.clear()

    def fate(self) -> Fate:
        """Return what becomes of the next webhook."""
        faults = self.faults
        source = self._source("webhook")
        lost, doubled, overtaken = (source.random() for _ in range(3))
        if lost < faults.lost:
            return Fate(delays=())
        copies = 2 if doubled < faults.doubled else 1
        return Fate(delays=tuple(self._delay(source) for _ in range(copies)), overtaken=overtaken < faults.reordered)

    def fault(self, kind: str) -> tuple[Fault, random.Random] | None:
        """Return how the next request of *kind* is answered badly, and what decides the rest of it; None where it is not."""
        faults = self.faults
        share = faults.shares.get(kind, faults.share)
        if not share or not any(faults.answers.values()):
            return None
        source = self._source(kind)
        if source.random() >= share:
            return None
        [chosen] = source.choices(list(faults.answers), list(faults.answers.values()))
        return chosen, source

    def _delay(self, source: random.Random) -> float:
        late, by = source.random(), source.random()
        return by * self.faults.delay if late < self.faults.delayed else 0.0

    def _source(self, stream: str) -> random.Random:
        self._thrown[stream] += 1
        return random.Random(f"{self.faults.seed}/{stream}/{self._thrown[stream]}")
