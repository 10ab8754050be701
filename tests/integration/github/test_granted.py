"""What an app is installed on, asked about some repositories: as its list has it, and without the whole of that list."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cuelight.integrations.github.client import GitHubHost
from cuelight.scm import Look, Repository, Seen
from tests.integration.github.test_client import PEM, Site

APP = "1"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "host")
    yield made
    made.simulator.close()


@pytest.fixture
def app(site: Site) -> GitHubHost:
    return site.client(apps=[{"appId": 1, "privateKey": PEM}])


async def known(site: Site, name: str) -> Repository:
    [found] = await site.host.heads([Look(repository_id=site.create(name), full_name=f"acme/{name}")])
    assert isinstance(found, Seen)
    return found.repository


async def take(site: Site, name: str) -> None:
    """Take a repository from the app."""
    await site.simulator.allow(f"acme/{name}", readable=False, webhook=False)


async def test_an_app_that_is_installed_on_all_of_an_owner_is_so_on_each(site, app):
    web = await known(site, "web")
    assert await app.granted(APP, [web]) == {web.id}


async def test_an_app_is_installed_on_what_was_chosen(site, app):
    web, shop = await known(site, "web"), await known(site, "shop")
    await take(site, "shop")
    assert await app.granted(APP, [web, shop]) == {web.id}


async def test_what_was_taken_from_an_app_a_moment_ago_is_known_at_once(site, app):
    web, _ = await known(site, "web"), await known(site, "shop")
    await app.granted(APP, [web])
    await take(site, "web")
    assert await app.granted(APP, [web]) == frozenset()


async def test_an_app_is_not_installed_on_an_owner_that_its_installations_lack(site):
    web = await known(site, "web")
    elsewhere = site.client(apps=[{"appId": 1, "privateKey": PEM, "allowedInstallationOwners": ["other"]}])
    assert await elsewhere.granted(APP, [web]) == frozenset()


async def test_what_is_asked_of_all_that_an_owner_has_reads_one_page(site, app):
    found = [await known(site, f"r{number}") for number in range(101)]
    await app.granted(APP, found)
    assert site.fetch.counts["host.example", "repositories", "events"] == 1


async def test_an_owner_whom_an_app_was_installed_on_a_moment_ago_is_known_at_once(site, app):
    await app.granted(APP, [await known(site, "web")])
    site.simulator.host.add_owner("beta")
    new = site.simulator.host.create("beta/new", files={"a": b"b"})
    [found] = await site.host.heads([Look(repository_id=str(new.metadata.id), full_name="beta/new")])
    assert await app.granted(APP, [found.repository]) == {found.repository.id}
