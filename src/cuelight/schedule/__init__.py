"""When things run: pumps that empty a queue, waits that grow, tasks that come back.

What passes through: a `Source` of items goes into a `Pump`, which claims what is due and runs it with bounded
concurrency, woken by commits; a `Backoff` says how long a failure waits; a `Periodic` repeats one task; `beating` keeps
a lease alive. Nothing
here knows what the items are, and time comes from the clock that is passed in.
"""

from cuelight.schedule.backoff import Backoff
from cuelight.schedule.heart import beating
from cuelight.schedule.periodic import Periodic
from cuelight.schedule.pump import Pump, Source

__all__ = ["Backoff", "Periodic", "Pump", "Source", "beating"]
