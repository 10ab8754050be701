"""Rehearsal: what would become of a location or an entity, were it in the catalog. Nothing is stored.

What passes through: an entity as given goes through the same pipeline as in earnest, and everything that it names after
it. What the pipeline asks for and nobody has is `Pending`; between two runs it is gathered, from wherever the `Gatherer`
reads (rows, a code host, a disk), and the run is done again. So no run waits for a network, and none differs from the
one that processing will do.
"""

from cuelight.catalog.rehearsal.gathering import Gatherer
from cuelight.catalog.rehearsal.rehearsal import Bounds, Rehearsal, Rehearsed
from cuelight.catalog.rehearsal.verdicts import errors_of, location_tree, verdicts_on
from cuelight.catalog.verdict import Verdict

__all__ = [
    "Bounds",
    "Gatherer",
    "Rehearsal",
    "Rehearsed",
    "Verdict",
    "errors_of",
    "location_tree",
    "verdicts_on",
]
