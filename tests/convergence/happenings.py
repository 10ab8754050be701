"""What happens to Cuelight meanwhile: it works, waits, is interrupted, started anew; and how a history ends."""

from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from cuelight.scm import RepositoryChange
from tests.convergence.contents import mended
from tests.convergence.courier import Fate
from tests.convergence.doings import Doing
from tests.convergence.forge import Hosted
from tests.convergence.host import Choice, Trouble
from tests.convergence.world import CONFIGURED, LOCATION_ROWS, ROWS, Interruption, World

CHOICES: Final = (
    Choice(("catalog-info.yaml", "services/*/catalog-info.yaml")),
    Choice(("catalog-info.yaml",)),
    Choice(("*.yaml", "services/**/*.yaml"), declared=True),
    Choice(("catalog-info.yaml", "services/*/catalog-info.yaml"), branch="release"),
    Choice(("catalog-info.yaml",), private=False),
)
"""Configurations between which people go back and forth."""


class Work(msgspec.Struct, frozen=True):
    """All that is due is done, or interrupted."""

    interruption: Interruption | None = None

    async def play(self, world: World) -> None:
        await world.work(self.interruption)


class Wait(msgspec.Struct, frozen=True):
    """Time passes; what arrives meanwhile is noted, or interrupted and comes again."""

    seconds: int
    interruption: Interruption | None = None

    async def play(self, world: World) -> None:
        world.clock.advance(self.seconds)
        await world.deliver(self.interruption)


class Scan(msgspec.Struct, frozen=True):
    """A full discovery."""

    interruption: Interruption | None = None

    async def play(self, world: World) -> None:
        await world.scan(self.interruption)


class Sweep(msgspec.Struct, frozen=True):
    """A look at all heads, or (with `confirm`) at those that only payloads vouch for."""

    confirm: bool = False
    interruption: Interruption | None = None

    async def play(self, world: World) -> None:
        sweeper = world.process.sweeper
        await world.run(sweeper.confirm() if self.confirm else sweeper.sweep(), self.interruption)


class Restart(msgspec.Struct, frozen=True):
    """The process is killed and another started, perhaps with another configuration."""

    choice: int | None = None

    async def play(self, world: World) -> None:
        await world.restart(None if self.choice is None else CHOICES[self.choice])


class Storm(msgspec.Struct, frozen=True):
    """The host has trouble with the next questions, and its replicas lag by some seconds."""

    trouble: tuple[Trouble, ...] = ()
    lag: int = 0

    async def play(self, world: World) -> None:
        world.weather.trouble = list(self.trouble)
        world.weather.lag = self.lag


class Resume(msgspec.Struct, frozen=True):
    """Whoever was held goes on."""

    async def play(self, world: World) -> None:
        await world.resume()


Leftovers = Literal["before", "after", "never"]


class Finale(msgspec.Struct, frozen=True):
    """One later signal for every repository; what was under way until then arrives before it, after it, or never."""

    signal: Literal["scan", "sweep", "events"] = "scan"
    leftovers: Leftovers = "never"

    async def play(self, world: World) -> None:
        world.weather.clear()
        _mend(world)
        await self._leftovers(world, "before")
        if world.scan_due:
            await world.scan()
        await self._reveal(world)
        if self.signal == "scan":
            await world.scan()
        elif self.signal == "sweep":
            await world.run(world.process.sweeper.sweep())
        await self._events(world)
        await world.deliver()
        await world.resume()
        await self._leftovers(world, "after")
        await world.rest()

    async def _leftovers(self, world: World, when: str) -> None:
        if self.leftovers == when:
            world.courier.hurry()
            await world.deliver()
        elif self.leftovers == "never":
            world.courier.lose()

    async def _reveal(self, world: World) -> None:
        """What is hidden is gone only for a scan, and only where a complete list lacks it; anything else never knows.

        Nor is it where an event says that access to it was revoked.
        """
        kept = {row["host_id"] for row in await world.rows(LOCATION_ROWS)} | _revoked(world, await world.rows(ROWS))
        never = self.signal != "scan" or self.leftovers == "after"
        for hosted in world.forge.hosted.values():
            if never or hosted.id in kept or hosted.owner not in CONFIGURED:
                world.forge.grant(hosted, seen=True)

    async def _events(self, world: World) -> None:
        """An event for whatever the scan or sweep does not signal: all of it, where there was none.

        That a list lacks what was deleted says nothing where a location names it, or where access to it was revoked before.
        """
        rows = await world.rows(ROWS)
        known = {(row["host_id"], row["provider"]) for row in rows}
        listed = {row["host_id"] for row in rows if row["provider"] != "locations"} - _revoked(world, rows)
        for gone in world.forge.buried:
            if self.signal != "scan" or gone not in listed or (gone, "locations") in known:
                world.courier.send([world.forge.burial(gone)], Fate())
        for hosted in list(world.forge.hosted.values()):
            if not self._covers(hosted, known):
                _say(world, hosted, {row["branch"] for row in rows if row["host_id"] == hosted.id})

    def _covers(self, hosted: Hosted, known: set[tuple[str, str]]) -> bool:
        """Whether a scan lists it, or a sweep looks at it."""
        if hosted.owner in CONFIGURED:
            return self.signal == "scan" or (
                self.signal == "sweep" and (hosted.id, f"forge-provider:{hosted.owner}") in known
            )
        return self.signal != "events" and any(each == hosted.id for each, _ in known)


def _revoked(world: World, rows: Sequence[Any]) -> set[str]:
    """The ids of repositories of which an event says that access to them was revoked: it came, or is on its way."""
    late = [change for change in world.courier.under_way if isinstance(change, RepositoryChange)]
    said = {change.repository.id for change in late if change.action == "revoked"}
    return said | {row["host_id"] for row in rows if row["revoked_at"] is not None}


def _mend(world: World) -> None:
    """Somebody mends what cannot be read, and nobody hears of it: last good versions are history."""
    for hosted in world.forge.hosted.values():
        for branch in sorted(hosted.history.branches):
            files = hosted.history.files(branch)
            whole = mended(hosted.id, files)
            if whole != files:
                world.forge.commit(hosted, branch, whole)


def _say(world: World, hosted: Hosted, branches: set[str | None]) -> None:
    """The last event about a repository: a push to each branch, or one about itself where a tracked branch can have none."""
    pushes = [push for branch in sorted(hosted.history.branches) for push in world.forge.touch(hosted, branch)]
    world.courier.send(pushes, Fate())
    if not pushes or branches - hosted.history.branches.keys():
        world.courier.send([world.forge.mention(hosted)], Fate())


Happening = Doing | Work | Wait | Scan | Sweep | Restart | Storm | Resume


class Story(msgspec.Struct, frozen=True):
    """A whole history: how Cuelight is configured at first, whether it has come to rest before, what happens, the end."""

    happenings: tuple[Happening, ...]
    finale: Finale = Finale()
    choice: int = 0
    loaded: bool = True
