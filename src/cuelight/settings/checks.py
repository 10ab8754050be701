"""Rules that hold between sections of different rooms."""

import difflib
import re
from collections.abc import Iterator
from typing import Final

from cuelight.events import backend_names
from cuelight.events.config import EventSystemSection
from cuelight.options import Finding
from cuelight.settings.schema import BackendSection

_ADDRESS: Final = re.compile(r"https?://[^\s/@?#]+(/[^\s?#]*)?", re.IGNORECASE)


def check(backend: BackendSection, events: EventSystemSection) -> Iterator[Finding]:
    """Everything in which the sections contradict each other, or what is installed."""
    yield from _named(backend)
    yield from _exposed(backend)
    yield from _listeners(backend)
    yield from _engine(events)


def _named(backend: BackendSection) -> Iterator[Finding]:
    if backend.base_url is not None and not _ADDRESS.fullmatch(backend.base_url):
        yield Finding(path="backend.baseUrl", message="this is no address; write it like https://catalog.example.com")


def _exposed(backend: BackendSection) -> Iterator[Finding]:
    """Other machines must not reach a server that asks nobody who they are; webhooks are signed, and may be public."""
    auth = backend.auth
    if backend.listen.loopback or auth.external_access or auth.dangerously_disable_default_auth_policy:
        return
    yield Finding(
        path="backend.listen.host",
        message=f"{backend.listen.host} is open to other machines, and nobody is asked for a token; "
        "name who may call in backend.auth.externalAccess, or listen on 127.0.0.1 behind a proxy that asks, "
        "or set backend.auth.dangerouslyDisableDefaultAuthPolicy: true",
    )


def _listeners(backend: BackendSection) -> Iterator[Finding]:
    ingress = backend.ingress.listen
    if ingress is not None and ingress.port == backend.listen.port != 0:
        yield Finding(
            path="backend.ingress.listen.port",
            message=f"{ingress.port} is the port of backend.listen too; give the webhooks another",
        )


def _engine(events: EventSystemSection) -> Iterator[Finding]:
    known = sorted(backend_names())
    for path, name in [("eventSystem.client", events.client), *((f"eventSystem.{it}", it) for it in events.engines)]:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            mend = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
            yield Finding(path=path, message=f"{name} is no event engine that is installed; {mend}")
