"""The pages: what a person sees of the catalog, made on the server and kept up to date in the browser.

What passes through: rows of the rooms below become an `Overview`, which is rendered as HTML and, the same values,
as JSON; an ES module of ours fetches that JSON and mends the page. Everything that a stranger wrote is escaped by
the template or set as text by the module, and nothing of it can become code: the policy forbids inline scripts and
styles. `routes(pages)` is all that `app` needs.
"""

from cuelight.ui.pages import Pages, make_pages
from cuelight.ui.routing import ENDPOINTS, routes

__all__ = ["ENDPOINTS", "Pages", "make_pages", "routes"]
