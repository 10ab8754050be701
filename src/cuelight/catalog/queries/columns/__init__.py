"""Columns: for each search key which entities have which value, kept in memory, so that counting takes microseconds.

What passes through: the rows of `search` whose key somebody asks about, read once, then followed along the change log. A
question gets a `View`, all of whose columns are as of one change of the catalog: the newest that its snapshot sees, so an
answer is never older than SQL's would be. What columns cannot tell is left to SQL.
"""

from cuelight.catalog.queries.columns.columns import Columns
from cuelight.catalog.queries.columns.view import Need, View, need_of

__all__ = ["Columns", "Need", "View", "need_of"]
