"""Tracked repositories: signals come in, the host is asked, and the catalog is told what it holds. Names no host.

A subscriber records signals; workers claim what is due, ask the host what the branch is now (`inquiry`, in the order of
what that costs), compare with the sources that are stored (`plan`), and write the difference in one transaction (`result`):
sources, the catalog's delta, wake-ups, the head, and how each signal ended. The catalog reads what entities name from these sources, never from a network.
"""

from cuelight.repositories.claims import let_go_of_claims
from cuelight.repositories.elsewhere import PageReader, PageShelf
from cuelight.repositories.freshness import measure_staleness
from cuelight.repositories.reader import RepositoryReader
from cuelight.repositories.reconciler import Reconciler
from cuelight.repositories.recorder import Recorder
from cuelight.repositories.registry import Registry
from cuelight.repositories.signals import Hint, Kind, Signal, hasten, note, note_all
from cuelight.repositories.stakes import Stake, stakes
from cuelight.repositories.tracked import LOCATIONS, look_for, settled, track, track_all
from cuelight.repositories.upkeep import forget_ended, signal_locations

__all__ = [
    "LOCATIONS",
    "Hint",
    "Kind",
    "PageReader",
    "PageShelf",
    "Reconciler",
    "Recorder",
    "Registry",
    "RepositoryReader",
    "Signal",
    "Stake",
    "forget_ended",
    "hasten",
    "let_go_of_claims",
    "look_for",
    "measure_staleness",
    "note",
    "note_all",
    "settled",
    "signal_locations",
    "stakes",
    "track",
    "track_all",
]
