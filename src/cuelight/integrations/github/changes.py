"""What GitHub's payloads say happened, in neutral words. Pure: bytes in, a `Translated` out.

A push becomes a `Push`, which is here; what happens to a repository itself (`happenings`) and to an app's access (`grants`)
becomes a `RepositoryChange`. What cannot be read is said in a sentence and never an exception, but for a document that is not
JSON of an object: that one cannot be looked at at all.
"""

import re
from typing import Final

from cuelight.clock import SECOND, parse_iso
from cuelight.integrations.github.grants import granted
from cuelight.integrations.github.happenings import happened
from cuelight.integrations.github.payloads import Account, CommitPayload, Payload, PushPayload, read
from cuelight.integrations.github.subjects import key, key_of, named
from cuelight.scm import Author, Push, Repository, Translated

__all__ = ["EVENTS", "MESSAGE_LENGTH", "translate"]

EVENTS = ("push", "repository", "public", "create", "delete", "installation", "installation_repositories")
"""The events that may carry a change."""
COMMITS_LISTED = 2048
"""Commits that GitHub lists in a push, at most."""
FILES_LISTED = 3000
"""Files that GitHub lists for one commit, at most."""
MESSAGE_LENGTH = 1000
"""Characters of a commit's message that are kept."""

_EVENT: Final = re.compile(r"[a-z0-9_]{1,64}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LATEST: Final = 253_402_300_799 * SECOND
"""The end of the year 9999: what is later was told in another unit."""
_NO_REPOSITORY = "the push names no repository (repository.id, full_name and html_url)"
_NO_COMMITS = "the push names no ref, or not both commits (before and after)"


def translate(event: str, document: bytes) -> tuple[Translated, ...]:
    """What *event* with the JSON *document* says, one at least; ValueError where *document* is not JSON of an object."""
    match event:
        case "push":
            return (_push(read(document, PushPayload)),)
        case "repository" | "public" | "create" | "delete":
            return (happened(event, document),)
        case "installation" | "installation_repositories":
            return granted(event, document)
        case _:
            topic = event if _EVENT.fullmatch(event) else "unknown"
            about = key_of(read(document, Payload))
            return (Translated(topic=f"github.{topic}", key=about, reason=_reason(topic)),)


def _push(payload: PushPayload) -> Translated:
    about = named(payload)
    if about is None:
        return Translated(topic="github.push", key=key_of(payload), reason=_NO_REPOSITORY)
    if not payload.ref or not _is_commit(payload.before) or not _is_commit(payload.after):
        return Translated(topic="github.push", key=key(about), reason=_NO_COMMITS)
    return Translated(topic="github.push", key=key(about), change=_moved(payload, about, payload.ref))


def _moved(payload: PushPayload, about: Repository, ref: str) -> Push:
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    before, after = _existing(payload.before), _existing(payload.after)
    created, deleted = before is None or bool(payload.created), after is None or bool(payload.deleted)
    ordinary = payload.forced is False and not created and not deleted
    complete = ordinary and _lists_all(payload.commits, after)
    head = payload.head_commit
    return Push(
        repository=about,
        ref=ref,
        branch=ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None,
        before=before,
        after=after,
        paths=None if deleted else _paths(payload.commits),
        complete=complete,
        created=created,
        deleted=deleted,
        forced=bool(payload.forced),
        author=_author(head.author) if head and head.author else None,
        message=head.message[:MESSAGE_LENGTH] if head and head.message is not None else None,
        commits=len(payload.commits) if complete and payload.commits else None,
        pushed_at=_instant(payload.repository.pushed_at) if payload.repository else None,
    )


def _paths(commits: tuple[CommitPayload, ...] | None) -> tuple[str, ...] | None:
    """Every file that any of *commits* touched, sorted: the files that may differ between before and after.

    One that came and went within the push is listed as well: reading at the head settles what became of it. None where
    no commit says anything of files.
    """
    lists = [
        files
        for commit in commits or ()
        for files in (commit.added, commit.removed, commit.modified)
        if files is not None
    ]
    return tuple(sorted(set().union(*lists))) if lists else None


def _lists_all(commits: tuple[CommitPayload, ...] | None, after: str | None) -> bool:
    """Whether nothing was cut from *commits* and their lists, and the head is one of them.

    A merge is listed against its first parent, and a payload does not say which commits are merges: one that drops what
    its second parent had changed, pushed onto that second parent, escapes every such list.
    """
    if not commits or len(commits) >= COMMITS_LISTED:
        return False
    return any(commit.id == after for commit in commits) and all(map(_lists_files, commits))


def _lists_files(commit: CommitPayload) -> bool:
    if commit.added is None or commit.removed is None or commit.modified is None:
        return False
    return len(commit.added) + len(commit.removed) + len(commit.modified) < FILES_LISTED


def _is_commit(sha: str | None) -> bool:
    return sha is not None and _COMMIT.fullmatch(sha) is not None


def _existing(sha: str | None) -> str | None:
    """*sha*, or None for the zeros that stand for no commit."""
    return sha if sha and sha.strip("0") else None


def _author(account: Account) -> Author:
    return Author(name=account.name, email=account.email, login=account.username)


def _instant(told: int | str | None) -> int | None:
    """*told* in microseconds; None where it is no time.

    A push says it in seconds, though GitHub says it as text everywhere else, and other senders do in a push as well.
    """
    if isinstance(told, str):
        try:
            instant = parse_iso(told)
        except ValueError:
            return None
    else:
        instant = (told or 0) * SECOND
    return instant if 0 < instant <= _LATEST else None


def _reason(event: str) -> str:
    match event:
        case "unknown":
            return "the event's name is missing or no name that GitHub uses"
        case "ping":
            return "a ping says only that the webhook is connected"
        case "organization" | "team" | "membership" | "member" | "team_add":
            return f"{event} events are not translated yet; organisations' people are not read from GitHub"
        case _:
            return f"{event} events say nothing about descriptors"
