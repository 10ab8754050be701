"""Repair: what makes the catalog right when no webhook said so, and what proves that it is. Names no host.

A scan lists everything that the providers' owners have and signals each repository, so that the same reconcile that
follows a push follows it too. The comparison takes two pictures of a catalog (or what a host holds and what the
catalog has) and says where they differ: one function, for verification and for every test.
"""

from cuelight.repair.comparison import Drift, Picture, compare, digest
from cuelight.repair.config import RepairSection
from cuelight.repair.picture import picture_of_catalog, picture_of_hosts
from cuelight.repair.runs import Options, Progress, Run, get_run, list_runs, request_run
from cuelight.repair.scan import Scanner
from cuelight.repair.sweep import Sweeper, Swept
from cuelight.repair.upkeep import Parts, Upkeep
from cuelight.repair.verification import Report, Verifier

__all__ = [
    "Drift",
    "Options",
    "Parts",
    "Picture",
    "Progress",
    "RepairSection",
    "Report",
    "Run",
    "Scanner",
    "Sweeper",
    "Swept",
    "Upkeep",
    "Verifier",
    "compare",
    "digest",
    "get_run",
    "list_runs",
    "picture_of_catalog",
    "picture_of_hosts",
    "request_run",
]
