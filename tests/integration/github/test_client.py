"""Our client against the simulated GitHub, which knows nothing of it: do they mean the same by GitHub's words?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cuelight.clock import ManualClock
from cuelight.errors import HostDenied, HostError
from cuelight.fetch import Fetch, FetchSection
from cuelight.integrations.github.client import GitHubHost
from cuelight.integrations.github.config import HostSection
from cuelight.options import convert
from cuelight.scm import Look, Scope, Seen, Unseen
from cuelight.simulator import Changes, Edit, Settings, Simulator, application

BASE = "http://host.example"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
PUBLIC = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)
FILES = {"catalog-info.yaml": b"kind: Component\n", "logo.png": b"\x89PNG\x00\xff", "latin.txt": b"caf\xe9\n"}


class Site:
    """A simulated host, and our client of it."""

    def __init__(self, root: Path) -> None:
        self.clock = ManualClock()
        self.simulator = Simulator(Settings(root=root, token="hunter2", app_key=PUBLIC), clock=self.clock)
        transport = httpx2.ASGITransport(app=application(self.simulator, BASE))
        self.fetch = Fetch(FetchSection(), self.clock, transport=transport)
        self.host = self.client(token="hunter2")

    def client(self, **credentials: Any) -> GitHubHost:
        section = {"host": "host.example", "apiBaseUrl": BASE, **credentials}
        return GitHubHost(convert(section, HostSection), self.fetch)

    def create(self, name: str, **files: bytes) -> str:
        """Create `acme/<name>`, and return its id."""
        return str(self.simulator.host.create(f"acme/{name}", files=files or FILES).metadata.id)

    def edit(self, name: str, **files: bytes | None) -> str:
        repository = self.simulator.host.repository(f"acme/{name}")
        self.simulator.host.commit(repository, Edit(files=files))
        return self.head(name)

    def head(self, name: str) -> str:
        head = self.simulator.host.repository(f"acme/{name}").head("main")
        assert head is not None
        return head

    async def seen(self, number: str, name: str, **more: Any) -> Seen:
        [found] = await self.host.heads([Look(repository_id=number, full_name=f"acme/{name}", **more)])
        assert isinstance(found, Seen)
        return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path / "host")
    yield site
    site.simulator.close()


async def test_heads_are_seen_absent_and_unseen(site):
    number, head = site.create("web"), site.head("web")

    seen, absent, unseen = await site.host.heads(
        [
            Look(repository_id=number, full_name="acme/web"),
            Look(repository_id=number, full_name="acme/web", branch="gone"),
            Look(repository_id="999999", full_name="acme/none"),
        ]
    )

    assert isinstance(seen, Seen)
    assert isinstance(absent, Seen)
    assert isinstance(unseen, Unseen)
    assert (seen.branch, seen.commit and seen.commit.sha) == ("main", head)
    assert (absent.branch, absent.commit) == ("gone", None)


async def test_files_are_told_along_with_heads_by_one_request(site):
    numbers = {name: site.create(name, **{"a.yaml": name.encode()}) for name in ("api", "web")}
    looks = [
        Look(repository_id=number, full_name=f"acme/{name}", paths=("a.yaml", "none.yaml"))
        for name, number in numbers.items()
    ]

    found = await site.host.heads(looks)

    told = [{path: file and file.content for path, file in (seen.files or {}).items()} for seen in found]
    assert told == [{"a.yaml": b"api", "none.yaml": None}, {"a.yaml": b"web", "none.yaml": None}]
    assert sum(site.fetch.counts.values()) == 1


async def test_an_empty_repository_has_no_branch(site):
    number = str(site.simulator.host.create("acme/empty").metadata.id)

    found = await site.seen(number, "empty")

    assert (found.branch, found.commit) == (None, None)


async def test_a_name_that_was_taken_over_leads_to_the_repository_that_was_meant(site):
    number = site.create("web")
    site.simulator.host.amend(site.simulator.host.repository("acme/web"), Changes(name="moved"))
    site.create("web", **{"other.txt": b"other"})

    found = await site.seen(number, "web")

    assert (found.repository.id, found.repository.full_name) == (number, "acme/moved")


async def test_a_head_is_straight_after_commits_that_are_no_merges(site):
    number, base = site.create("web"), site.head("web")
    for step in range(3):
        site.edit("web", **{"a.txt": b"%d" % step})

    near = await site.seen(number, "web", since=base, commits=3)
    far = await site.seen(number, "web", since=base, commits=2)

    assert (near.straight, far.straight) == (True, False)


async def test_a_thousand_unchanged_repositories_cost_ten_requests(site):
    numbers = {f"r{index}": site.create(f"r{index}", a=b"a") for index in range(100)}
    looks = [Look(repository_id=number, full_name=f"acme/{name}") for name, number in numbers.items()] * 10

    found = await site.host.heads(looks)

    assert all(isinstance(one, Seen) for one in found)
    assert dict(site.fetch.counts) == {("host.example", "heads", "events"): 10}


async def test_files_are_told_to_the_last_byte_whatever_they_are(site):
    number = site.create("web")
    seen = await site.seen(number, "web")
    assert seen.commit is not None

    found = await site.host.files(seen.repository, seen.commit.sha, [*FILES, "gone.yaml"])

    assert {path: one and one.content for path, one in found.items()} == {**FILES, "gone.yaml": None}


async def test_files_and_trees_name_the_same_blobs(site):
    seen = await site.seen(site.create("web"), "web")
    assert seen.commit is not None

    tree = await site.host.tree(seen.repository, seen.commit)
    files = await site.host.files(seen.repository, seen.commit.sha, list(tree.blobs))

    assert {path: one and one.blob for path, one in files.items()} == dict(tree.blobs)


async def test_commits_are_compared(site):
    seen, base = await site.seen(site.create("web"), "web"), site.head("web")
    head = site.edit("web", **{"new.txt": b"new", "latin.txt": None})

    forwards = await site.host.compare(seen.repository, base, head)
    backwards = await site.host.compare(seen.repository, head, base)
    gone = await site.host.compare(seen.repository, "e" * 40, head)

    assert (forwards.ancestor, forwards.paths) == (True, ("latin.txt", "new.txt"))
    assert (backwards.ancestor, gone.ancestor) == (False, False)


async def test_without_credentials_a_host_that_asks_for_some_says_nothing(site):
    number = site.create("web")

    [found] = await site.client().heads([Look(repository_id=number, full_name="acme/web")])

    assert isinstance(found, HostDenied)


@pytest.mark.parametrize("access", ["unauthorised", "missing"])
async def test_lost_permissions_show_neither_heads_nor_a_shorter_list(site, access):
    number = site.create("web")
    site.simulator.faults.access = access

    try:
        found = list(await site.host.heads([Look(repository_id=number, full_name="acme/web")]))
    except HostError as error:
        found = [error]

    assert isinstance(found[0], HostDenied | Unseen)
    with pytest.raises(HostError):
        [one async for one in site.host.repositories(Scope(owner="acme"))]


async def test_a_forbidden_repository_is_unknown_among_others(site):
    numbers = [site.create("web"), site.create("secret")]
    site.simulator.faults.forbidden = ("acme/secret",)
    looks = [
        Look(repository_id=number, full_name=f"acme/{name}")
        for number, name in zip(numbers, ("web", "secret"), strict=True)
    ]

    seen, unknown = await site.host.heads(looks)

    assert isinstance(seen, Seen)
    assert isinstance(unknown, HostError)


async def test_an_organisation_is_listed_whole(site):
    names = {f"acme/r{index}" for index in range(120)}
    for name in names:
        site.simulator.host.create(name)

    found = [one.full_name async for one in site.host.repositories(Scope(owner="acme"))]

    assert (set(found), len(found)) == (names, 120)


async def test_an_app_reads_and_lists_what_it_is_installed_on(site):
    number = site.create("web")
    app = site.client(apps=[{"appId": 1, "privateKey": PEM}])

    [seen] = await app.heads([Look(repository_id=number, full_name="acme/web")])
    listed = [one.full_name async for one in app.repositories(Scope(app="1"))]

    assert isinstance(seen, Seen)
    assert listed == ["acme/web"]


async def test_an_installation_token_is_renewed_when_its_hour_is_over(site):
    number = site.create("web")
    app = site.client(apps=[{"appId": 1, "privateKey": PEM}])
    look = Look(repository_id=number, full_name="acme/web")
    await app.heads([look])
    site.clock.advance(4000)

    [seen] = await app.heads([look])

    assert isinstance(seen, Seen)
    assert site.fetch.counts["host.example", "installation token", "events"] == 2


async def test_a_tree_that_did_not_change_costs_no_request_of_the_hour(site):
    seen = await site.seen(site.create("web"), "web")
    assert seen.commit is not None
    first = await site.host.tree(seen.repository, seen.commit)
    before = site.simulator.gates.rest.quota.document()["used"]

    second = await site.host.tree(seen.repository, seen.commit)

    assert (second, site.simulator.gates.rest.quota.document()["used"]) == (first, before)
