"""Verification: does the catalog hold what the hosts hold, and what an empty database would make of it?

The `survey` asks the hosts, `rebuilding` gives an empty database the sources that there should be, `differences` compares
both with what is held and served, and `explanations` tells drift from what a row explains, by what its `rivals` say.
`mending` has drift looked at.
"""

from cuelight.repair.verification.rebuilding import Engine
from cuelight.repair.verification.report import Coverage, Item, Repaired, Report, Unchecked
from cuelight.repair.verification.verifier import Verifier

__all__ = ["Coverage", "Engine", "Item", "Repaired", "Report", "Unchecked", "Verifier"]
