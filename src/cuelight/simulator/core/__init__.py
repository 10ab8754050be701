"""The simulated host's core: owners and repositories over real Git on disk, in words that no code host owns.

Paths and bytes come in as commits (`CodeHost.commit`, or a `git push` through `cuelight.simulator.smart`), and go out as
heads, trees and blobs. Each commit returns a `Pushed`, which a face turns into its host's webhook. What is on disk is
all there is: a new process on the same folder carries on with the same repositories, ids and commits.
"""

from cuelight.simulator.core.happenings import Happened
from cuelight.simulator.core.history import ChangedFiles, History, PushedCommit
from cuelight.simulator.core.host import CodeHost
from cuelight.simulator.core.objects import CommitFacts, TreeEntry
from cuelight.simulator.core.people import Person
from cuelight.simulator.core.records import Changes, Metadata, Owner
from cuelight.simulator.core.repository import Edit, Pushed, Repository

__all__ = [
    "ChangedFiles",
    "Changes",
    "CodeHost",
    "CommitFacts",
    "Edit",
    "Happened",
    "History",
    "Metadata",
    "Owner",
    "Person",
    "Pushed",
    "PushedCommit",
    "Repository",
    "TreeEntry",
]
