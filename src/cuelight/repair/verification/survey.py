"""The survey: what the hosts show now of everything that is tracked, or should be. All questions of a verification but one.

Complete lists first, then heads in batches, then a tree for each repository that the filters take.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from cuelight.clock import Clock
from cuelight.errors import HostDenied, HostError
from cuelight.repair.census import Answer, ask, patiently
from cuelight.repair.listed import Listed
from cuelight.repair.verification.holdings import Holding
from cuelight.repair.verification.sight import Sight, Target
from cuelight.repositories import Registry, look_for
from cuelight.repositories.plan import Choice
from cuelight.repositories.stakes import uninstalled
from cuelight.scm import Look, Provider, Repository, Scope, Seen, Tree, Unseen

SIDE_BY_SIDE: Final = 8
"""Trees that are read at one time."""
LARGE_TREE: Final = 2_000
"""Files from which a tree is gone through in a thread."""

Tell = Callable[[int, int], None]
"""Hears of how many repositories, of how many, the host was asked."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider's complete list has: those that it takes by id, and what it says of all. `failure`: why there is no list."""

    taken: Mapping[str, Repository] = {}
    every: Listed = msgspec.field(default_factory=lambda: Listed(Scope()))
    failure: str | None = None


class Survey:
    """Asks the hosts of *registry*."""

    def __init__(self, registry: Registry, clock: Clock, tell: Tell) -> None:
        self._registry = registry
        self._clock = clock
        self._tell = tell
        self._listings: dict[str, Listing] = {}
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)

    async def run(self, held: Mapping[str, Holding]) -> list[Sight]:
        """Everything that is tracked, or should be; what is held of it is *held*."""
        for provider in self._registry.providers:
            known = [each for each in held.values() if each.tracked.provider == provider.name]
            self._listings[provider.name] = await self._list(provider, known)
        return await self.look(self._targets(held))

    @property
    def unlisted(self) -> dict[str, str]:
        """Provider → why there is no list of it; what is new there is not known."""
        return {name: listing.failure for name, listing in self._listings.items() if listing.failure is not None}

    async def look(self, targets: Sequence[Target]) -> list[Sight]:
        """*targets* as they are now."""
        by_host: dict[str, list[Target]] = {}
        for target in targets:
            by_host.setdefault(target.host, []).append(target)
        sights = [sight for host, some in by_host.items() for sight in await self._heads(host, some)]
        done = Counter({"seen": 0})

        async def complete(sight: Sight) -> Sight:
            async with self._slots:
                completed = await self._with_tree(sight)
            done["seen"] += 1
            self._tell(done["seen"], len(sights))
            return completed

        async with asyncio.TaskGroup() as tasks:
            trees = [tasks.create_task(complete(sight)) for sight in sights]
        return [task.result() for task in trees]

    async def _list(self, provider: Provider, known: Sequence[Holding]) -> Listing:
        """The provider's complete list; one that is empty although something is known tells nothing."""
        host = self._registry.host(provider.host)
        if host is None:
            return Listing(failure=f"no integration for {provider.host} is configured; add it under integrations")
        try:
            every = [repository async for repository in host.repositories(provider.scope)]
        except HostError as error:
            return Listing(failure=f"the list of {provider.name} could not be read: {error.message}")
        listed = Listed(provider.scope)
        for repository in every:
            listed.hear(repository)
        if not every and any(not holding.empty for holding in known):
            return Listing(failure=f"{provider.host} lists no repository at all for {provider.name}; check its access")
        return Listing(
            taken={each.id: each for each in every if provider.excluded(each) is None},
            every=listed,
        )

    def _targets(self, held: Mapping[str, Holding]) -> list[Target]:
        """What is held, but for what is left out and empty; and what a list has that nobody tracks."""
        targets = [_target(holding) for holding in held.values() if self._matters(holding)]
        tracked = {(each.tracked.provider, each.tracked.host_id) for each in held.values()}
        return targets + [
            Target(
                provider=provider.name,
                host=provider.host,
                repository_id=repository.id,
                full_name=repository.full_name,
                holding=None,
            )
            for provider in self._registry.providers
            for repository in self._listings[provider.name].taken.values()
            if (provider.name, repository.id) not in tracked
        ]

    def _matters(self, holding: Holding) -> bool:
        listing = self._listing(holding)
        return not holding.empty or holding.by_location or holding.tracked.host_id in listing.taken

    def _listing(self, holding: Holding) -> Listing:
        return self._listings.get(holding.tracked.provider, Listing())

    async def _heads(self, host: str, targets: Sequence[Target]) -> list[Sight]:
        client = self._registry.host(host)
        if client is None:
            refusal = HostDenied(f"no integration for {host} is configured; add it under integrations")
            return [self._sight(target, refusal) for target in targets]
        answers = await ask(client, [self._question(target) for target in targets], self._clock)
        return [self._sight(target, answer) for target, answer in zip(targets, answers.each, strict=True)]

    def _question(self, target: Target) -> Look:
        provider = self._registry.provider(target.provider)
        if target.holding:
            return msgspec.structs.replace(look_for(target.holding.tracked, provider), since=None, commits=0)
        branch = provider.selection.branch if provider else None
        return Look(repository_id=target.repository_id, full_name=target.full_name, branch=branch)

    def _sight(self, target: Target, answer: Answer) -> Sight:
        """What *answer* says of *target*, but for its files."""
        if reason := self._unsaid(target, answer):
            return Sight(target=target, state="unknown", reason=reason)
        if not isinstance(answer, Seen):
            return Sight(
                target=target, state="gone", reason="the complete list lacks it, and its host does not show it"
            )
        provider = self._registry.provider(target.provider)
        found = Sight(
            target=target,
            state="seen",
            repository=answer.repository,
            branch=answer.branch,
            commit=answer.commit,
        )
        if provider and (reason := self._left_out(provider, answer.repository)):
            return msgspec.structs.replace(found, state="excluded", reason=reason)
        if answer.commit is None:
            return msgspec.structs.replace(found, state="gone", reason=f"there is no branch {answer.branch}")
        return found

    def _left_out(self, provider: Provider, repository: Repository) -> str | None:
        """Why *provider* does not take *repository*: by its filters, or as the list of its app lacks it."""
        listing = self._listings[provider.name]
        lacking = listing.failure is None and repository.id not in listing.every.ids
        return provider.excluded(repository) or (uninstalled(provider, repository) if lacking else None)

    def _unsaid(self, target: Target, answer: Answer) -> str | None:
        """Why nothing is known of *target*; None where something is."""
        if isinstance(answer, HostError):
            return answer.message
        provider = self._registry.provider(target.provider)
        if provider is None and not (target.holding and target.holding.by_location):
            return f"provider {target.provider} is not configured any more"
        if not isinstance(answer, Unseen):
            return None
        listing = self._listings.get(target.provider, Listing(failure=answer.reason))
        if listing.failure is not None or target.repository_id in listing.every.ids:
            return listing.failure or f"it is listed, but {answer.reason}"
        return self._hidden(target.holding, answer, listing)

    def _hidden(self, holding: Holding | None, answer: Unseen, listing: Listing) -> str | None:
        """Why what *answer* does not show, and the list lacks, may be there; None where it is gone."""
        if holding is None:
            return None
        if holding.revoked:
            return f"{answer.reason}, and an event said that access to it was revoked"
        hidden = listing.every.hides(holding.tracked.full_name, holding.tracked.visibility)
        return f"{answer.reason}, nor any private one" if hidden else None

    async def _with_tree(self, sight: Sight) -> Sight:
        """*sight* with the files that should be sources; unknown where they could not be listed."""
        host = self._registry.host(sight.target.host)
        if sight.state != "seen" or host is None or sight.repository is None or sight.commit is None:
            return sight
        repository, commit = sight.repository, sight.commit
        try:
            tree = await patiently(lambda: host.tree(repository, commit), self._clock)
        except HostError as error:
            return msgspec.structs.replace(sight, state="unknown", reason=error.message)
        return msgspec.structs.replace(sight, blobs=await self._concerned(tree, sight.target))

    async def _concerned(self, tree: Tree, target: Target) -> dict[str, str]:
        provider = self._registry.provider(target.provider)
        choice = Choice(
            selected=provider.selection.paths if provider else None,
            declared=False,
            wanted=target.holding.wants if target.holding else (),
        )
        if len(tree.blobs) < LARGE_TREE:
            paths = choice.taken(tree)
        else:
            paths = await asyncio.to_thread(choice.taken, tree)
        return {path: tree.blobs[path] for path in paths}


def _target(holding: Holding) -> Target:
    tracked = holding.tracked
    return Target(
        provider=tracked.provider,
        host=tracked.host,
        repository_id=tracked.host_id,
        full_name=tracked.full_name,
        holding=holding,
    )
