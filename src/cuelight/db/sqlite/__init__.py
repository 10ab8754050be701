"""SQLite: one process, one writing connection on a thread of its own, readers that never wait.

A second writing connection made journal commits go from half a millisecond to over a second at the 95th percentile
when it was tried: SQLite's lock is not fair. So every change goes through the `Writer`.
"""

from cuelight.db.sqlite.database import SQLiteDatabase

__all__ = ["SQLiteDatabase"]
