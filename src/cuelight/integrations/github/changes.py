"""What GitHub's payloads say happened, in neutral words. Pure: bytes in, a `Translated` out.

A push becomes a `Push`; no other event is translated yet. What cannot be read is said in a sentence and never an exception,
but for a document that is not JSON of an object: that one cannot be looked at at all.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from cuelight.integrations.github.payloads import Account, CommitPayload, Payload, PushPayload, RepositoryPayload, read
from cuelight.scm import Push, Repository, Translated
from cuelight.scm.changes import Author

COMMITS_LISTED = 2048
"""Commits that GitHub lists in a push, at most."""
FILES_LISTED = 3000
"""Files that GitHub lists for one commit, at most."""
MESSAGE_LENGTH = 1000
"""Characters of a commit's message that are kept."""

_EVENT: Final = re.compile(r"[a-z0-9_]{1,64}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NO_REPOSITORY = "the push names no repository (repository.id, full_name and html_url)"
_NO_COMMITS = "the push names no ref, or not both commits (before and after)"


def translate(event: str, document: bytes) -> Translated:
    """What *event* with the JSON *document* says; ValueError where *document* is not JSON of an object."""
    if event == "push":
        return _push(read(document, PushPayload))
    topic = event if _EVENT.fullmatch(event) else "unknown"
    payload = read(document, Payload)
    return Translated(topic=f"github.{topic}", key=_key(payload, _named(payload)), reason=_reason(topic))


def repository(payload: RepositoryPayload, host: str | None = None) -> Repository | None:
    """The repository of *payload*, on *host* or else on the host of its page; None where it is not named.

    Old senders say `private` and not `visibility`; to them a private repository is just that.
    """
    at = host or _host(payload.html_url)
    if payload.id is None or not payload.full_name or not payload.html_url or at is None:
        return None
    visibility = payload.visibility
    if visibility is None and payload.private is not None:
        visibility = "private" if payload.private else "public"
    return Repository(
        host=at,
        id=str(payload.id),
        full_name=payload.full_name,
        web_url=payload.html_url,
        default_branch=payload.default_branch,
        archived=payload.archived,
        fork=payload.fork,
        visibility=visibility,
        topics=payload.topics or (),
    )


def _push(payload: PushPayload) -> Translated:
    named = _named(payload)
    key = _key(payload, named)
    if named is None:
        return Translated(topic="github.push", key=key, reason=_NO_REPOSITORY)
    if not payload.ref or not _is_commit(payload.before) or not _is_commit(payload.after):
        return Translated(topic="github.push", key=key, reason=_NO_COMMITS)
    return Translated(topic="github.push", key=key, change=_moved(payload, named, payload.ref))


def _moved(payload: PushPayload, named: Repository, ref: str) -> Push:
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    before, after = _existing(payload.before), _existing(payload.after)
    created, deleted = before is None or bool(payload.created), after is None or bool(payload.deleted)
    ordinary = payload.forced is False and not created and not deleted
    head = payload.head_commit
    return Push(
        repository=named,
        ref=ref,
        branch=ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else None,
        before=before,
        after=after,
        paths=None if deleted else _paths(payload.commits),
        complete=ordinary and _lists_all(payload.commits, after),
        created=created,
        deleted=deleted,
        forced=bool(payload.forced),
        author=_author(head.author) if head and head.author else None,
        message=head.message[:MESSAGE_LENGTH] if head and head.message is not None else None,
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


def _named(payload: Payload) -> Repository | None:
    return repository(payload.repository) if payload.repository else None


def _key(payload: Payload, named: Repository | None) -> str:
    """What *payload* is about: the repository, or else the organization or installation, or else GitHub."""
    if named:
        return f"{named.host}/{named.id}"
    if payload.organization and payload.organization.id is not None:
        return f"org/{payload.organization.id}"
    if payload.installation and payload.installation.id is not None:
        return f"installation/{payload.installation.id}"
    return "github"


def _host(page: str | None) -> str | None:
    """The host, with its port if any, of the web address *page*; None where it is none."""
    try:
        parts = urlsplit(page or "")
    except ValueError:
        return None
    return parts.netloc.rpartition("@")[2].lower() or None if parts.scheme in {"http", "https"} else None


def _reason(event: str) -> str:
    match event:
        case "unknown":
            return "the event's name is missing or no name that GitHub uses"
        case "ping":
            return "a ping says only that the webhook is connected"
        case "repository" | "public" | "create" | "delete":
            return f"{event} events are not translated yet; the next scan sees what they tell"
        case "organization" | "team" | "membership" | "member" | "team_add":
            return f"{event} events are not translated yet; organisations' people are not read from GitHub"
        case _:
            return f"{event} events say nothing about descriptors"
