"""What a test or a benchmark may turn while the simulated host runs."""

import msgspec


class Knobs(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The one mutable value of the room. Every request reads it afresh.

    `latency` delays each answer, in seconds; `tree_entries` and `tree_bytes` are where a recursive tree is cut
    (GitHub's own limits by default); `rate_limit` is how many API requests an hour grants.
    """

    latency: float = 0.0
    tree_entries: int = 100_000
    tree_bytes: int = 7 * 1024 * 1024
    rate_limit: int = 1_000_000
