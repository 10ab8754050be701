"""Backstage's own cases for GitHub, as the states that they end in; `docs/reference-cases.md` lists them all.

Which calls Backstage makes on the way binds nobody: what the catalog holds afterwards does. Every case begins with GitHub's bytes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from cuelight.clock import ManualClock
from cuelight.integrations.github.config import FiltersSection, ProviderSection, TopicFilter
from tests.database import database
from tests.integration.repositories.github import Configured, GitHub, Step
from tests.integration.repositories.world import World

DESCRIPTOR = "catalog-info.yaml"
LOCATION = "generated-8688630f57e421bc85f12b9828ed7dad6aff3bb3"
"""What Backstage calls the Location of that file on main in `test-org/test-repo`: the SHA-1 of `url:` and its address."""
HERE = {"catalog-info": "main/catalog-info.yaml team-0"}
ADD, CHANGE, REMOVE = (Step(kind, DESCRIPTOR) for kind in ("add", "change", "remove"))

Start = Callable[..., Awaitable[GitHub]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Begin with a configuration: the fields of `catalog.providers.github`."""
    async with AsyncExitStack() as stack:

        async def started(*filters: FiltersSection, **section: Any) -> GitHub:
            clock = ManualClock()
            db = await stack.enter_async_context(database(tmp_path, clock))
            chosen = {"organization": "test-org", **section, **({"filters": filters[0]} if filters else {})}
            return GitHub(World(db, clock, Configured(ProviderSection(**chosen))))

        yield started


@pytest.fixture
async def github(start: Start) -> GitHub:
    """The default configuration, for `test-org`."""
    return await start()


class TestPush:
    async def test_an_added_descriptor_is_a_location_with_backstages_name(self, github: GitHub):
        """T27"""
        await github.begin()
        await github.push([Step("add", "new-file.yaml")], [ADD])
        assert await github.locations() == {LOCATION}
        assert await github.catalog() == {"catalog-info": "main/catalog-info.yaml team-2"}

    async def test_a_removed_descriptor_takes_its_location_with_it(self, github: GitHub):
        """T28"""
        await github.begin(DESCRIPTOR)
        await github.push([REMOVE])
        assert (await github.catalog(), await github.locations()) == ({}, set())

    async def test_a_modified_descriptor_is_read_again(self, github: GitHub):
        """T29"""
        await github.begin(DESCRIPTOR)
        await github.push([CHANGE])
        assert await github.catalog() == {"catalog-info": "main/catalog-info.yaml team-1"}

    async def test_under_a_glob_what_is_modified_is_read_again(self, start: Start):
        """T30"""
        github = await start(catalog_path=["**/catalog-info.yaml"])
        await github.begin(DESCRIPTOR)
        await github.push([CHANGE])
        assert await github.catalog() == {"catalog-info": "main/catalog-info.yaml team-1"}

    async def test_under_a_glob_what_is_added_deep_inside_is_found(self, start: Start):
        """T30"""
        github = await start(catalog_path=["**/catalog-info.yaml"])
        await github.begin(DESCRIPTOR)
        await github.push([Step("add", "folder1/folder2/folder3/catalog-info.yaml")])
        deep = "main/folder1/folder2/folder3/catalog-info.yaml team-1"
        assert await github.catalog() == {**HERE, "folder1-folder2-folder3": deep}

    async def test_a_push_to_the_configured_branch_is_followed(self, start: Start):
        """T31"""
        github = await start(FiltersSection(branch="my-special-branch"))
        await github.begin()
        await github.push([ADD], branch="my-special-branch")
        await github.push([CHANGE], branch="my-special-branch")
        assert await github.catalog() == {"catalog-info": "my-special-branch/catalog-info.yaml team-2"}

    async def test_a_push_to_another_than_the_configured_branch_changes_nothing(self, start: Start):
        """T31"""
        github = await start(FiltersSection(branch="my-special-branch"))
        await github.begin()
        await github.push([ADD])
        assert await github.catalog() == {}

    async def test_a_push_to_a_branch_whose_name_contains_the_default_branchs_changes_nothing(self, start: Start):
        """T31"""
        github = await start(catalog_path=["**/catalog-info.yaml"])
        await github.begin(DESCRIPTOR)
        await github.push([CHANGE], branch="my-main-branch")
        assert await github.catalog() == HERE

    async def test_a_push_to_a_repository_that_the_filter_does_not_name_changes_nothing(self, start: Start):
        """T32"""
        github = await start(FiltersSection(repository="only-special-repository"))
        await github.begin()
        await github.push([ADD])
        assert await github.catalog() == {}

    async def test_a_push_of_another_organization_changes_nothing(self, github: GitHub):
        """T32"""
        await github.begin(name="other-org/test-repo")
        await github.push([ADD])
        assert await github.catalog() == {}

    async def test_an_organization_is_the_same_in_capitals(self, github: GitHub):
        """T32"""
        await github.begin(name="Test-Org/test-repo")
        await github.push([ADD])
        assert await github.catalog() == {"catalog-info": "main/catalog-info.yaml team-1"}


class TestRepository:
    @pytest.fixture
    async def included(self, start: Start) -> GitHub:
        return await start(FiltersSection(topic=TopicFilter(include=["backstage-include"])))

    async def test_an_archived_repository_goes(self, github: GitHub):
        """T33"""
        await github.begin(DESCRIPTOR)
        github.change(archived=True)
        await github.event("archived")
        assert await github.catalog() == {}

    async def test_a_deleted_repository_goes(self, github: GitHub):
        """T33, T51"""
        await github.begin(DESCRIPTOR)
        payload = {"action": "deleted", **github.subject()}
        del github.world.host.known[github.id]
        await github.tell("repository", payload)
        assert await github.catalog() == {}

    @pytest.mark.parametrize("action", ["archived", "deleted"])
    async def test_what_happens_to_another_organizations_repository_of_this_name_changes_nothing(self, github, action):
        """T33"""
        await github.begin(DESCRIPTOR)
        theirs = GitHub(github.world)
        await theirs.begin(DESCRIPTOR, name="other-org/test-repo")
        theirs.change(archived=True)
        await theirs.event(action)
        assert await github.catalog() == HERE

    @pytest.mark.parametrize("action", ["created", "privatized", "publicized"])
    async def test_a_repository_without_a_descriptor_that_is_new_or_shown_to_others_brings_nothing(
        self, github, action
    ):
        """T33"""
        await github.begin()
        await github.event(action)
        assert await github.catalog() == {}

    @pytest.mark.parametrize("action", ["created", "privatized", "publicized"])
    async def test_what_is_right_already_stays_whatever_an_event_says(self, github, action):
        """T33"""
        await github.begin(DESCRIPTOR)
        await github.event(action)
        assert await github.catalog() == HERE

    async def test_a_repository_that_loses_the_included_topic_goes(self, included: GitHub):
        """T33"""
        await included.begin(DESCRIPTOR, topics=("backstage-include",))
        included.change(topics=())
        await included.event("edited", changes={"topics": {"from": ["backstage-include"]}})
        assert await included.catalog() == {}

    async def test_a_repository_that_is_edited_and_keeps_the_included_topic_stays(self, included: GitHub):
        """T33"""
        await included.begin(DESCRIPTOR, topics=("backstage-include",))
        await included.event("edited", changes={"description": {"from": "Old"}})
        assert await included.catalog() == HERE

    async def test_a_renamed_repository_moves_its_locations(self, github: GitHub):
        """T33, T51"""
        await github.begin(DESCRIPTOR, name="test-org/old-test-repo")
        before = await github.locations()
        github.rename("test-org/test-repo")
        await github.event("renamed", changes={"repository": {"name": {"from": "old-test-repo"}}})
        assert before.isdisjoint(await github.locations())
        assert (await github.catalog(), await github.locations()) == (
            HERE,
            {LOCATION},
        )

    async def test_a_repository_renamed_to_what_the_filter_does_not_name_goes(self, start: Start):
        """T33"""
        github = await start(FiltersSection(repository="other-.*"))
        await github.begin(DESCRIPTOR, name="test-org/other-repo")
        github.rename("test-org/test-repo")
        await github.event("renamed", changes={"repository": {"name": {"from": "other-repo"}}})
        assert await github.catalog() == {}

    async def test_a_repository_transferred_to_the_organization_comes(self, github: GitHub):
        """T33, T51"""
        await github.begin(DESCRIPTOR, name="foo/test-repo")
        github.rename("test-org/test-repo")
        await github.event("transferred", changes={"owner": {"from": {"user": {"login": "foo"}}}})
        assert await github.catalog() == HERE

    async def test_an_unarchived_repository_comes_back(self, github: GitHub):
        """T33"""
        await github.begin(DESCRIPTOR, archived=True)
        github.change(archived=False)
        await github.event("unarchived")
        assert await github.catalog() == HERE

    @pytest.mark.parametrize("action", ["transferred", "unarchived"])
    async def test_what_the_filter_does_not_name_does_not_come(self, start: Start, action: str):
        """T33"""
        github = await start(FiltersSection(repository="other-.*"))
        await github.begin(DESCRIPTOR, archived=action == "unarchived")
        github.change(archived=False)
        await github.event(action)
        assert await github.catalog() == {}

    async def test_an_archived_repository_stays_where_archived_ones_are_allowed(self, start: Start):
        """T51"""
        github = await start(FiltersSection(allow_archived=True))
        await github.begin(DESCRIPTOR)
        github.change(archived=True)
        await github.event("archived")
        assert await github.catalog() == HERE


class TestExtra:
    async def test_a_descriptor_removed_and_added_again_in_one_push_survives_and_is_read_again(self, github: GitHub):
        """X1"""
        await github.begin(DESCRIPTOR)
        before = await github.locations()
        await github.push([REMOVE], [ADD])
        assert (await github.catalog(), await github.locations()) == (
            {"catalog-info": "main/catalog-info.yaml team-2"},
            before,
        )

    async def test_a_descriptor_added_and_removed_in_one_push_leaves_nothing(self, github: GitHub):
        """X2"""
        await github.begin()
        await github.push([ADD], [REMOVE])
        assert (await github.catalog(), await github.locations()) == ({}, set())

    async def test_a_users_repository_is_followed(self, start: Start):
        """X11"""
        github = await start(organization="dev")
        await github.begin(DESCRIPTOR, name="dev/test-repo")
        await github.push([CHANGE], organization=None)
        assert await github.catalog() == {"catalog-info": "main/catalog-info.yaml team-1"}

    async def test_a_forced_push_that_drops_the_descriptor_removes_it(self, github: GitHub):
        """X12"""
        await github.begin(DESCRIPTOR)
        await github.push([REMOVE], forced=True, commits=[])
        assert (await github.catalog(), await github.locations()) == ({}, set())

    async def test_another_default_branch_moves_the_locations(self, github: GitHub):
        """X14"""
        await github.begin(DESCRIPTOR)
        before = await github.locations()
        heads = github.world.host.heads_at
        heads[github.id, "trunk"] = heads.pop((github.id, "main"))
        github.change(default_branch="trunk")
        await github.event("edited", changes={"default_branch": {"from": "main"}})
        assert before.isdisjoint(await github.locations())
        assert await github.catalog() == {"catalog-info": "trunk/catalog-info.yaml team-0"}

    async def test_a_topic_that_the_filter_includes_brings_the_repository(self, start: Start):
        """X15"""
        github = await start(FiltersSection(topic=TopicFilter(include=["backstage-include"])))
        await github.begin(DESCRIPTOR)
        github.change(topics=("backstage-include",))
        await github.event("edited", changes={"topics": {"from": []}})
        assert await github.catalog() == HERE

    async def test_a_repository_that_becomes_private_goes_where_public_ones_are_wanted(self, start: Start):
        """X16"""
        github = await start(FiltersSection(visibility=["public"]))
        await github.begin(DESCRIPTOR)
        github.change(visibility="private")
        await github.event("privatized")
        assert (await github.catalog(), await github.locations()) == ({}, set())

    async def test_a_repository_transferred_away_goes_with_the_next_scan(self, github: GitHub):
        """X17: the event is sent to its new owner alone."""
        await github.begin(DESCRIPTOR)
        ours = GitHub(github.world)
        await ours.begin(name="test-org/another")
        github.rename("stranger/test-repo")
        await github.scanned()
        assert (await github.catalog(), await github.locations()) == ({}, set())
