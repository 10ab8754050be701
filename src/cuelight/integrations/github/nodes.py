"""The parts of GitHub's GraphQL schema that we read, spelled as it spells them, and what they say in neutral words. Pure.

A field that is null stays None; what that means is for the reader to judge, with the answer's errors.
"""

from typing import Any, Final

import msgspec

from cuelight.clock import parse_iso
from cuelight.integrations.github.changes import MESSAGE_LENGTH
from cuelight.scm import Author, Commit, Repository

# https://docs.github.com/en/graphql/reference/objects#repository
FRAGMENTS: Final = """
fragment Facts on Repository {
  databaseId nameWithOwner url isArchived isFork visibility
  repositoryTopics(first: 100) { nodes { topic { name } } }
  defaultBranchRef { name }
}
fragment Tip on Commit {
  oid tree { oid } message committedDate
  author { name email user { login } }
}
"""
ENTRY: Final = """
fragment Entry on TreeEntry {
  mode type oid
  object { ... on Blob { byteSize isBinary isTruncated text } }
}
"""


class _Node(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of an answer; its fields have GitHub's names."""


class Topic(_Node, frozen=True):
    """A topic."""

    name: str


class TopicNode(_Node, frozen=True):
    """A topic that a repository has."""

    topic: Topic


class TopicNodes(_Node, frozen=True):
    """The topics of a repository."""

    nodes: tuple[TopicNode | None, ...] | None = None


class RefName(_Node, frozen=True):
    """A branch by its short name."""

    name: str


class TreeNode(_Node, frozen=True):
    """A tree."""

    oid: str


class User(_Node, frozen=True):
    """An account."""

    login: str


class Actor(_Node, frozen=True):
    """Who made a commit."""

    name: str | None = None
    email: str | None = None
    user: User | None = None


class Count(_Node, frozen=True):
    """How many there are."""

    total_count: int


class Ancestor(_Node, frozen=True):
    """A commit of a history."""

    oid: str
    parents: Count


class History(_Node, frozen=True):
    """The commits from one back, as far as was asked."""

    nodes: tuple[Ancestor | None, ...] | None = None


class Tip(_Node, frozen=True):
    """The commit that a branch points at; without `oid` it is no commit."""

    oid: str | None = None
    tree: TreeNode | None = None
    message: str | None = None
    committed_date: str | None = None
    author: Actor | None = None
    history: History | None = None


class BranchNode(_Node, frozen=True):
    """A branch; `target` is null only where something failed."""

    name: str
    target: Tip | None = None


class RepositoryNode(_Node, frozen=True):
    """A repository, and the branch that was asked for."""

    database_id: int
    name_with_owner: str
    url: str
    is_archived: bool
    is_fork: bool
    visibility: str
    repository_topics: TopicNodes
    default_branch_ref: RefName | None
    branch: BranchNode | None


class BlobNode(_Node, frozen=True):
    """A file's contents, as far as they are text; all null where the object is none."""

    byte_size: int | None = None
    is_binary: bool | None = None
    is_truncated: bool | None = None
    text: str | None = None


class EntryNode(_Node, frozen=True):
    """One line of a tree; `mode` is a number (33188 is a plain file)."""

    mode: int
    type: str
    oid: str
    object: BlobNode | None = None


class FilesTip(_Node, frozen=True):
    """A branch, and the files of its commit by alias."""

    target: dict[str, Any] | None


class FilesNode(_Node, frozen=True):
    """A repository, once more: the files that were asked for with its branch."""

    branch: FilesTip | None


class ContentsNode(_Node, frozen=True):
    """A repository, and the object that was asked for: a commit with its files by alias, or null."""

    database_id: int
    object: dict[str, Any] | None


def repository(node: RepositoryNode, host: str) -> Repository:
    """The neutral repository of *node*."""
    topics = node.repository_topics.nodes or ()
    return Repository(
        host=host,
        id=str(node.database_id),
        full_name=node.name_with_owner,
        web_url=node.url,
        default_branch=node.default_branch_ref.name if node.default_branch_ref else None,
        archived=node.is_archived,
        fork=node.is_fork,
        visibility=node.visibility.lower(),
        topics=tuple(one.topic.name for one in topics if one is not None),
    )


def commit(tip: Tip) -> Commit | None:
    """The neutral commit of *tip*; None where it is none."""
    if tip.oid is None:
        return None
    author = tip.author or Actor()
    return Commit(
        sha=tip.oid,
        tree=tip.tree.oid if tip.tree else None,
        author=Author(name=author.name, email=author.email, login=author.user.login if author.user else None),
        message=tip.message[:MESSAGE_LENGTH] if tip.message is not None else None,
        committed_at=_instant(tip.committed_date),
    )


def straight(history: History | None, since: str, commits: int) -> bool | None:
    """Whether *history* leads back to *since* within *commits* commits, none of them a merge; None where it does not say."""
    if history is None or history.nodes is None:
        return None
    for distance, one in enumerate(history.nodes):
        if one is None:
            return None
        if one.oid == since:
            return distance <= commits
        if one.parents.total_count != 1:
            return False
    return False if len(history.nodes) > commits else None


def _instant(text: str | None) -> int | None:
    try:
        return parse_iso(text) if text else None
    except (ValueError, OverflowError):
        return None
