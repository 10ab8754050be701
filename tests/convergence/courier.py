"""What becomes of deliveries on their way: they arrive, or not, or twice, or late, and in any order."""

import itertools
from collections.abc import Sequence
from typing import Literal

import msgspec

from cuelight.clock import SECOND, ManualClock
from cuelight.events import Event
from cuelight.scm import Change, change_to_json


class Fate(msgspec.Struct, frozen=True):
    """What becomes of the deliveries of one happening: `late` by some seconds, or lost."""

    what: Literal["arrives", "lost", "doubled", "backwards"] = "arrives"
    late: int = 0


class Courier:
    """Deliveries under way. `arrived` are events that are to be handled now."""

    def __init__(self, clock: ManualClock) -> None:
        self.said: list[Change] = []
        self._clock = clock
        self._numbers = itertools.count(1)
        self._waiting: list[tuple[int, int, Change]] = []

    def send(self, changes: Sequence[Change], fate: Fate) -> None:
        """Take *changes* on their way."""
        self.said += changes
        if fate.what == "lost":
            return
        ordered = changes[::-1] if fate.what == "backwards" else changes
        for change in ordered:
            self._wait(change, fate.late)
            if fate.what == "doubled":
                self._wait(change, 2 * fate.late)

    def arrived(self) -> list[Event]:
        """What has arrived by now, in its order."""
        now = self._clock.now()
        here = sorted(one for one in self._waiting if one[0] <= now)
        self._waiting = [one for one in self._waiting if one[0] > now]
        return [self._event(number, change) for _, number, change in here]

    @property
    def under_way(self) -> Sequence[Change]:
        """What has not arrived yet."""
        return [change for _, _, change in self._waiting]

    def hurry(self) -> None:
        """What is under way arrives now."""
        self._waiting = [(0, number, change) for _, number, change in self._waiting]

    def lose(self) -> None:
        """What is under way never arrives."""
        self._waiting.clear()

    def _wait(self, change: Change, seconds: int) -> None:
        self._waiting.append((self._clock.now() + seconds * SECOND, next(self._numbers), change))

    def _event(self, number: int, change: Change) -> Event:
        return Event(
            id=f"e{number}",
            topic="forge.change",
            key=change.repository.id,
            data=change_to_json(change).decode(),
            time=self._clock.now(),
            cause=f"d{number}",
        )
