"""Cuelight: a live software catalog.

A code host says that something was pushed; a moment later the catalog is right, and can prove it.
`docs/design.md` draws the way of the data and the floors of this package; `.importlinter` holds them.
"""

__version__ = "0.1.0.dev0"
