"""Who keeps whom alive, and whose word an entity is.

A ref has at most one row, and that row one content: its holder's. Sources (providers and parent entities) *claim*
refs with what they would have them be, and *release* them. References say who keeps a row alive: there may be
several, and it lives as long as one of them does. The location key says whose content may replace whose; a claimant
whose content is not shown is a row in `conflicts`, and moves up when the ref is freed.

What nobody keeps alive any more is deleted, unless something with the same cause may yet name it again, or the brake
(`cuelight.catalog.brake`) says that it is too much: then it stays, weakly, until that is decided (`departure`).
"""

from cuelight.catalog.ownership.claims import claim
from cuelight.catalog.ownership.departure import Judgement
from cuelight.catalog.ownership.inheritance import settle_claims
from cuelight.catalog.ownership.judgement import busy
from cuelight.catalog.ownership.moves import Movement, any_moving, finish, movements
from cuelight.catalog.ownership.newcomers import Naming, settle_each
from cuelight.catalog.ownership.offer import Offer, offer_of
from cuelight.catalog.ownership.reach import reach_of
from cuelight.catalog.ownership.releases import Applied, Letting, expel, let_go, release
from cuelight.catalog.ownership.waking import NEVER, wake
from cuelight.catalog.ownership.weakness import ALIVE, weak_among

__all__ = [
    "ALIVE",
    "NEVER",
    "Applied",
    "Judgement",
    "Letting",
    "Movement",
    "Naming",
    "Offer",
    "any_moving",
    "busy",
    "claim",
    "expel",
    "finish",
    "let_go",
    "movements",
    "offer_of",
    "reach_of",
    "release",
    "settle_claims",
    "settle_each",
    "wake",
    "weak_among",
]
