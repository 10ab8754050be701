"""Elsewhere: pages that entities name, and whose hosts no integration serves; `backend.reading.allow` says which.

Nobody pushes there, so each is read again by interval, and asked only whether it changed. The catalog reads what is
stored (`PageShelf`); a `PageReader` keeps that up to date, and wakes the entities that named what changed. Nothing is
concluded from an error: the last version that was read stays, with the reason why there is no newer one; and what
no entity names any more is forgotten.
"""

from cuelight.repositories.elsewhere.copying import copy_pages
from cuelight.repositories.elsewhere.reading import PageReader
from cuelight.repositories.elsewhere.shelf import PAGE_KEY, PageShelf, make_due, page_key, state_of_page
from cuelight.repositories.elsewhere.waking import wake_readable

__all__ = [
    "PAGE_KEY",
    "PageReader",
    "PageShelf",
    "copy_pages",
    "make_due",
    "page_key",
    "state_of_page",
    "wake_readable",
]
