"""What a test or a benchmark may turn while the simulated host runs."""

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Knobs(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Latency and limits. Every request reads it afresh; the limits are GitHub's own by default.

    `latency` delays each answer, in seconds. `rate_limit` and `graphql_rate_limit` are how many requests and points an
    hour grants. `tree_entries` and `tree_bytes` are where a recursive tree is cut, `push_commits` and `commit_files` where
    a push's lists are, `compare_files` where a comparison's are, `blob_text` (bytes) where a file's text in GraphQL is.
    `token_life` is how many seconds an installation's token lives.
    """

    latency: Seconds = 0.0
    rate_limit: Count = 1_000_000
    graphql_rate_limit: Count = 1_000_000
    tree_entries: Count = 100_000
    tree_bytes: Count = 7 * 1024 * 1024
    push_commits: Count = 2048
    commit_files: Count = 3000
    compare_files: Count = 300
    blob_text: Count = 512_000
    token_life: Seconds = 3600.0
