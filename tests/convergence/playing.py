"""Playing a history from its beginning to its end."""

import sys
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from structlog.testing import capture_logs

from cuelight.catalog.brake import Brake
from cuelight.clock import ManualClock
from cuelight.repair import Drift
from tests.convergence.contents import component, location
from tests.convergence.database import empty_database
from tests.convergence.forge import Forge
from tests.convergence.happenings import CHOICES, Story
from tests.convergence.truth import drift
from tests.convergence.world import UNEXPLAINED, World

SHARED = {"shared/z.yaml": component("shared-z"), "shared/w.yaml": component("shared-w")}


@asynccontextmanager
async def a_world(choice: int = 0, brake: Brake | None = None) -> AsyncIterator[World]:
    """A world with a few repositories, of which Cuelight knows nothing yet. Nothing keeps entities from going unless *brake*.

    At its end nothing may have been logged as an error.
    """
    clock = ManualClock()
    with capture_logs() as logs:
        async with empty_database(clock) as db, World(db, clock, CHOICES[choice], brake=brake) as world:
            _found(world.forge)
            yield world
    assert [_told(each) for each in logs if each["log_level"] == "error"] == []


async def settled(world: World) -> None:
    """Scan, and let everything be done."""
    await world.scan()
    await world.rest()


async def play(world: World, story: Story) -> None:
    """What happens in *story*, without its end."""
    if story.loaded:
        await settled(world)
    for happening in story.happenings:
        await happening.play(world)


async def drift_after(story: Story) -> list[Drift]:
    """What is wrong when *story* has come to its end. Every signal then has to have an outcome and a reason."""
    async with a_world(story.choice) as world:
        await play(world, story)
        await story.finale.play(world)
        assert [tuple(row) for row in await world.rows(UNEXPLAINED)] == []
        return list(await drift(world))


def _found(forge: Forge) -> None:
    """The repositories that there are at first."""
    for owner in ("acme", "zeta"):
        forge.create(f"{owner}/anchor", {"catalog-info.yaml": component(f"anchor-{owner}")})
    for hosted in forge.hosted.values():
        forge.describe(hosted, visibility="private")
    forge.create("acme/r0", {"catalog-info.yaml": component("own-3-0"), "more/x.yaml": component("x")})
    forge.create("acme/r1", {"catalog-info.yaml": location("near-own-4-0", "./shared/z.yaml")} | SHARED)
    for loose in [forge.named("acme/r0"), forge.named("acme/r1")]:
        if loose is not None:
            forge.commit(
                loose, "next", loose.history.files("main") | {"services/a/catalog-info.yaml": component("next")}
            )
    forge.create("stranger/s0", {name: text.replace("shared", "strange") for name, text in SHARED.items()})


def _told(log: MutableMapping[str, Any]) -> dict[str, Any]:
    """An entry of the log, as it can be read in an assertion."""
    error = log.get("exc_info")
    return {**log, "exc_info": repr(sys.exc_info()[1] if error is True else error)}
