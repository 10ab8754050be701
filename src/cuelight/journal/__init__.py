"""The journal: where a delivery is committed, with the events that it stands for, before it is answered.

In come verified deliveries from the ingress, each with its events; out goes a receipt, once they are on the disk. Those
that arrive together share one commit. A delivery that comes twice is known by its id; its body is kept compressed.
"""

from cuelight.journal.delivery import Accepted, Receipt, State
from cuelight.journal.journal import Journal
from cuelight.journal.rejections import Rejections
from cuelight.journal.retention import let_go

__all__ = ["Accepted", "Journal", "Receipt", "Rejections", "State", "let_go"]
