"""`backend.cors` at work: which pages of other origins a browser lets read our answers.

A browser asks before it sends (a preflight, which carries no token), so this stands before authentication.
"""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from cuelight.asgi.config import CorsSection

REMEMBERED = 600
"""Seconds for which a browser may remember what it was told, unless `maxAge` says another number."""


def answering_other_origins(app: ASGIApp, cors: CorsSection | None) -> ASGIApp:
    """*app*, which tells browsers what *cors* allows; as it is where that is nothing."""
    if cors is None or cors.pattern is None:
        return app
    return CORSMiddleware(
        app,
        allow_origin_regex=cors.pattern.pattern,
        allow_methods=[method.upper() for method in cors.methods],
        allow_headers=cors.allowed_headers or ("*",),
        allow_credentials=cors.credentials,
        expose_headers=cors.exposed_headers,
        max_age=REMEMBERED if cors.max_age is None else cors.max_age,
    )
