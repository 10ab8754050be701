"""GitHub's JSON documents, made from the core's words. Pure: nothing is read here."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from cuelight.clock import SECOND
from cuelight.simulator.core import CommitFacts, Metadata, Owner, Person
from cuelight.simulator.core.people import account_id
from cuelight.simulator.github import templates

Document = dict[str, Any]
UNVERIFIED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


class Addresses(msgspec.Struct, frozen=True):
    """Where this host is: `base` serves the API, Git and the pages; `web` begins every `html_url`. No slash at the end."""

    base: str
    web: str

    def repository(self, metadata: Metadata) -> str:
        """The repository in the API."""
        return f"{self.base}/repos/{metadata.full_name}"

    def page(self, metadata: Metadata) -> str:
        """The repository's page."""
        return f"{self.web}/{metadata.full_name}"


def node_id(kind: str, number: int | str) -> str:
    """Return GitHub's opaque id of a thing."""
    return base64.b64encode(f"{len(kind):03}:{kind}{number}".encode()).decode()


def instant(microseconds: int) -> str:
    """Format an instant as GitHub does: `2026-01-01T00:00:00Z`."""
    return datetime.fromtimestamp(microseconds // SECOND, tz=UTC).isoformat().removesuffix("+00:00") + "Z"


def local_instant(seconds: int, offset: int) -> str:
    """Format a commit's instant with its own offset (minutes): `2026-01-01T02:00:00+02:00`."""
    return datetime.fromtimestamp(seconds, tz=timezone(timedelta(minutes=offset))).isoformat()


def account(at: Addresses, login: str, *, number: int | None = None, kind: str = "User") -> Document:
    """Return the short document of an account."""
    number = account_id(login) if number is None else number
    url = f"{at.base}/users/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": node_id(kind, number),
        "avatar_url": f"{at.web}/identicons/{login}.png",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{at.web}/{login}",
        **{key: url + suffix for key, suffix in templates.ACCOUNT.items()},
        "type": kind,
        "site_admin": False,
    }


def owner_account(at: Addresses, owner: Owner) -> Document:
    """Return the short document of *owner* as an account."""
    return account(at, owner.login, number=owner.id, kind=owner.kind)


def organisation(at: Addresses, owner: Owner) -> Document:
    """Return the short document of *owner* as an organisation."""
    url = f"{at.base}/orgs/{owner.login}"
    return {
        "login": owner.login,
        "id": owner.id,
        "node_id": node_id("Organization", owner.id),
        "url": url,
        **{key: url + suffix for key, suffix in templates.ORGANISATION.items()},
        "avatar_url": f"{at.web}/identicons/{owner.login}.png",
        "description": "",
    }


def repository(at: Addresses, metadata: Metadata, owner: Owner) -> Document:
    """Return the document of a repository."""
    url, page = at.repository(metadata), at.page(metadata)
    authority = at.web.partition("://")[2]
    return {
        "id": metadata.id,
        "node_id": node_id("Repository", metadata.id),
        "name": metadata.name,
        "full_name": metadata.full_name,
        "private": metadata.visibility != "public",
        "owner": owner_account(at, owner),
        "html_url": page,
        "description": metadata.description,
        "fork": metadata.fork,
        "url": url,
        **{key: url + suffix for key, suffix in templates.REPOSITORY.items()},
        "created_at": instant(metadata.created_at),
        "updated_at": instant(metadata.updated_at),
        "pushed_at": instant(metadata.pushed_at),
        "git_url": f"git://{authority}/{metadata.full_name}.git",
        "ssh_url": f"git@{authority}:{metadata.full_name}.git",
        "clone_url": f"{at.base}/{metadata.full_name}.git",
        "svn_url": page,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        **_switches(metadata),
        "license": None,
        "default_branch": metadata.default_branch,
    }


def commit(at: Addresses, metadata: Metadata, facts: CommitFacts) -> Document:
    """Return the document of a commit, without its files."""
    url, page = at.repository(metadata), at.page(metadata)
    return {
        "sha": facts.sha,
        "node_id": node_id("Commit", f"{metadata.id}:{facts.sha}"),
        "commit": {
            "author": _signature(facts.author, facts.authored_at),
            "committer": _signature(facts.committer, facts.committed_at),
            "message": facts.message.removesuffix("\n"),
            "tree": {"sha": facts.tree, "url": f"{url}/git/trees/{facts.tree}"},
            "url": f"{url}/git/commits/{facts.sha}",
            "comment_count": 0,
            "verification": UNVERIFIED,
        },
        "url": f"{url}/commits/{facts.sha}",
        "html_url": f"{page}/commit/{facts.sha}",
        "comments_url": f"{url}/commits/{facts.sha}/comments",
        "author": _account_of(at, facts.author),
        "committer": _account_of(at, facts.committer),
        "parents": [_parent(url, page, sha) for sha in facts.parents],
    }


def _switches(metadata: Metadata) -> Document:
    return {
        "has_issues": True,
        "has_projects": True,
        "has_downloads": True,
        "has_wiki": False,
        "has_pages": False,
        "forks_count": 0,
        "mirror_url": None,
        "archived": metadata.archived,
        "disabled": False,
        "open_issues_count": 0,
        "is_template": False,
        "topics": list(metadata.topics),
        "visibility": metadata.visibility,
        "web_commit_signoff_required": False,
        "custom_properties": {},
        "forks": 0,
        "open_issues": 0,
        "watchers": 0,
    }


def _signature(person: Person, at: int) -> Document:
    return {"name": person.name, "email": person.email, "date": instant(at * SECOND)}


def _account_of(at: Addresses, person: Person) -> Document | None:
    return account(at, person.login) if person.login else None


def _parent(url: str, page: str, sha: str) -> Document:
    return {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/commit/{sha}"}
