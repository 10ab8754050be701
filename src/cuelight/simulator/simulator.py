"""The simulator as one value: a core, GitHub's face, webhooks, knobs and faults, and what one does with them."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from starlette.concurrency import run_in_threadpool

from cuelight.clock import Clock, SystemClock
from cuelight.errors import NotFoundError, TooLargeError
from cuelight.simulator.core import Changes, CodeHost, Edit, Happened, Metadata, Person, Pushed, Repository
from cuelight.simulator.core.happenings import happenings
from cuelight.simulator.core.repository import commit_of
from cuelight.simulator.courier import Courier, Hook, Parcel
from cuelight.simulator.faults import Dice, Faults
from cuelight.simulator.github import Addresses, Gates, GitHub
from cuelight.simulator.knobs import Knobs
from cuelight.simulator.traffic import Counts

SOMEBODY = Person.account("demo-developer")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulator is made with.

    `root` is the folder that holds everything. `base_url` is the address by which clients reach it (None: where it
    listens); `web_base` begins every `html_url` (None: the same). With a `token`, the API, Git and the control ask for it.
    `app_key` is the public key (PEM) of its one app; without it, an app's signature is looked at and not checked.
    """

    root: Path
    base_url: str | None = None
    web_base: str | None = None
    token: str | None = None
    app_key: str | None = None
    hooks: tuple[Hook, ...] = ()


class Simulator:
    """A code host to try things on.

    Its methods are for the process that runs it; `/_simulator/` offers the same to others. Whatever happens to a
    repository sends GitHub's webhooks, unless it is done with `webhook=False`: then nobody is told.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        knobs: Knobs | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.knobs = knobs or Knobs()
        self.faults = faults or Faults()
        self.dice = Dice(self.faults)
        self.host = CodeHost(settings.root, clock=self.clock)
        self.courier = Courier(self.clock, self.dice)
        self.counts = Counts()
        self.hooks = list(settings.hooks)
        self.gates = Gates(self.host, self.knobs, self.faults, token=settings.token, app_key=settings.app_key)
        self.face = self._github("http://127.0.0.1")

    def close(self) -> None:
        """Close the repositories and let go of the folder."""
        self.host.close()

    def reach_at(self, base: str) -> GitHub:
        """Take *base* as the address that clients use, unless the settings name another, and return the face there."""
        self.face = self._github(base)
        return self.face

    def subscribe(self, url: str, secret: str | None = None, *, app: bool = False) -> Hook:
        """Send webhooks to *url* from now on, signed with *secret*; as the app's own where *app*."""
        hook = Hook(url=url, secret=secret, id=max((hook.id for hook in self.hooks), default=0) + 1, app=app)
        self.hooks.append(hook)
        return hook

    async def create(
        self,
        full_name: str,
        changes: Changes | None = None,
        *,
        files: Mapping[str, bytes] | None = None,
        webhook: bool = True,
    ) -> Repository:
        """Create `owner/name`, and where it has *files*, push them."""
        repository = await run_in_threadpool(self.host.create, full_name, changes)
        metadata = repository.metadata
        self._told([Happened(action="created", repository=metadata, before=metadata)], webhook=webhook)
        if files:
            await self.commit(full_name, Edit(files=files, message="Initial commit"), webhook=webhook)
        return repository

    async def commit(self, full_name: str, edit: Edit, *, webhook: bool = True) -> Pushed:
        """Commit *edit* to `owner/name` and announce the push."""
        repository = self.host.repository(full_name)
        pushed = await run_in_threadpool(self.host.commit, repository, edit)
        if webhook:
            await self.announce([pushed])
        return pushed

    async def amend(self, full_name: str, changes: Changes, *, webhook: bool = True) -> Metadata:
        """Rename, transfer, archive, publish, describe `owner/name`, or give it other topics or another default branch."""
        repository = self.host.repository(full_name)
        before = repository.metadata
        after = await run_in_threadpool(self.host.amend, repository, changes)
        self._told(happenings(before, after, SOMEBODY), webhook=webhook)
        return after

    async def delete(self, full_name: str, *, webhook: bool = True) -> None:
        """Delete `owner/name` for good."""
        repository = self.host.repository(full_name)
        metadata = repository.metadata
        await run_in_threadpool(self.host.delete, repository)
        self._told([Happened(action="deleted", repository=metadata, before=metadata)], webhook=webhook)

    async def point(self, full_name: str, branch: str, to: str | None, *, webhook: bool = True) -> Pushed:
        """Point *branch* at the commit that *to* means, a branch, a tag or an id: create it or force it; None removes it."""
        repository = self.host.repository(full_name)
        sha = None if to is None else (await run_in_threadpool(commit_of, repository, to)).sha
        pushed = await run_in_threadpool(lambda: self.host.point(repository, branch, sha, by=SOMEBODY))
        if webhook:
            await self.announce([pushed])
        return pushed

    async def rename_branch(self, full_name: str, branch: str, name: str, *, webhook: bool = True) -> Metadata:
        """Call *branch* by another *name*; where it is the default branch, it stays that."""
        repository = self.host.repository(full_name)
        before = repository.metadata
        moves = await run_in_threadpool(lambda: self.host.rename_branch(repository, branch, name, by=SOMEBODY))
        if webhook:
            await self.announce(moves)
        self._told(happenings(before, repository.metadata, SOMEBODY), webhook=webhook)
        return repository.metadata

    async def allow(self, full_name: str, *, readable: bool, webhook: bool = True) -> None:
        """Let the app read `owner/name`, or do not let it any more."""
        repository = self.host.repository(full_name)
        self.gates.keys.installations.allow(repository, readable=readable)
        action: Literal["granted", "revoked"] = "granted" if readable else "revoked"
        metadata = repository.metadata
        self._told([Happened(action=action, repository=metadata, before=metadata)], webhook=webhook)

    async def announce(self, pushes: Sequence[Pushed]) -> list[Parcel]:
        """Queue the webhooks that tell of *pushes* and return them."""
        told = self.face.told_of(pushes)
        return self._posted([parcel for pushed in told for parcel in await run_in_threadpool(self._parcels, pushed)])

    def _told(self, happened: Sequence[Happened], *, webhook: bool) -> None:
        if webhook:
            self._posted([parcel for one in happened for parcel in self.face.tidings(one, tuple(self.hooks))])

    def _posted(self, parcels: list[Parcel]) -> list[Parcel]:
        for parcel in parcels:
            self.courier.post(parcel)
        return parcels

    def _parcels(self, pushed: Pushed) -> list[Parcel]:
        # A push too large to describe is not delivered, as at GitHub; nor is one whose repository is gone meanwhile.
        with contextlib.suppress(TooLargeError, NotFoundError):
            return self.face.parcels(pushed, tuple(self.hooks))
        return []

    def _github(self, base: str) -> GitHub:
        base = (self.settings.base_url or base).rstrip("/")
        at = Addresses(base, (self.settings.web_base or base).rstrip("/"))
        return GitHub(self.host, at, self.gates, self.knobs)
