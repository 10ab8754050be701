"""Promise 4 over the whole program: what is really gone waits for approval, and what is only not to be seen stays."""

from typing import Final

import pytest

from tests.end_to_end.commands import cuelight
from tests.end_to_end.fleet import DESCRIPTOR, Fleet, components, entities, losing, of, reasons, seen, without
from tests.end_to_end.polling import until
from tests.end_to_end.world import component

PROVIDER: Final = "github-provider:default"
BRAKE: Final = "deletion brake"
SMALL: Final = Fleet(repositories=48)
"""A quarter of it is twelve repositories, of a descriptor and two entities each."""
LARGE: Final = Fleet(repositories=16, components=4)
"""A quarter of it is four repositories, of a descriptor and five entities each."""


class TestAQuarterOfTheRepositoriesDeleted:
    async def test_the_scan_tells_how_many_are_missing_and_ends_well(self, bereft):
        _, scan = bereft
        assert (scan.status, scan.data["missing"], scan.data["failed"]) == (0, len(SMALL.lost), {}), scan.told
        assert scan.data["listed"] == len(SMALL.names) - len(SMALL.lost)

    async def test_every_entity_is_served_as_it_was(self, bereft):
        scene, _ = bereft
        assert await entities(scene.program) == scene.before

    async def test_the_command_line_lists_what_is_held_back_and_says_why(self, bereft):
        scene, _ = bereft
        held = await scene.deletions("--state", "held")
        assert sum(each["entities"] for each in held) == len(of(scene.before, SMALL.lost))
        assert [each["reason"] for each in held if BRAKE not in each["reason"]] == []
        assert await scene.deletions() == held

    async def test_the_api_lists_the_same(self, bereft):
        scene, _ = bereft
        assert await scene.program.listed("deletions", state="held") == await scene.deletions("--state", "held")

    async def test_the_repositories_say_that_they_are_gone_and_that_their_entities_are_held_back(self, bereft):
        scene, _ = bereft
        gone = await scene.program.listed("repositories", status="gone")
        assert {row["fullName"] for row in gone} == {f"acme/{name}" for name in SMALL.lost}
        assert [row["reason"] for row in gone if BRAKE not in row["reason"]] == []

    async def test_a_verification_finds_no_drift_and_explains_the_difference(self, bereft):
        scene, _ = bereft
        report = await scene.verified()
        explained = {each["subject"] for each in report["explained"] if BRAKE in each["explainedBy"]}
        assert components(of(scene.before, SMALL.lost)) <= explained

    async def test_to_ask_what_an_approval_would_delete_deletes_nothing(self, bereft):
        scene, _ = bereft
        asked = await scene.run("deletions", "approve", "--all", "--dry-run")
        assert set(asked.data["refs"]) == of(scene.before, SMALL.lost).keys()
        assert await entities(scene.program) == scene.before

    @pytest.fixture(scope="class")
    async def bereft(self, tmp_path_factory):
        """The scene after the loss, and the scan that found it."""
        async with losing(tmp_path_factory.mktemp("bereft"), SMALL) as made:
            yield made


async def test_a_quarter_of_a_few_large_repositories_waits_whole_too(tmp_path):
    async with losing(tmp_path, LARGE) as (scene, _):
        held = await scene.deletions("--state", "held")
        assert await entities(scene.program) == scene.before
        assert sum(each["entities"] for each in held) == len(of(scene.before, LARGE.lost))


class TestDeciding:
    async def test_what_is_approved_goes_and_everything_else_stays_as_it_was(self, scene):
        approved = await scene.run("deletions", "approve", "--provider", PROVIDER)
        assert set(approved.data["refs"]) == of(scene.before, SMALL.lost).keys()
        assert await entities(scene.program) == without(scene.before, SMALL.lost)
        assert (await scene.verified())["explained"] == []
        assert await scene.deletions("--state", "held") == []

    async def test_one_deletion_is_approved_by_its_id_and_the_others_wait(self, scene):
        first, *others = await scene.deletions("--state", "held")
        approved = await scene.run("deletions", "approve", first["id"])
        left = await entities(scene.program)
        assert scene.before.keys() - left.keys() == set(approved.data["refs"])
        assert left == {ref: entity for ref, entity in scene.before.items() if ref in left}
        assert len(approved.data["refs"]) == first["entities"]
        assert await scene.deletions("--state", "held") == others
        await scene.verified()

    async def test_what_was_deleted_is_restored_with_what_went_along_until_it_is_approved_again(self, scene):
        await scene.run("deletions", "approve", "--all")
        after = await entities(scene.program)
        root = next(each for each in await scene.deletions("--state", "approved") if each["partOf"] is None)
        restored = await scene.run("deletions", "restore", root["id"])
        there = await entities(scene.program)
        assert there.keys() - after.keys() == set(restored.data["refs"])
        assert len(restored.data["refs"]) == root["entities"]
        assert {ref: there[ref]["spec"] for ref in there} == {ref: scene.before[ref]["spec"] for ref in there}
        await scene.verified()
        await scene.run("scan")
        assert await entities(scene.program) == there
        again = await scene.run("deletions", "approve", root["id"])
        assert (again.data["entities"], await entities(scene.program)) == (root["entities"], after)

    async def test_what_is_declared_again_is_not_held_back_any_more(self, scene):
        back, *others = SMALL.lost
        await scene.host.create(back, {DESCRIPTOR: SMALL.descriptor(back)}, webhook=False)
        await scene.run("scan")
        assert components(await entities(scene.program)) == components(scene.before)
        held = {each["entityRef"] for each in await scene.deletions("--state", "held")}
        assert not held & of(scene.before, [back]).keys()
        await scene.run("deletions", "approve", "--all")
        left = await entities(scene.program)
        assert components(left) == components(without(scene.before, others))
        await scene.verified()

    @pytest.fixture
    async def scene(self, tmp_path):
        """The scene after the loss."""
        async with losing(tmp_path, SMALL) as (made, _):
            yield made


class TestACodeHostThatShowsNothing:
    @pytest.mark.parametrize("access", ["unauthorised", "empty", "missing"])
    async def test_nothing_is_deleted_and_all_is_right_once_it_answers_again(self, scene, access):
        await scene.control.strike(access=access)
        await scene.host.commit("r00", {DESCRIPTOR: LARGE.descriptor("r00", f"Not {access}")}, webhook=False)
        await scene.run("sweep")
        await scene.run("scan")
        shown = await entities(scene.program)
        assert (shown.keys(), await scene.deletions()) == (scene.before.keys(), [])
        await scene.control.mend()
        swept, scanned = await scene.run("sweep"), await scene.run("scan")
        assert (swept.status, swept.data["unknown"], swept.data["unseen"]) == (0, 0, 0)
        assert (scanned.status, scanned.data["missing"], scanned.data["failed"]) == (0, 0, {})
        await scene.program.appeared("component:r00-0", f"Not {access}")
        report = await scene.verified()
        assert (report["explained"], report["coverage"]["unknown"]) == ([], [])
        assert report["coverage"]["checked"] == len(LARGE.names)
        assert await reasons(scene.program) == {}

    @pytest.mark.parametrize(
        ("access", "sentence"),
        [
            ("unauthorised", "was answered 401 (Bad credentials); the token or app of this host under integrations is"),
            (
                "empty",
                "lists no repository at all for github-provider:default, of which 16 are known; nothing is deleted",
            ),
            (
                "missing",
                "github.com shows these credentials no organisation or user acme; check its name, and what they",
            ),
        ],
    )
    async def test_a_scan_fails_and_says_why(self, troubled, access, sentence):
        await troubled.control.strike(access=access)
        ran = await troubled.run("scan")
        [run, *_] = await troubled.program.listed("runs", kind="scan")
        assert ran.status != 0
        assert sentence in ran.told
        assert sentence in ran.data["failed"][PROVIDER]
        assert (run["state"], sentence in run["error"]) == ("failed", True)

    @pytest.mark.parametrize(
        ("access", "count", "sentence"),
        [
            (
                "unauthorised",
                "unknown",
                "the token or app of this host under integrations is wrong, expired or revoked",
            ),
            ("missing", "unseen", "not shown to these credentials: what came from them stays"),
        ],
    )
    async def test_a_sweep_tells_of_how_many_it_heard_nothing_and_why(self, troubled, access, count, sentence):
        await troubled.control.strike(access=access)
        ran = await troubled.run("sweep")
        assert (ran.data["confirmed"], ran.data[count]) == (0, len(LARGE.names))
        assert [said for said in ran.data["reasons"] if sentence in said]

    @pytest.mark.parametrize("access", ["unauthorised", "missing"])
    async def test_a_verification_says_that_it_could_check_nothing(self, troubled, access):
        await troubled.control.strike(access=access)
        coverage = (await troubled.run("verify")).data["coverage"]
        assert (coverage["checked"], coverage["unknownCount"]) == (0, len(LARGE.names) + 1)
        assert len(coverage["unlisted"]) == 1

    async def test_repositories_that_are_not_to_be_seen_say_that_what_came_from_them_stays(self, troubled):
        await troubled.control.strike(access="missing")
        await troubled.run("sweep")
        said = await reasons(troubled.program)
        assert said.keys() == {f"acme/{name}" for name in LARGE.names}
        assert [each for each in said.values() if not each.endswith("; what came from it stays")] == []

    async def test_a_repository_that_is_to_be_looked_at_says_that_the_token_is_refused(self, troubled):
        await troubled.control.strike(access="unauthorised")
        ran = await cuelight(troubled.program, "refresh", "component:r01-0")
        assert ran.status == 0, ran.told

        async def said() -> bool:
            return "401 (Bad credentials)" in (await reasons(troubled.program)).get("acme/r01", "")

        await until(said)

    async def test_one_repository_that_is_really_deleted_goes_with_the_next_scan(self, scene):
        await scene.host.create("single", {DESCRIPTOR: component("single")}, webhook=False)
        await scene.run("scan")
        await scene.program.appeared("component:single")
        await scene.control.delete("single")
        await scene.run("scan")
        assert await scene.program.entity("component:single") is None
        assert (await entities(scene.program)).keys() == scene.before.keys()
        await scene.verified()

    @pytest.fixture(scope="class")
    async def scene(self, tmp_path_factory):
        """All is well."""
        async with seen(tmp_path_factory.mktemp("trouble"), LARGE) as made:
            yield made

    @pytest.fixture
    async def troubled(self, scene):
        """Whatever is wrong with the host is mended at the end, and known to be."""
        yield scene
        await scene.control.mend()
        await scene.run("scan")
