"""Which names and paths the simulated host accepts: those that Git, a URL and a clone on any system can carry."""

import re

from cuelight.errors import InputError
from cuelight.simulator.core import limits

NAME = re.compile(r"[A-Za-z0-9_.-]+")
RESERVED_OWNERS = frozenset(
    {
        "_simulator",
        "api",
        "app",
        "graphql",
        "installation",
        "meta",
        "organizations",
        "orgs",
        "rate_limit",
        "raw",
        "repos",
        "repositories",
        "user",
        "users",
    }
)
"""First segments of the host's own addresses."""


def check_name(name: str, what: str) -> str:
    """Return *name*, or raise InputError where *what* (`a repository`, `an owner`) can't be called so."""
    if not NAME.fullmatch(name) or name in {".", ".."} or name.endswith(".git") or len(name) > limits.NAME_LENGTH:
        raise InputError(
            f"{name[:120]!r} can't be the name of {what}; use up to {limits.NAME_LENGTH} of A-Z a-z 0-9 - _ ."
        )
    return name


def check_owner(login: str) -> str:
    """Return *login*, or raise InputError where an owner can't be called so."""
    if login.lower() in RESERVED_OWNERS:
        raise InputError(f"an owner can't be called {login!r}: the host has an address of that name; choose another")
    return check_name(login, "an owner")


def check_path(path: str) -> bytes:
    """Return *path* as Git stores it, or raise InputError where it can't be a file's path."""
    raw = path.encode("utf-8", "surrogatepass")
    segments = raw.split(b"/")
    if len(raw) > limits.PATH_BYTES or len(segments) > limits.TREE_DEPTH:
        raise InputError(
            f"the path {path[:80]!r}… is longer than {limits.PATH_BYTES} bytes or {limits.TREE_DEPTH} folders deep"
        )
    if b"\0" in raw or not all(_segment(segment) for segment in segments):
        raise InputError(
            f"{path[:120]!r} can't be a file's path; write it relative to the repository, as in docs/index.md"
        )
    return raw


def _segment(segment: bytes) -> bool:
    return 0 < len(segment) <= limits.SEGMENT_BYTES and segment not in {b".", b".."} and segment.lower() != b".git"
