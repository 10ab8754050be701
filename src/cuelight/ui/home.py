"""The home page, its JSON twin, and the files that it needs."""

from starlette.responses import Response

from cuelight.asgi import Access, Call, Endpoint, Query, get, json_answer
from cuelight.asgi.answers import weak_etag
from cuelight.errors import NotFoundError
from cuelight.ui.overview import read_overview
from cuelight.ui.pages import HEADERS, Pages

FOREVER = "public, max-age=31536000, immutable"


@get("/", Query, access=Access.READ)
async def home(pages: Pages, call: Call[Query, None]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """Is the catalog live, and what happened last? Complete without JavaScript."""
    return pages.render("home.html", overview=await read_overview(pages.db))


@get("/index.json", Query, access=Access.READ)
async def home_as_json(pages: Pages, call: Call[Query, None]) -> Response:  # noqa: ARG001 -- an endpoint's signature
    """The same values; a browser that has them already gets a 304."""
    return json_answer(await read_overview(pages.db), headers={"Cache-Control": "private, no-cache"})


@get("/static/{name}", Query, access=Access.OPEN)
async def static(pages: Pages, call: Call[Query, None]) -> Response:
    """A file of the pages: kept for good under its hashed name, asked for again under its plain one."""
    name = call.path["name"]
    for asset in pages.assets.values():
        if name in (asset.name, asset.hashed_name):
            kept = FOREVER if name == asset.hashed_name else "no-cache"
            headers = {**HEADERS, "Cache-Control": kept, "ETag": weak_etag(asset.content)}
            return Response(asset.content, headers={**headers, "Content-Type": asset.media_type})
    raise NotFoundError(f"there is no file {name} among the pages' own")


ENDPOINTS: tuple[Endpoint[Pages], ...] = (home, home_as_json, static)
