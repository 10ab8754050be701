"""GitHub's `push` event, as its webhooks send it."""

from typing import Final

from cuelight.clock import SECOND
from cuelight.simulator.core import ChangedFiles, History, Metadata, Owner, Person, Pushed, PushedCommit
from cuelight.simulator.core.repository import BRANCHES, TAGS
from cuelight.simulator.github import documents
from cuelight.simulator.github.documents import Addresses, Document

ZERO: Final = "0" * 40


def push_event(at: Addresses, owner: Owner, pushed: Pushed, brought: History, *, most_files: int) -> Document:
    """Return the payload that says *pushed*; *brought* is its history, seen at that moment.

    Past *most_files* changed files of a commit it says no more of them.
    """
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    page = at.page(pushed.repository)
    login = pushed.pusher.login or pushed.pusher.name
    document = {
        "ref": pushed.ref,
        "before": pushed.before or ZERO,
        "after": pushed.after or ZERO,
        "repository": _repository(at, pushed.repository, owner),
        "pusher": {"name": login, "email": pushed.pusher.email},
        "sender": documents.account(at, login),
        "created": pushed.before is None,
        "deleted": pushed.after is None,
        "forced": brought.forced,
        "base_ref": brought.base_ref,
        "compare": _compare(page, pushed),
        "commits": [_commit(page, one, most_files) for one in brought.commits],
        "head_commit": _commit(page, brought.head, most_files) if brought.head else None,
    }
    if owner.kind == "Organization":
        document["organization"] = documents.organisation(at, owner)
    return document


def _repository(at: Addresses, metadata: Metadata, owner: Owner) -> Document:
    """The document of a push differs from the API's: epochs, the page as `url`, and the owner's name."""
    document = documents.repository(at, metadata, owner)
    email = Person.account(owner.login).email
    document |= {
        "owner": {"name": owner.login, "email": email, **document["owner"]},
        "url": at.page(metadata),
        "created_at": metadata.created_at // SECOND,
        "pushed_at": metadata.pushed_at // SECOND,
        "stargazers": 0,
        "master_branch": metadata.default_branch,
    }
    if owner.kind == "Organization":
        document["organization"] = owner.login
    return document


def _commit(page: str, one: PushedCommit, most_files: int) -> Document:
    facts, files = one.commit, one.files
    return {
        "id": facts.sha,
        "tree_id": facts.tree,
        "distinct": one.distinct,
        "message": facts.message.removesuffix("\n"),
        "timestamp": documents.local_instant(facts.authored_at, facts.author_offset),
        "url": f"{page}/commit/{facts.sha}",
        "author": _person(facts.author),
        "committer": _person(facts.committer),
        **_lists(files, most_files),
    }


def _lists(files: ChangedFiles, room: int) -> dict[str, list[str]]:
    """The changed files by what became of them, at most *room* together."""
    lists = {}
    for name, paths in (("added", files.added), ("removed", files.removed), ("modified", files.modified)):
        lists[name] = list(paths[:room])
        room -= len(lists[name])
    return lists


def _person(person: Person) -> Document:
    known = {"username": person.login} if person.login else {}
    return {"name": person.name, "email": person.email, **known}


def _compare(page: str, pushed: Pushed) -> str:
    if pushed.before is None:
        return f"{page}/compare/{pushed.ref.removeprefix(BRANCHES).removeprefix(TAGS)}"
    return f"{page}/compare/{pushed.before[:12]}...{(pushed.after or ZERO)[:12]}"
