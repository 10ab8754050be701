"""What pages are made with: the database, the time, the templates and the assets."""

from collections.abc import Mapping

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from cuelight.asgi.sessions import Sessions
from cuelight.clock import Clock
from cuelight.db import Database
from cuelight.ui.assets import Asset, read_assets
from cuelight.ui.words import duration, elapsed, web_link

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
}
"""The Content-Security-Policy: our own files and nothing else; no inline script or style, no HTML made of strings."""
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in DIRECTIVES.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
"""Sent with everything that a browser shows, besides the `nosniff` that every answer has."""


class Pages(msgspec.Struct, frozen=True, kw_only=True):
    """The context of the pages' endpoints; made by `make_pages`. `sessions` None: nobody has to sign in."""

    db: Database
    clock: Clock
    templates: Environment
    assets: Mapping[str, Asset]
    sessions: Sessions | None = None

    def render(self, template: str, **values: object) -> Response:
        """*template* with *values*, as a page that is not kept: what it shows may be confidential."""
        html = self.templates.get_template(template).render(values, now=self.clock.now())
        return Response(html, media_type="text/html", headers={**HEADERS, "Cache-Control": "no-store"})


def make_pages(
    db: Database, clock: Clock, sessions: Sessions | None = None, *, webhooks: str = "/webhooks/github"
) -> Pages:
    """Read templates and assets; *sessions* are those that are begun on the page for it, *webhooks* is where these go."""
    assets = read_assets()
    templates = Environment(
        loader=PackageLoader("cuelight.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(duration=duration, elapsed=elapsed, web_link=web_link)
    templates.globals["asset"] = lambda name: f"static/{assets[name].hashed_name}"
    templates.globals["signs_in"] = sessions is not None and sessions.possible
    templates.globals["webhooks"] = webhooks
    return Pages(db=db, clock=clock, templates=templates, assets=assets, sessions=sessions)
