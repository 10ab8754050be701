"""Cuelight with an entity provider in its process: what `cuelight serve` runs, and a generated organisation given to it.

The organisation is one full mutation, begun once the process listens. After SIGUSR1, ten components a second get a new
title, each by a delta of its own.

    python -m benchmarks.provider --config FILE --entities N
"""

import argparse
import asyncio
import signal
from itertools import count
from pathlib import Path

from benchmarks.organisation import Organisation
from cuelight.app import application, roles_of
from cuelight.app import serve as serve_application
from cuelight.app.application import Application
from cuelight.catalog import Cause, Deferred, apply, replace_all
from cuelight.cli.serve import run, settings_of
from cuelight.telemetry import configure_logging

NAME = "organisation"
PAUSE = 0.1
"""Seconds between two changes."""
STEP = 997
"""Components between one that changes and the next."""


class Provider:
    """Gives *organisation* to *app*."""

    def __init__(self, app: Application, organisation: Organisation) -> None:
        self._app = app
        self._organisation = organisation
        self._changing = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._changing.set)

    async def run(self) -> None:
        """Give all of it; then change, once that is asked for."""
        entities = (Deferred(entity=entity) for entity in self._organisation.entities())
        await replace_all(self._app.db, NAME, entities, self._cause("load"))
        await self._changing.wait()
        for edition in count(1):
            await self._change(edition)
            await asyncio.sleep(PAUSE)

    async def _change(self, edition: int) -> None:
        number = edition * STEP % self._organisation.components + 1
        changed = Deferred(entity=self._organisation.component(number, edition=edition))
        cause = self._cause(f"edition {edition}")
        await self._app.db.transact(lambda tx: apply(tx, NAME, [changed], [], cause))

    def _cause(self, name: str) -> Cause:
        return Cause(id=name, at=self._app.db.now())


async def serve(config: Path, entities: int) -> None:
    """Serve until a signal to stop."""
    async with application(settings_of((config,), {})) as app:
        providing = asyncio.create_task(Provider(app, Organisation(entities)).run())
        try:
            await serve_application(app, roles_of(()))
        finally:
            providing.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--entities", type=int, required=True)
    options = parser.parse_args()
    configure_logging("warning")
    run(serve(options.config, options.entities))


if __name__ == "__main__":
    main()
