"""The one way out: every request to a code host passes through here.

A `Fetch` is made once. Whoever speaks to a host takes an `Origin` of it (`fetch.for_host(base_url, headers)`), which sends
its credentials to that host and nowhere else: neither links nor redirects lead out. What comes back is an `Answer`, or an
error that says that nothing is known: `HostUnavailable` (with the pause that the host asks for) or `HostDenied`.
Limits are those of `backend.fetch`. Nothing is asked twice here: when to ask again is the caller's to know.

What no integration serves is read by an `Outside` (`fetch.outside(allowed)`): without credentials, and only where
`backend.reading.allow` names it, each address that its host has and each place that it leads to being checked.

Every request is for a purpose (`spending("sweep")` around the work). What a host's answers tell of its hourly limit is a
`Budget`: the less is left, the fewer purposes may still spend of it, events last of all. What did not change is not
sent again (`Shelf`), and a scan never holds all turns (`Slots`).
"""

from cuelight.fetch.addresses import without_credentials
from cuelight.fetch.allowed import Allowed, not_allowed
from cuelight.fetch.answer import Answer
from cuelight.fetch.client import Fetch, Observer, Origin
from cuelight.fetch.config import AllowedHost, FetchSection, ReadingSection
from cuelight.fetch.outside import Outside
from cuelight.fetch.purposes import Purpose, purpose_now, spending

__all__ = [
    "Allowed",
    "AllowedHost",
    "Answer",
    "Fetch",
    "FetchSection",
    "Observer",
    "Origin",
    "Outside",
    "Purpose",
    "ReadingSection",
    "not_allowed",
    "purpose_now",
    "spending",
    "without_credentials",
]
