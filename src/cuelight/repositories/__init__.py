"""Tracked repositories: signals come in, the host is asked, and the catalog is told what it holds. Names no host.

A subscriber records signals; workers claim what is due, ask the host for the head and its tree, compare with the sources
that are stored, and write the difference in one transaction: sources, the catalog's delta, wake-ups, the head, and how
each signal ended. The catalog reads what entities name from these sources, never from a network.
"""

from cuelight.repositories.claims import let_go_of_claims
from cuelight.repositories.reader import RepositoryReader
from cuelight.repositories.reconciler import Reconciler
from cuelight.repositories.recorder import Recorder
from cuelight.repositories.registry import Registry
from cuelight.repositories.signals import Signal, note
from cuelight.repositories.tracked import LOCATIONS, track
from cuelight.repositories.upkeep import forget_ended, signal_locations

__all__ = [
    "LOCATIONS",
    "Reconciler",
    "Recorder",
    "Registry",
    "RepositoryReader",
    "Signal",
    "forget_ended",
    "let_go_of_claims",
    "note",
    "signal_locations",
    "track",
]
