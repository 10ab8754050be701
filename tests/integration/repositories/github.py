"""A repository of the memory host whose webhooks come as GitHub sends them: as bytes, through GitHub's own translation."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from cuelight.clock import SECOND
from cuelight.events import Subscription
from cuelight.integrations.github.config import ProviderSection
from cuelight.integrations.github.provider import GitHubProvider
from cuelight.integrations.github.webhook import GitHubWebhook
from cuelight.scm import Delivery, Repository
from cuelight.webhooks.acceptance import prepare
from tests.integration.repositories.host import MemoryProvider
from tests.integration.repositories.world import ENTITIES, World, component

NOTHING = "0" * 40
WEBHOOK = GitHubWebhook(["s3cret"])
SUBSCRIPTION = Subscription(id="repositories.github", topics=tuple(WEBHOOK.topics))


class Configured(MemoryProvider):
    """What Backstage's configuration says of a provider of GitHub's, for the memory host."""

    def __init__(self, section: ProviderSection) -> None:
        provider = GitHubProvider("default", section)
        self.name = provider.name
        self.scope = provider.scope
        self.selection = provider.selection
        self.excluded = provider.excluded  # type: ignore[method-assign] # the rules are those of the real one


class Step(msgspec.Struct, frozen=True):
    """What a commit does to a file: GitHub lists a rename as a removal and an addition."""

    kind: Literal["add", "change", "remove", "rename"]
    path: str
    to: str = ""


class GitHub:
    """`test-org/test-repo` (or another), what is in it, and its events."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = ""
        self.files: dict[str, str] = {}
        self._commits = 0

    async def begin(self, *paths: str, name: str = "test-org/test-repo", **facts: Any) -> None:
        """Make the repository with a component in each of *paths*; *facts* are fields of it. A scan finds it."""
        owner, _, short = name.partition("/")
        self.files = {path: component(_name(path), "team-0") for path in paths}
        self.id = self.world.host.add(short, self._tree(), owner=owner)
        self.change(**{"archived": False, "fork": False, "visibility": "public", **facts})
        await self.scanned()

    def change(self, **facts: Any) -> Repository:
        """Change what the host says of the repository, and tell nobody."""
        known = self.world.host.known
        known[self.id] = msgspec.structs.replace(known[self.id], **facts)
        return known[self.id]

    def rename(self, full_name: str) -> None:
        """Give it another name or owner, and tell nobody."""
        self.change(full_name=full_name, web_url=f"https://github.com/{full_name}")

    async def scanned(self) -> None:
        """Let a scan find whatever happened."""
        await self.world.scan()
        await self._worked()

    async def push(self, *commits: Sequence[Step], lost: bool = False, branch: str = "main", **fields: Any) -> None:
        """Push *commits*; *fields* replace those of the payload, None leaves one out. A *lost* one is found by a scan."""
        before = self.world.host.heads_at.get((self.id, branch), NOTHING)
        listed = [self.commit(steps, branch) for steps in commits]
        if lost:
            await self.scanned()
            return
        payload = {**self.pushed(listed, before, branch), **fields}
        await self.tell("push", {name: value for name, value in payload.items() if value is not None})

    def pushed(self, listed: Sequence[Mapping[str, Any]], before: str, branch: str = "main") -> dict[str, Any]:
        """The payload of a push of the commits *listed* onto *before*."""
        return {
            "ref": f"refs/heads/{branch}",
            "before": before,
            "after": self.world.host.heads_at[self.id, branch],
            "created": before == NOTHING,
            "deleted": False,
            "forced": False,
            "commits": listed,
            "head_commit": listed[-1],
            **self.subject(),
        }

    async def event(self, action: str, *, changes: Mapping[str, Any] | None = None) -> None:
        """Tell that *action* happened to the repository."""
        await self.tell("repository", {"action": action, **self.subject(), **({"changes": changes} if changes else {})})

    async def tell(self, event: str, payload: Mapping[str, Any]) -> None:
        """Send a webhook, and let whatever follows from it happen."""
        body = json.dumps(payload).encode()
        headers = {"content-type": "application/json", "x-github-event": event}
        delivery = Delivery(integration="github", headers=headers, body=body, received_at=self.world.clock.now())
        accepted = prepare(WEBHOOK, delivery, body)
        assert accepted.state == "published", accepted.reason
        events = [one for one in accepted.events if SUBSCRIPTION.wants(one.topic)]
        await self.world.db.transact(lambda tx: self.world.recorder.handle(events, tx))
        await self._worked()

    def subject(self) -> dict[str, Any]:
        """The repository, its organization and a sender, as payloads name them."""
        known = self.world.host.known[self.id]
        owner, _, name = known.full_name.partition("/")
        repository = {
            "id": int(known.id),
            "name": name,
            "full_name": known.full_name,
            "private": known.visibility != "public",
            "html_url": known.web_url,
            "fork": known.fork,
            "archived": known.archived,
            "topics": list(known.topics),
            "visibility": known.visibility,
            "default_branch": known.default_branch,
            "pushed_at": self.world.clock.now() // SECOND,
            "owner": {"login": owner, "type": "Organization"},
        }
        return {
            "repository": repository,
            "organization": {"login": owner, "id": 9},
            "sender": {"login": "dev", "id": 5},
        }

    async def catalog(self) -> dict[str, str]:
        """Every component: its name, and where it is from and whose it is (`main/catalog-info.yaml team-0`)."""
        found = [msgspec.json.decode(row["entity"]) for row in await self.world.rows(ENTITIES)]
        return {one["metadata"]["name"]: _shown(one) for one in found if one["kind"] == "Component"}

    async def locations(self) -> set[str]:
        """The names of the generated Locations."""
        names = {row["entity_ref"].partition("/")[2] for row in await self.world.rows(ENTITIES)}
        return {name for name in names if name.startswith("generated-")}

    def commit(self, steps: Sequence[Step], branch: str = "main") -> dict[str, Any]:
        """Commit *steps* and tell nobody; the commit, as payloads list it."""
        self._commits += 1
        for step in steps:
            self._take(step)
        sha = self.world.host.commit(self.id, self._tree(), branch=branch)
        person = {"name": "A Developer", "email": "dev@example.com", "username": "dev"}
        added = [step.to or step.path for step in steps if step.kind in {"add", "rename"}]
        removed = [step.path for step in steps if step.kind in {"remove", "rename"}]
        modified = [step.path for step in steps if step.kind == "change"]
        lists = {"added": added, "removed": removed, "modified": [*modified, "README.md"]}
        return {"id": sha, "message": "Change", "author": person, "committer": person, **lists}

    async def _worked(self) -> None:
        await self.world.work()
        self.world.clock.advance(61)
        await self.world.work()

    def _take(self, step: Step) -> None:
        """Do *step*; one that changes, removes or renames what is not there is listed, and does nothing."""
        old = self.files.get(step.path)
        text = component(_name_in(old) or _name(step.path), f"team-{self._commits}")
        match step.kind:
            case "add":
                self.files[step.path] = text
            case "change" if old:
                self.files[step.path] = text
            case "remove":
                self.files.pop(step.path, None)
            case "rename" if old:
                self.files[step.to] = self.files.pop(step.path)

    def _tree(self) -> dict[str, str]:
        """The files, and one that every commit changes: no two commits are the same."""
        return {**self.files, "README.md": f"commit {self._commits}"}


def _name(path: str) -> str:
    """What the component of a new file is called: `a.yaml` a, `services/b/catalog-info.yaml` services-b."""
    return path.removesuffix(".yaml").removesuffix("/catalog-info").replace("/", "-")


def _name_in(text: str | None) -> str | None:
    return text.partition("  name: ")[2].partition("\n")[0] if text else None


def _shown(entity: Any) -> str:
    url = entity["metadata"]["annotations"]["backstage.io/managed-by-location"]
    return f"{url.partition('/tree/')[2]} {entity['spec']['owner']}"  # a page of type tree, as in Backstage
