"""Who keeps whom alive, and whose word an entity is.

A ref has at most one row, and that row one content: its holder's. Sources (providers and parent entities) *claim*
refs with what they would have them be, and *release* them. References say who keeps a row alive: there may be
several, and it lives as long as one of them does. The location key says whose content may replace whose; a claimant
whose content is not shown is a row in `conflicts`, and moves up when the ref is freed.
"""

from cuelight.catalog.ownership.claims import claim
from cuelight.catalog.ownership.inheritance import hand_over
from cuelight.catalog.ownership.offer import Offer, offer_of
from cuelight.catalog.ownership.releases import expel, release
from cuelight.catalog.ownership.removal import remove
from cuelight.catalog.ownership.waking import wake

__all__ = ["Offer", "claim", "expel", "hand_over", "offer_of", "release", "remove", "wake"]
