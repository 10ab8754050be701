"""GitHub's errors within an answer: which kind, in which words."""

from typing import Any

from graphql import GraphQLError

from cuelight.simulator.github.answers import Refusal


class Problem(Exception):
    """A field that can't be answered: null in the data, and an error of this *kind* (`NOT_FOUND`, …)."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def unresolved(kind: str, what: str) -> Problem:
    """Return the problem of a *kind* of thing that is absent or hidden, as GitHub words it."""
    return Problem("NOT_FOUND", f"Could not resolve to {kind} {what}.")


def document(error: GraphQLError) -> dict[str, Any]:
    """Return *error* as GitHub writes it."""
    places = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    kind = _kind(error.original_error)
    written: dict[str, Any] = {"type": kind} if kind else {}
    if error.path:
        written["path"] = list(error.path)
    if kind == "FORBIDDEN":
        written["extensions"] = {"saml_failure": False}
    return {**written, "locations": places, "message": error.message}


def _kind(cause: BaseException | None) -> str | None:
    if isinstance(cause, Problem):
        return cause.kind
    return "FORBIDDEN" if isinstance(cause, Refusal) else None
