"""What GitHub's API answers, as far as we read it; and the reading, which takes nothing for granted. Pure."""

import base64
import binascii
import re
from typing import Final, TypeVar

import msgspec

from cuelight.clock import parse_iso
from cuelight.errors import HostUnavailable
from cuelight.fetch import Answer
from cuelight.integrations.github.changes import MESSAGE_LENGTH
from cuelight.scm import Commit
from cuelight.scm.changes import Author

T = TypeVar("T")

_LINK: Final = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?(?:\s*[;,]|\s*\Z)')


class Signature(msgspec.Struct, frozen=True):
    """A Git identity and its moment."""

    name: str | None = None
    email: str | None = None
    date: str | None = None


class TreeName(msgspec.Struct, frozen=True):
    """The tree of a commit."""

    sha: str


class CommitFacts(msgspec.Struct, frozen=True):
    """What Git knows of a commit."""

    tree: TreeName
    message: str | None = None
    author: Signature | None = None
    committer: Signature | None = None


class Login(msgspec.Struct, frozen=True):
    """An account of GitHub's; an empty object where it is gone."""

    login: str | None = None


class CommitAnswer(msgspec.Struct, frozen=True):
    """What GitHub knows of a commit."""

    sha: str
    commit: CommitFacts
    author: Login | None = None


class BranchAnswer(msgspec.Struct, frozen=True):
    """`GET /repos/{owner}/{repo}/branches/{branch}`."""

    name: str
    commit: CommitAnswer


class Entry(msgspec.Struct, frozen=True):
    """One line of a tree."""

    path: str
    mode: str
    type: str
    sha: str


class TreeAnswer(msgspec.Struct, frozen=True):
    """`GET /repos/{owner}/{repo}/git/trees/{sha}`; `sha` is the tree's, or the commit's where that was asked for."""

    sha: str
    tree: tuple[Entry, ...]
    truncated: bool


class ChangedFile(msgspec.Struct, frozen=True):
    """One file of a comparison."""

    filename: str
    status: str = ""
    previous_filename: str | None = None


class CompareAnswer(msgspec.Struct, frozen=True):
    """`GET /repos/{owner}/{repo}/compare/{base}...{head}`."""

    status: str
    files: tuple[ChangedFile, ...] | None = None


class BlobAnswer(msgspec.Struct, frozen=True):
    """`GET /repos/{owner}/{repo}/git/blobs/{sha}` from a host that does not give it raw."""

    content: str
    encoding: str


def decoded(answer: Answer, kind: type[T], *, status: int = 200) -> T:
    """The document of *answer*, of *status*; HostUnavailable where it is another status or no such document."""
    if answer.status != status:
        raise HostUnavailable(
            f"{answer.request} was answered {answer.status}; nothing follows, it is asked again later"
        )
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (ValueError, RecursionError) as error:
        raise malformed(answer, str(error)) from error


def malformed(answer: Answer, reason: str) -> HostUnavailable:
    """The error for an *answer* that is not what was asked for."""
    return HostUnavailable(
        f"{answer.request} was answered with something else than GitHub answers ({reason}); "
        "check apiBaseUrl under integrations, and what stands between"
    )


def next_page(answer: Answer) -> str | None:
    """The address of the page after *answer*'s; None after the last one."""
    # https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    match = _LINK.search(answer.headers.get("link", ""))
    return match[1] if match else None


def content(answer: Answer) -> bytes:
    """The bytes of a blob: the answer itself, or what its JSON carries."""
    if not answer.headers.get("content-type", "").lower().startswith("application/json"):
        return answer.body
    carried = decoded(answer, BlobAnswer)
    if carried.encoding != "base64":
        raise malformed(answer, f"encoding {carried.encoding[:20]!r}")
    try:
        return base64.b64decode(carried.content)
    except binascii.Error as error:
        raise malformed(answer, str(error)) from error


def commit(answer: CommitAnswer) -> Commit:
    """The neutral commit of *answer*."""
    facts = answer.commit
    author = facts.author or Signature()
    message = facts.message[:MESSAGE_LENGTH] if facts.message is not None else None
    return Commit(
        sha=answer.sha,
        tree=facts.tree.sha,
        author=Author(name=author.name, email=author.email, login=answer.author.login if answer.author else None),
        message=message,
        committed_at=_instant(facts.committer),
    )


def _instant(signature: Signature | None) -> int | None:
    try:
        return parse_iso(signature.date) if signature and signature.date else None
    except (ValueError, OverflowError):
        return None
