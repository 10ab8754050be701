"""Every page on its path."""

from starlette.routing import BaseRoute

from cuelight.asgi import Endpoint, resources
from cuelight.ui import home, sign_in
from cuelight.ui.pages import Pages

ENDPOINTS: tuple[Endpoint[Pages], ...] = (*home.ENDPOINTS, *sign_in.ENDPOINTS)


def routes(pages: Pages) -> list[BaseRoute]:
    """The pages' routes."""
    return resources(ENDPOINTS, pages)
