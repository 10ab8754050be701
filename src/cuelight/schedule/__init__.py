"""When things run: pumps that empty a queue, waits that grow, tasks that come back.

What passes through: a `Source` of items goes into a `Pump`, which claims what is due and runs it with bounded
concurrency, woken by commits; a `Backoff` says how long a failure waits; a `Periodic` repeats one task; a `Leader` runs
work in one process of many, the one that holds the `Lease`; `beating` keeps a claim alive. Nothing here knows what the
items are, and time comes from the clock that is passed in, or from the database.
"""

from cuelight.schedule.backoff import Backoff
from cuelight.schedule.heart import beating
from cuelight.schedule.leader import Leader
from cuelight.schedule.leases import Lease, let_go_of_leases
from cuelight.schedule.periodic import Periodic
from cuelight.schedule.pump import Pump, Source

__all__ = ["Backoff", "Leader", "Lease", "Periodic", "Pump", "Source", "beating", "let_go_of_leases"]
