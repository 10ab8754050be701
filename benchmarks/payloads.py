"""GitHub push deliveries for the load: signed, each with an id of its own, about as large as asked for."""

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping

SECRET = "benchmark"
PATH = "/webhooks/github"


def push(repository: str, number: int, *, size: int, owner: str = "acme", path: str = "src/main.go") -> bytes:
    """The body of a push to *owner*/*repository* (the host's id: *number*) that modifies *path*, of about *size* bytes."""
    before, after = uuid.uuid4().hex + "0" * 8, uuid.uuid4().hex + "0" * 8
    web = f"https://github.com/{owner}"
    person = {"name": "Developer", "email": "developer@example.com", "username": "developer"}
    commit = {
        "id": after,
        "tree_id": after,
        "distinct": True,
        "message": "Update files",
        "timestamp": "2026-01-01T00:00:00Z",
        "url": f"{web}/{repository}/commit/{after}",
        "author": person,
        "committer": person,
        "added": [],
        "removed": [],
        "modified": [path],
    }
    payload = {
        "ref": "refs/heads/main",
        "before": before,
        "after": after,
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"{web}/{repository}/compare/{before[:12]}...{after[:12]}",
        "commits": [commit],
        "head_commit": commit,
        "repository": {
            "id": number,
            "name": repository,
            "full_name": f"{owner}/{repository}",
            "private": False,
            "owner": {"login": owner, "id": 1, "type": "Organization"},
            "html_url": f"{web}/{repository}",
            "description": None,
            "fork": False,
            "default_branch": "main",
            "archived": False,
            "visibility": "public",
            "topics": [],
        },
        "pusher": {"name": "developer", "email": "developer@example.com"},
        "organization": {"login": owner, "id": 1},
        "sender": {"login": "developer", "id": 2, "type": "User"},
    }
    bare = json.dumps(payload, separators=(",", ":"))
    payload["description_of_nothing"] = _filler(max(0, size - len(bare) - 30))
    return json.dumps(payload, separators=(",", ":")).encode()


def _filler(size: int) -> str:
    """Text that compresses about as well as a payload does: URLs that differ in one segment."""
    words = (f"https://api.github.com/repos/acme/service-{n}/commits/{n * 7919:08x} " for n in range(size // 40 + 1))
    return "".join(words)[:size]


def headers(body: bytes, event: str = "push") -> dict[str, str]:
    """GitHub's headers for *body*, signed, without the delivery's id."""
    return {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/benchmark",
        "x-github-event": event,
        "x-github-hook-id": "1",
        "x-hub-signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
    }


class Deliveries:
    """Requests ready to be written to a socket; each call gives one with a new delivery id."""

    def __init__(self, repositories: Mapping[str, int], *, size: int) -> None:
        """*repositories*: their names with the host's ids of them."""
        self._number = 0
        self._run = uuid.uuid4().hex[:12]
        self._requests = [_request(push(name, number, size=size)) for name, number in repositories.items()]

    def __call__(self) -> bytes:
        """The next request."""
        self._number += 1
        head, body = self._requests[self._number % len(self._requests)]
        return b"%sx-github-delivery: %s-%d\r\n\r\n%s" % (head, self._run.encode(), self._number, body)


def _request(body: bytes) -> tuple[bytes, bytes]:
    lines = [f"POST {PATH} HTTP/1.1", "host: localhost", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers(body).items()]
    return ("\r\n".join(lines) + "\r\n").encode(), body
