"""`cuelight serve`: the server."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Literal

import uvloop
from cyclopts import Parameter

from cuelight.app import Role, application, roles_of
from cuelight.app import serve as serve_application
from cuelight.cli.in_force import tell_what_is_in_force, warn_of_refusals
from cuelight.cli.output import note
from cuelight.cli.parameters import Configs
from cuelight.integrations import modules
from cuelight.settings import Settings, load
from cuelight.telemetry import configure_logging

Level = Literal["debug", "info", "warning", "error"]


def serve(
    *,
    config: Configs = (),
    host: Annotated[str | None, Parameter(help="Where to listen; overrides backend.listen.host.")] = None,
    port: Annotated[int | None, Parameter(help="0 takes a free port; overrides backend.listen.port.")] = None,
    role: Annotated[
        tuple[Role, ...], Parameter(negative="", show_default=False, help="What to do; repeat it [default: all].")
    ] = (),
    log_level: Annotated[Level, Parameter(help="What is logged, from which weight on.")] = "info",
) -> None:
    """Run Cuelight until it is told to stop.

    Webhooks go to /webhooks/<integration>, the catalog API is under /api/catalog, the pages are at /.

    For example:

        cuelight serve
        cuelight serve --config app-config.yaml --port 8080
        cuelight serve --role ingress
    """
    configure_logging(log_level)
    given = {"backend.listen.host": host, "backend.listen.port": port}
    settings = settings_of(config, {key: value for key, value in given.items() if value is not None})
    run(_serve(settings, role))


def settings_of(files: tuple[Path, ...], options: dict[str, Any]) -> Settings:
    """The configuration in *files*, with a command line's *options* on top."""
    return load(modules(), files=files, options=options)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run *work* on a fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def _serve(settings: Settings, chosen: tuple[Role, ...]) -> None:
    tell_what_is_in_force(settings)
    roles = roles_of(chosen)
    async with application(settings) as app:
        if not app.registry.providers and not settings.catalog.locations:
            note("nothing will be read: no catalog.providers and no catalog.locations are configured; see --config")
        if roles.ingress:
            warn_of_refusals(app.integrations)
        await serve_application(app, roles, ready=lambda address: note(f"Cuelight answers on {address}"))
