"""Repair: what makes the catalog right when no webhook said so, and what proves that it is. Names no host.

A scan lists everything that the providers' owners have and signals each repository, so that the same reconcile that
follows a push follows it too. The comparison takes two pictures of a catalog (or what a host holds and what the
catalog has) and says where they differ: one function, for verification and for every test.
"""

from cuelight.repair.comparison import Drift, Picture, compare
from cuelight.repair.picture import picture_of_catalog, picture_of_hosts
from cuelight.repair.scan import Scanner

__all__ = ["Drift", "Picture", "Scanner", "compare", "picture_of_catalog", "picture_of_hosts"]
