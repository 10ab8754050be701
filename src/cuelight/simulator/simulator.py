"""The simulator as one value: a core, GitHub's face, webhooks and knobs, and what one does with them."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from starlette.concurrency import run_in_threadpool

from cuelight.clock import Clock, SystemClock
from cuelight.errors import TooLargeError
from cuelight.simulator.core import Changes, CodeHost, Edit, Pushed, Repository
from cuelight.simulator.courier import Courier, Hook, Parcel
from cuelight.simulator.github import Addresses, Gate, GitHub
from cuelight.simulator.github.answers import Quota
from cuelight.simulator.knobs import Knobs
from cuelight.simulator.traffic import Counts


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulator is made with.

    `root` is the folder that holds everything. `base_url` is the address by which clients reach it (None: where it
    listens); `web_base` begins every `html_url` (None: the same). With a `token`, the API, Git and the control ask for it.
    """

    root: Path
    base_url: str | None = None
    web_base: str | None = None
    token: str | None = None
    hooks: tuple[Hook, ...] = ()


class Simulator:
    """A code host to try things on.

    Its methods are for the process that runs it; `/_simulator/` offers the same to others.
    """

    def __init__(self, settings: Settings, *, clock: Clock | None = None, knobs: Knobs | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.knobs = knobs or Knobs()
        self.host = CodeHost(settings.root, clock=self.clock)
        self.courier = Courier(self.clock)
        self.counts = Counts()
        self.hooks = list(settings.hooks)
        self._gate = Gate(Quota(self.clock, self.knobs), settings.token)
        self.face = self._github("http://127.0.0.1")

    def close(self) -> None:
        """Close the repositories and let go of the folder."""
        self.host.close()

    def reach_at(self, base: str) -> GitHub:
        """Take *base* as the address that clients use, unless the settings name another, and return the face there."""
        self.face = self._github(base)
        return self.face

    def subscribe(self, url: str, secret: str | None = None) -> Hook:
        """Send webhooks to *url* from now on, signed with *secret*."""
        hook = Hook(url=url, secret=secret, id=max((hook.id for hook in self.hooks), default=0) + 1)
        self.hooks.append(hook)
        return hook

    async def create(
        self, full_name: str, changes: Changes | None = None, *, files: Mapping[str, bytes] | None = None
    ) -> Repository:
        """Create `owner/name`; where it has *files*, its first push is announced."""
        repository = await run_in_threadpool(self.host.create, full_name, changes)
        if files:
            await self.commit(full_name, Edit(files=files, message="Initial commit"))
        return repository

    async def commit(self, full_name: str, edit: Edit, *, webhook: bool = True) -> Pushed:
        """Commit *edit* to `owner/name` and announce the push, unless the *webhook* shall be lost."""
        repository = self.host.repository(full_name)
        pushed = await run_in_threadpool(self.host.commit, repository, edit)
        if webhook:
            await self.announce([pushed])
        return pushed

    async def announce(self, pushes: Sequence[Pushed]) -> list[Parcel]:
        """Queue the webhooks that tell of *pushes* and return them."""
        told = self.face.told_of(pushes)
        parcels = [parcel for pushed in told for parcel in await run_in_threadpool(self._parcels, pushed)]
        for parcel in parcels:
            self.courier.post(parcel)
        return parcels

    def _parcels(self, pushed: Pushed) -> list[Parcel]:
        # A push too large to describe is not delivered, as at GitHub.
        with contextlib.suppress(TooLargeError):
            return self.face.parcels(pushed, tuple(self.hooks))
        return []

    def _github(self, base: str) -> GitHub:
        base = (self.settings.base_url or base).rstrip("/")
        at = Addresses(base, (self.settings.web_base or base).rstrip("/"))
        return GitHub(self.host, at, self._gate, self.knobs)
