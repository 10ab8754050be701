"""A repository that fails each time holds up nobody, says why, and is asked ever more rarely until its host answers again."""

import copy
import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from cuelight.clock import SECOND
from cuelight.errors import HostDenied, HostError, HostUnavailable, TooLargeError
from cuelight.repositories import hasten
from cuelight.repositories.signals import SOON
from cuelight.scm import Commit, Look, Repository, Seen, Tree, Unseen
from tests.integration.repositories.host import MemoryHost
from tests.integration.repositories.notes import at_once, loaded, row_of, signal
from tests.integration.repositories.world import World, component


class Poisoned(MemoryHost):
    """Fails each time at the repository `poisoned`, with `trouble`, when it is asked for its `at`; else it answers."""

    poisoned: str = ""
    at: str = ""
    trouble: Exception = HostError()

    async def heads(self, looks: Sequence[Look]) -> Sequence[Seen | Unseen | HostError]:
        found = list(await super().heads(looks))
        for place, look in enumerate(looks):
            if self.at == "head" and look.repository_id == self.poisoned:
                if not isinstance(self.trouble, HostError):
                    raise copy.copy(self.trouble)
                found[place] = copy.copy(self.trouble)
        return found

    async def tree(self, repository: Repository, commit: Commit) -> Tree:
        if self.at == "tree" and repository.id == self.poisoned:
            raise copy.copy(self.trouble)
        if self.at == "malformed" and repository.id == self.poisoned:
            return Tree(commit=commit.sha, blobs=None)  # type: ignore[arg-type]
        return await super().tree(repository, commit)


SECRET = "token=hunter2 at 0x7f5a"
TROUBLES: Mapping[str, tuple[str, Exception]] = {
    "its tree is not answered": ("tree", HostUnavailable("github.com answered 502; it is asked again later")),
    "its tree is refused": ("tree", HostDenied("github.com refuses acme/poisoned; check the token")),
    "its tree breaks the reader": ("tree", ValueError(SECRET)),
    "its tree is malformed": ("malformed", HostError()),
    "its head is not answered": ("head", HostUnavailable("github.com answered 502; it is asked again later")),
    "its head breaks the reader": ("head", KeyError(SECRET)),
}


def poison(world: World, at: str, trouble: Exception) -> Poisoned:
    """A world of 20 good repositories, and one that fails."""
    for number in range(20):
        world.host.add(f"good-{number:02}", {"catalog-info.yaml": component(f"good-{number:02}")})
    world.host.__class__ = Poisoned
    host = world.host
    assert isinstance(host, Poisoned)
    host.poisoned = host.add("poisoned", {"catalog-info.yaml": component("poisoned")})
    host.at, host.trouble = at, trouble
    return host


class TestPoisoned:
    @pytest.fixture(autouse=True)
    def logs(self) -> Iterator[list[MutableMapping[str, Any]]]:
        """What is logged, which a terminal would take long to draw with all of its traces."""
        with capture_logs() as lines:
            yield lines

    @pytest.mark.parametrize("trouble", TROUBLES)
    async def test_a_repository_that_fails_does_not_hold_up_those_beside_it(self, world: World, trouble: str):
        poison(world, *TROUBLES[trouble])
        await world.scan()
        await at_once(world)
        assert await world.refs() == [f"component:default/good-{number:02}" for number in range(20)]

    @pytest.mark.parametrize("trouble", TROUBLES)
    async def test_the_pauses_of_a_repository_that_fails_grow(self, world: World, trouble: str):
        poison(world, *TROUBLES[trouble])
        await world.scan()
        pauses = []
        for _ in range(18):
            await at_once(world)
            pause = (await row_of(world, "poisoned"))["due_at"] - world.clock.now()
            world.clock.advance(pause / SECOND)
            pauses.append(pause)
        assert sum(pauses[6:]) > 126 * SECOND >= sum(pauses[:6])  # 2 + 4 + … + 64 s is the most that the first may take

    @pytest.mark.parametrize("trouble", TROUBLES)
    async def test_a_repository_that_fails_says_so_in_a_sentence_for_a_person(self, world: World, trouble: str):
        poison(world, *TROUBLES[trouble])
        await world.scan()
        await at_once(world)
        reason = (await row_of(world, "poisoned"))["reason"]
        assert SECRET not in reason
        assert re.fullmatch(r"[^\n:]+(again|token|log tells more)[^\n:]*", reason)

    async def test_what_others_say_in_their_errors_is_in_the_log_and_not_on_the_row(
        self, world: World, logs: list[MutableMapping[str, Any]]
    ):
        poison(world, "tree", ValueError(SECRET))
        await world.scan()
        await at_once(world)
        (told,) = (line for line in logs if line["event"] == "reconcile_failed")
        assert (told["log_level"], bool(told["exc_info"])) == ("error", True)
        reason = (await row_of(world, "poisoned"))["reason"]
        assert reason == (
            "looking at it failed with ValueError; nothing changes, it is tried again, and the log tells more"
        )

    async def test_what_we_say_in_our_errors_is_on_the_row(self, world: World):
        poison(world, "tree", TooLargeError("acme/poisoned has more files than are read; choose fewer"))
        await world.scan()
        await at_once(world)
        assert (await row_of(world, "poisoned"))["reason"] == (
            "acme/poisoned has more files than are read; choose fewer"
        )

    async def test_a_repository_that_failed_and_answers_again_is_as_if_nothing_had_been(self, world: World):
        host = poison(world, *TROUBLES["its tree breaks the reader"])
        await world.scan()
        await at_once(world)
        host.at = ""
        world.clock.advance(300)
        await world.work()
        row = await row_of(world, "poisoned")
        assert (row["attempts"], row["reason"], row["due_at"]) == (0, None, None)
        assert "component:default/poisoned" in await world.refs()


class TestHastening:
    async def postponed(self, world: World, *, pause: float) -> str:
        """The id of the row of a repository whose host asked to come back after *pause* seconds."""
        (a,) = await loaded(world, "a")
        await world.push(a, "d" * 40)
        world.host.error = HostUnavailable("not now", retry_after=pause)
        await world.work()
        world.host.error = None
        return str((await row_of(world, "a"))["id"])

    async def test_what_waits_for_a_host_that_answers_again_is_looked_at_soon(self, world: World):
        row = await self.postponed(world, pause=3000)
        await world.db.transact(lambda tx: hasten(tx, [row]))
        assert (await row_of(world, "a"))["due_at"] == world.clock.now() + SOON

    async def test_what_is_looked_at_sooner_anyway_is_not_put_off(self, world: World):
        row = await self.postponed(world, pause=1)
        due = (await row_of(world, "a"))["due_at"]
        await world.db.transact(lambda tx: hasten(tx, [row]))
        assert (await row_of(world, "a"))["due_at"] == due

    async def test_what_did_not_wait_is_not_looked_at(self, world: World):
        await loaded(world, "a")
        row = str((await row_of(world, "a"))["id"])
        await world.db.transact(lambda tx: hasten(tx, [row]))
        assert (await row_of(world, "a"))["due_at"] is None

    async def test_what_waits_for_its_host_to_show_a_push_is_not_looked_at_earlier(self, world: World):
        (a,) = await loaded(world, "a")
        await world.push(a, "d" * 40)
        world.clock.advance(30)
        await world.work()
        row = await row_of(world, "a")
        await world.db.transact(lambda tx: hasten(tx, [row["id"]]))
        assert (await row_of(world, "a"))["due_at"] == row["due_at"] == world.clock.now() + 30 * SECOND

    async def test_a_push_does_not_wait_for_the_pause_of_a_scan(self, world: World):
        (a,) = await loaded(world, "a")
        await signal(world, "a", "scan")
        (claim,) = await world.reconciler.claim(1)
        await world.push(a, "d" * 40)  # while the host is asked because of the scan
        world.host.error = HostUnavailable("nothing left for scans", retry_after=3000.0)
        await world.reconciler.handle(claim)
        world.clock.advance(SOON / SECOND)
        assert [claim.tracked.full_name for claim in await world.reconciler.claim(1)] == ["acme/a"]
