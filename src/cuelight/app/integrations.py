"""The integrations that a configuration asks for."""

from collections.abc import Sequence

from cuelight.clock import Clock, SystemClock
from cuelight.fetch import Fetch
from cuelight.integrations import modules
from cuelight.scm import Integration
from cuelight.settings import Settings


def integrations_of(settings: Settings, fetch: Fetch, clock: Clock) -> Sequence[Integration]:
    """Each integration whose sections are in *settings*; ConfigurationError where they do not fit one another."""
    return [
        module.build(settings.integrations[module.name], fetch, clock)
        for module in modules()
        if module.name in settings.integrations
    ]


async def try_integrations(settings: Settings) -> Sequence[Integration]:
    """The integrations, with nothing left open that asks a host; ConfigurationError where they cannot be made."""
    clock = SystemClock()
    fetch = Fetch(settings.backend.fetch, clock)
    try:
        return integrations_of(settings, fetch, clock)
    finally:
        await fetch.aclose()
