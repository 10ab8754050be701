"""From `git push` to the API: the whole program, a real git, real repositories."""

from pathlib import Path
from typing import Any

import pytest

from tests import postgresql
from tests.end_to_end.git import AUTHOR, clone
from tests.end_to_end.polling import until
from tests.end_to_end.processes import lasting_port
from tests.end_to_end.signing import delivery, push, signed
from tests.end_to_end.world import LOG, Cuelight, World, code_host, component, configure, connected, cuelight, location

DESCRIPTOR = "catalog-info.yaml"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def world(request, tmp_path_factory):
    """A code host and a Cuelight on each of the databases."""
    folder = tmp_path_factory.mktemp("world")
    if request.param == "postgresql":
        (folder / postgresql.NOTE).write_text(request.getfixturevalue("postgresql_databases"))
    async with connected(folder) as made:
        yield made


async def test_a_pushed_descriptor_is_an_entity_whose_change_names_the_commit_and_its_author(world, tmp_path):
    await world.host.create("first")
    copy = await clone(world.host, "first", tmp_path)
    commit = await copy.push(catalog_info=component("first", "As pushed"))
    entity = await world.cuelight.appeared("component:first", "As pushed")
    assert entity["metadata"]["annotations"]["backstage.io/view-url"].endswith(f"/acme/first/tree/main/{DESCRIPTOR}")
    [change] = await changes(world.cuelight, "component:default/first")
    assert (change["action"], change["cause"]["commit"], change["cause"]["author"]) == ("created", commit, AUTHOR)


async def test_a_change_names_the_delivery_that_brought_it(world):
    await world.host.create("caused", webhook=False)
    pushed = await world.host.commit("caused", {DESCRIPTOR: component("caused")})
    await world.cuelight.appeared("component:caused")
    [change] = await changes(world.cuelight, "component:default/caused")
    delivered = [await world.cuelight.delivery(guid) for guid in pushed["deliveries"]]
    assert (change["cause"]["id"], "done") in [(one["id"], one["state"]) for one in delivered if one]


async def test_a_second_push_changes_the_entity_and_keeps_its_uid(world, tmp_path):
    await world.host.create("again")
    copy = await clone(world.host, "again", tmp_path)
    await copy.push(catalog_info=component("again", "Once"))
    before = await world.cuelight.appeared("component:again", "Once")
    commit = await copy.push(catalog_info=component("again", "Twice"))
    after = await world.cuelight.appeared("component:again", "Twice")
    newest = (await changes(world.cuelight, "component:default/again"))[0]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert (newest["action"], newest["cause"]["commit"]) == ("updated", commit)
    assert "metadata.description" in newest["paths"]


async def test_a_new_repository_appears_with_its_first_push_and_without_a_scan(world):
    await world.host.create("newcomer", {DESCRIPTOR: component("newcomer")})
    await world.cuelight.appeared("component:newcomer")
    signals = world.cuelight.rows(
        "SELECT kind FROM signals JOIN repositories ON repositories.id = repository_id WHERE full_name = 'acme/newcomer'"
    )
    kinds = {row["kind"] for row in signals}
    assert "push" in kinds
    assert "scan" not in kinds


async def test_a_deleted_descriptor_takes_its_entities_with_it(world, tmp_path):
    await world.host.create("doomed", {DESCRIPTOR: f"{component('doomed-a')}\n---\n{component('doomed-b')}\n"})
    await world.cuelight.appeared("component:doomed-a")
    await world.cuelight.appeared("component:doomed-b")
    copy = await clone(world.host, "doomed", tmp_path)
    await copy.git("rm", "--quiet", DESCRIPTOR)
    commit = await copy.commit("Remove the descriptor")
    await world.cuelight.vanished("component:doomed-a")
    await world.cuelight.vanished("component:doomed-b")
    newest = (await changes(world.cuelight, "component:default/doomed-a"))[0]
    assert (newest["action"], newest["cause"]["commit"]) == ("deleted", commit)


async def test_a_push_to_another_branch_changes_nothing(world, tmp_path):
    await world.host.create("branched", {DESCRIPTOR: component("branched", "On main")})
    await world.cuelight.appeared("component:branched", "On main")
    copy = await clone(world.host, "branched", tmp_path)
    (copy.folder / DESCRIPTOR).write_text(component("branched", "On a branch"))
    await copy.git("commit", "--quiet", "--all", "-m", "Try something")
    await copy.git("push", "--quiet", "origin", "HEAD:refs/heads/topic")
    await until(lambda: delivered(world, "acme/branched", times=2))
    await world.cuelight.settled()
    entity = await world.cuelight.entity("component:branched")
    assert entity is not None
    assert entity["metadata"]["description"] == "On main"


async def test_a_forced_push_is_followed(world, tmp_path):
    await world.host.create("forced", {DESCRIPTOR: component("forced", "Regretted")})
    await world.cuelight.appeared("component:forced", "Regretted")
    copy = await clone(world.host, "forced", tmp_path)
    (copy.folder / DESCRIPTOR).write_text(component("forced", "Rewritten"))
    await copy.git("commit", "--quiet", "--all", "--amend", "-m", "Another first commit")
    await copy.git("push", "--quiet", "--force", "origin", "HEAD:main")
    await world.cuelight.appeared("component:forced", "Rewritten")


class TestLocations:
    async def test_a_file_of_the_same_repository_follows_its_location_and_its_content(self, world):
        files = {DESCRIPTOR: location("near", "./parts/one.yaml"), "parts/one.yaml": component("near-one", "Once")}
        await world.host.create("near", files)
        await world.cuelight.appeared("component:near-one", "Once")
        await world.host.commit("near", {"parts/one.yaml": component("near-one", "Twice")})
        await world.cuelight.appeared("component:near-one", "Twice")
        await world.host.commit("near", {DESCRIPTOR: location("near", "./parts/none.yaml")})
        await world.cuelight.vanished("component:near-one")

    async def test_a_file_of_another_repository_follows_its_location_and_its_content(self, world):
        await world.host.create("lender", {"parts/one.yaml": component("far-one", "Once")})
        target = "https://github.com/acme/lender/blob/main/parts/one.yaml"
        await world.host.create("borrower", {DESCRIPTOR: location("far", target)})
        await world.cuelight.appeared("component:far-one", "Once")
        await world.host.commit("lender", {"parts/one.yaml": component("far-one", "Twice")})
        await world.cuelight.appeared("component:far-one", "Twice")
        await world.host.commit("borrower", {DESCRIPTOR: location("far", "./elsewhere.yaml")})
        await world.cuelight.vanished("component:far-one")

    async def test_a_file_that_comes_after_its_location_is_found(self, world):
        await world.host.create("early", {DESCRIPTOR: location("early", "./later.yaml")})
        await world.cuelight.troubled("location:default/early")
        await world.host.commit("early", {"later.yaml": component("latecomer")})
        await world.cuelight.appeared("component:latecomer")

    async def test_a_deleted_target_takes_its_entity_with_it(self, world):
        files = {DESCRIPTOR: location("lost", "./lost.yaml"), "lost.yaml": component("lost")}
        await world.host.create("lost", files)
        await world.cuelight.appeared("component:lost")
        await world.host.commit("lost", {"lost.yaml": None})
        await world.cuelight.vanished("component:lost")

    async def test_a_glob_finds_files_as_they_come_and_go(self, world):
        files = {DESCRIPTOR: location("many", "./parts/*.yaml"), "parts/one.yaml": component("many-one")}
        await world.host.create("many", files)
        await world.cuelight.appeared("component:many-one")
        await world.host.commit("many", {"parts/two.yaml": component("many-two")})
        await world.cuelight.appeared("component:many-two")
        await world.host.commit("many", {"parts/one.yaml": None})
        await world.cuelight.vanished("component:many-one")
        assert await world.cuelight.entity("component:many-two") is not None


class TestMoves:
    async def test_a_file_moved_between_names_of_the_catalog_path_keeps_its_entity(self, globbed, tmp_path):
        await globbed.host.create("moved", {"a/catalog-info.yaml": component("moved")})
        before = await globbed.cuelight.appeared("component:moved")
        copy = await clone(globbed.host, "moved", tmp_path)
        await copy.git("mv", "a", "b")
        await copy.commit("Move the folder")
        after = await until(lambda: placed(globbed.cuelight, "component:moved", "/b/catalog-info.yaml"))
        assert after["metadata"]["uid"] == before["metadata"]["uid"]

    async def test_an_entity_moved_to_another_repository_stays_one(self, globbed):
        await globbed.host.create("origin", {DESCRIPTOR: component("wanderer")})
        await globbed.cuelight.appeared("component:wanderer")
        await globbed.host.create("haven", {DESCRIPTOR: component("wanderer")})
        await globbed.host.commit("origin", {DESCRIPTOR: None})
        await until(lambda: placed(globbed.cuelight, "component:wanderer", "/acme/haven/"))

    @pytest.fixture(scope="class")
    async def globbed(self, tmp_path_factory):
        """A Cuelight that takes a descriptor from any folder."""
        catalog = {"providers": {"github": {"organization": "acme", "catalogPath": "/**/catalog-info.yaml"}}}
        async with connected(tmp_path_factory.mktemp("globbed"), catalog=catalog) as made:
            yield made


class TestUnknownIsNotAbsent:
    async def test_while_the_host_is_away_nothing_is_deleted_and_later_all_is_right(self, tmp_path):
        port = lasting_port()
        async with code_host(tmp_path / "host", port=port) as host:
            config = configure(tmp_path, host.program.address)
            repository = await host.create("shop", {DESCRIPTOR: component("shop", "Before")})
            async with cuelight(tmp_path, config) as program:
                await program.appeared("component:shop", "Before")
                await host.program.stop()
                await tell(program, repository)
                await until(lambda: postponed(program))
                assert await program.entity("component:shop") is not None
                async with code_host(tmp_path / "host", port=port) as again:
                    await again.commit("shop", {DESCRIPTOR: component("shop", "After")}, webhook=False)
                    await program.appeared("component:shop", "After")

    async def test_while_the_token_is_refused_nothing_is_deleted_and_later_all_is_right(self, tmp_path):
        port = lasting_port()
        async with code_host(tmp_path / "host", port=port) as host:
            config = configure(tmp_path, host.program.address)
            repository = await host.create("shop", {DESCRIPTOR: component("shop", "Before")})
            async with cuelight(tmp_path, config) as program:
                await program.appeared("component:shop", "Before")
                await host.program.stop()
                async with code_host(tmp_path / "host", port=port, token="another") as refusing:
                    await refusing.commit("shop", {DESCRIPTOR: None}, webhook=False)
                    await tell(program, repository)
                    reason = await until(lambda: postponed(program))
                    assert "401" in reason
                    assert "token" in reason
                    assert await program.entity("component:shop") is not None
                async with code_host(tmp_path / "host", port=port) as again:
                    await again.commit("shop", {DESCRIPTOR: component("shop", "After")}, webhook=False)
                    await program.appeared("component:shop", "After")

    async def test_a_start_without_its_host_serves_what_it_had(self, tmp_path):
        async with code_host(tmp_path / "host") as host:
            config = configure(tmp_path, host.program.address)
            await host.create("shop", {DESCRIPTOR: component("shop")})
            async with cuelight(tmp_path, config) as program:
                await program.appeared("component:shop")
        async with cuelight(tmp_path, config) as program:
            await until(lambda: logged(tmp_path, "scan_interrupted"))
            assert await program.entity("component:shop") is not None


async def changes(program: Cuelight, ref: str) -> list[dict[str, Any]]:
    """The changes of the entity *ref*, newest first."""
    return [change for change in await program.listed("changes") if change["entityRef"] == ref]


async def delivered(world: World, repository: str, *, times: int) -> bool:
    """Whether *times* pushes to *repository* are done."""
    listed = await world.cuelight.listed("deliveries")
    found = [one for one in listed if one["subject"] == repository and one["event"] == "push"]
    return [one["state"] for one in found] == ["done"] * times


async def placed(program: Cuelight, ref: str, part: str) -> dict[str, Any] | None:
    """The entity *ref*, if *part* is in the address of its file."""
    entity = await program.entity(ref)
    address = entity["metadata"]["annotations"]["backstage.io/managed-by-location"] if entity else ""
    return entity if part in address else None


async def tell(program: Cuelight, repository: dict[str, Any]) -> None:
    """Say that something was pushed to *repository*."""
    named = {"id": repository["id"], "full_name": repository["full_name"]}
    answer = await program.post(signed(delivery(push(named, before="1" * 40, after="2" * 40))))
    assert answer.status_code == 202


async def postponed(program: Cuelight) -> str | None:
    """Why the only repository could not be looked at; None where that was not tried, or went well."""
    found = program.rows("SELECT reason FROM repositories WHERE attempts > 0")
    return found[0]["reason"] if found else None


async def logged(folder: Path, event: str) -> bool:
    """Whether the program has logged *event*."""
    return event in (folder / LOG).read_text()
