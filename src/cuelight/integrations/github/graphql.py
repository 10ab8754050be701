"""Questions in GraphQL, and what their answers leave unsaid: a part that is null is known only with its errors.

GitHub answers 200 where a part failed, with null in its place and an error that names the path. What is null without
an error, or with another one than was looked for, is not known.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from cuelight.errors import HostDenied, HostError, HostUnavailable
from cuelight.fetch import Answer
from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import decoded, malformed
from cuelight.integrations.github.questions import Question

T = TypeVar("T")

_DENIED: Final = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_PROTECTED", "UNAUTHORIZED"})
_TOO_MUCH: Final = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED"})
_SHOWN: Final = 200


class GraphError(msgspec.Struct, frozen=True):
    """One error of an answer; `path` leads to the part that failed, None where it is all of it."""

    message: str = ""
    type: str | None = None
    path: tuple[str | int, ...] | None = None


class GraphAnswer(msgspec.Struct, frozen=True):
    """What a GraphQL endpoint answers."""

    data: dict[str, msgspec.Raw] | None = None
    errors: tuple[GraphError, ...] | None = None


class AskedTooMuch(HostUnavailable):
    """GitHub found one question too large to answer; nothing is known. Asking for less may help."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that were answered, by alias, and the errors of those that were not, or not whole."""

    answer: Answer
    parts: Mapping[str, msgspec.Raw]
    failures: tuple[GraphError, ...]

    def part(self, alias: str, kind: type[T]) -> T | None:
        """The part *alias* as a *kind*, None where it is null; HostUnavailable where it is something else, or missing."""
        try:
            return msgspec.json.decode(self.parts[alias], type=kind | None)
        except KeyError as error:
            raise malformed(self.answer, f"it lacks {alias}") from error
        except (ValueError, RecursionError) as error:
            raise malformed(self.answer, str(error)) from error

    def failures_of(self, alias: str) -> list[GraphError]:
        """The errors at *alias* or below it."""
        return [one for one in self.failures if one.path and one.path[0] == alias]


async def ask(access: Access, question: Question, *, kind: str) -> Reply:
    """Ask *question*. HostUnavailable or HostDenied where the whole answer is an error; errors of parts are in the `Reply`."""
    # https://docs.github.com/en/graphql/guides/forming-calls-with-graphql
    document = msgspec.json.encode({"query": question.text, "variables": question.variables})
    answer = await access.query(document, kind=kind)
    found = decoded(answer, GraphAnswer)
    errors = found.errors or ()
    for one in errors:
        if (one.type or "").startswith("RATE_LIMIT") or "secondary rate limit" in one.message.lower():
            raise access.limited(answer, one.message)
    if found.data is None or any(not one.path for one in errors):
        raise _whole(answer, errors)
    return Reply(answer=answer, parts=found.data, failures=errors)


def failure(asked: str, errors: list[GraphError]) -> HostError:
    """The error for a part of an answer, *asked* being what was to be known."""
    said = "; ".join(_told(one) for one in errors[:3]) or "nothing, and no error"
    if any(one.type in _DENIED for one in errors):
        return HostDenied(f"{asked} is refused ({said}); check what the credentials under integrations.github may read")
    return HostUnavailable(f"{asked} was answered with {said}; it is asked again later")


def _whole(answer: Answer, errors: tuple[GraphError, ...]) -> HostError:
    if any(one.type in _TOO_MUCH for one in errors):
        return AskedTooMuch(f"{answer.request} asked for too much at once ({_told(errors[0])})")
    if not errors:
        return malformed(answer, "neither data nor errors")
    return failure(answer.request, list(errors))


def _told(error: GraphError) -> str:
    message = "".join(character for character in error.message[:_SHOWN] if character.isprintable())
    return f"{error.type}: {message}" if error.type else message or "an error without words"
