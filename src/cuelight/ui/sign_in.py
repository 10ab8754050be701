"""Signing in: a browser gives a token once, and shows a cookie from then on. Nothing of it needs JavaScript."""

from urllib.parse import parse_qs

from starlette.responses import RedirectResponse, Response

from cuelight.asgi import Access, Call, Endpoint, Query
from cuelight.asgi.bodies import read_body
from cuelight.asgi.parameters import QueryReader
from cuelight.asgi.sessions import Sessions
from cuelight.errors import InputError, NotFoundError
from cuelight.ui.pages import Pages

FORM = "application/x-www-form-urlencoded"
START = "/"


class Destination(Query, frozen=True, kw_only=True):
    """Where somebody wanted to go who was sent here."""

    next: str = START

    @property
    def path(self) -> str:
        """`next` below where this page is, so that it leads to no other site; the first page where it is no path."""
        is_path = self.next.startswith("/") and not self.next.startswith(("//", "/\\")) and self.next.isprintable()
        return f".{self.next if is_path else START}"


async def ask(pages: Pages, call: Call[Destination, None]) -> Response:
    """Ask for a token; whoever has given one already may sign out."""
    caller = sessions_of(pages).caller(call.request.scope)
    return _asked(pages, subject=None if caller is None else caller.subject)


async def sign_in(pages: Pages, call: Call[Destination, None]) -> Response:
    """Begin a session with the token that was given, and lead on."""
    cookie = sessions_of(pages).begin(await _token(call))
    if cookie is None:
        return _asked(pages, refused=True)
    return RedirectResponse(call.query.path, status_code=303, headers={"Set-Cookie": cookie})


async def sign_out(pages: Pages, call: Call[Query, None]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """End the session."""
    cookie = sessions_of(pages).end()
    return RedirectResponse("./sign-in", status_code=303, headers={"Set-Cookie": cookie})


ENDPOINTS: tuple[Endpoint[Pages], ...] = (
    Endpoint(method="GET", path="/sign-in", access=Access.OPEN, function=ask, query=QueryReader(Destination)),
    Endpoint(method="POST", path="/sign-in", access=Access.OPEN, function=sign_in, query=QueryReader(Destination)),
    Endpoint(method="POST", path="/sign-out", access=Access.OPEN, function=sign_out, query=QueryReader(Query)),
)


def sessions_of(pages: Pages) -> Sessions:
    """The sessions that may be begun here; NotFoundError where there is no token to begin one with."""
    if pages.sessions is None or not pages.sessions.possible:
        raise NotFoundError("nobody signs in here: backend.auth.externalAccess has no caller of type static")
    return pages.sessions


def _asked(pages: Pages, *, subject: str | None = None, refused: bool = False) -> Response:
    page = pages.render("sign_in.html", subject=subject, refused=refused)
    page.status_code = 401 if refused else 200
    policy = page.headers["Content-Security-Policy"]
    page.headers["Content-Security-Policy"] = policy.replace("form-action 'none'", "form-action 'self'")
    return page


async def _token(call: Call[Destination, None]) -> bytes:
    request = call.request
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InputError(f"unsupported media type; the form is sent as {FORM}")
    body = await read_body(request.receive, declared=request.headers.get("content-length", "0").encode())
    try:
        form = parse_qs(body.decode("latin-1"), errors="surrogateescape", max_num_fields=8)
        return form.get("token", [""])[0].strip().encode("utf-8", "surrogateescape")
    except ValueError as error:
        raise InputError(f"the form cannot be read: {error}") from error
