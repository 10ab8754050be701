"""How much of anything the simulated host takes; past it, an error says so."""

from typing import Final

MIB: Final = 1024 * 1024

PATH_BYTES: Final = 4096
"""A file's whole path."""
SEGMENT_BYTES: Final = 255
"""One name within a path: what file systems allow, so that a clone can be checked out."""
NAME_LENGTH: Final = 100
"""A repository's or an owner's name."""
BRANCH_BYTES: Final = 200
MESSAGE_BYTES: Final = 64 * 1024
DESCRIPTION_LENGTH: Final = 350
TOPICS: Final = 20
FILES_PER_COMMIT: Final = 10_000
BYTES_PER_COMMIT: Final = 64 * MIB
"""All files of one commit together, and the body of a request that carries them."""
PUSH_BYTES: Final = 256 * MIB
"""The body of a `git push` or `git fetch`, as sent and as unpacked."""
REPOSITORIES: Final = 100_000
TREE_DEPTH: Final = 256
CACHE_BYTES: Final = 64 * MIB
"""Parsed Git objects kept in memory, of all repositories together."""
WALK: Final = 100_000
"""Commits visited to tell what a push brought."""
MOVES: Final = 1000
"""Moves of a repository's refs that are remembered, so that a replica can lag behind them."""
FORMER: Final = 100
"""Names that a repository had, and is still found by."""
