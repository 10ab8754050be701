"""Owners that a repository's CODEOWNERS names (section 5.6)."""

from typing import Any

import pytest

from cuelight.catalog import Unreadable
from cuelight.catalog.processing.preferences import Preferences
from cuelight.processors.codeowners.rules import MOST_RULES, OwnerRules, owner_named
from tests.unit.processors.bench import TREE, UNREAD, Bench, api

OWNED = Preferences(owners=True)
CANDIDATES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


def ownerless() -> dict[str, Any]:
    entity = api("x")
    del entity["spec"]["owner"]
    return entity


def owners(text: str, path: str) -> list[str]:
    return list(OwnerRules.read(text.encode()).owners_of(path))


async def owner(files: dict[str, Any], entity: dict[str, Any] | None = None) -> Any:
    return (await Bench(files, preferences=OWNED).spec(entity or ownerless()))["owner"]


async def test_an_entity_without_an_owner_gets_the_one_that_its_file_has():
    assert await owner({"CODEOWNERS": "* @org/all\n/sub/ @org/team\n"}) == "team"


async def test_an_owner_that_the_author_named_stays():
    assert await owner({"CODEOWNERS": "* @org/all\n"}, api("x")) == "team"


async def test_the_first_candidate_that_is_there_counts():
    assert await owner({path: f"* @org/{number}" for number, path in enumerate(CANDIDATES)}) == "0"


async def test_every_candidate_wakes_the_entity_as_it_may_appear():
    outcome = await Bench({"CODEOWNERS": "* @org/all"}, preferences=OWNED).run(ownerless())
    assert outcome.keys == {f"url:{TREE}/{path}" for path in CANDIDATES}


async def test_an_entity_waits_for_its_owner():
    outcome = await Bench(dict.fromkeys(CANDIDATES, UNREAD), preferences=OWNED).run(ownerless())
    assert outcome.processed is None
    assert set(outcome.wanted) == {f"{TREE}/{path}" for path in CANDIDATES}


async def test_an_owner_in_a_file_that_cannot_be_read_is_told():
    outcome = await Bench({"CODEOWNERS": Unreadable(reason="too large")}, preferences=OWNED).run(ownerless())
    assert {problem.rule for problem in outcome.problems} == {"codeowners-unreadable", "kind-schema"}


async def test_unless_it_is_configured_nobody_gets_an_owner():
    outcome = await Bench({"CODEOWNERS": "* @org/all"}).run(ownerless())
    assert (outcome.processed, outcome.keys) == (None, frozenset())


async def test_a_kind_that_has_no_owner_gets_none():
    group = {**ownerless(), "kind": "Group", "spec": {"type": "team", "children": []}}
    spec = await Bench({"CODEOWNERS": "* @org/all"}, preferences=OWNED).spec(group)
    assert "owner" not in spec


@pytest.mark.parametrize(
    ("named", "entity"),
    [
        ("@org/team", "team"),
        ("@org/team/part", "team"),
        ("@login", "User:login"),
        ("someone@example.com", "someone"),
        ("team", "team"),
        ("a@b", "a@b"),
    ],
)
def test_an_owner_is_named_as_a_host_names_it(named: str, entity: str):
    assert owner_named(named) == entity


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b/c.yaml", True),
        ("*.yaml", "a/.b/c.yaml", True),
        ("*.yml", "a/c.yaml", False),
        ("/sub/", "sub/deep/c.yaml", True),
        ("/sub/", "a/sub/c.yaml", False),
        ("/sub", "sub/deep/c.yaml", True),
        ("sub/", "a/sub/c.yaml", True),
        ("sub/", "a/sub", False),
        ("docs/*", "docs/c.yaml", True),
        ("docs/*", "docs/deep/c.yaml", False),
        ("docs/*", "a/docs/c.yaml", False),
        ("docs/**", "docs/deep/c.yaml", True),
        ("**/logs", "a/b/logs/c.yaml", True),
        ("/a/**/c.yaml", "a/c.yaml", True),
        ("/a/**/c.yaml", "a/b/b/c.yaml", True),
        ("c.yaml", "a/c.yaml", True),
        ("/c?.yaml", "c1.yaml", True),
        ("/c?.yaml", "c.yaml", False),
        ("/a*b*c", "axxbxxbyyc", True),
        ("/a*b*c", "axxbxxbyyd", False),
        (r"/with\ space/", "with space/c.yaml", True),
        ("/", "any/where", True),
    ],
)
def test_a_pattern_is_like_gits(pattern: str, path: str, *, matches: bool):
    assert bool(owners(f"{pattern} @org/x", path)) is matches


def test_the_last_rule_that_matches_counts():
    assert owners("* @org/all\n*.yaml @org/yaml @org/more\n", "c.yaml") == ["@org/yaml", "@org/more"]


def test_a_last_rule_without_owners_says_that_nobody_owns_it():
    assert owners("* @org/all\n*.yaml\n", "c.yaml") == []


def test_comments_are_no_rules():
    assert owners("# * @org/no\n* @org/all # and nobody else\n", "c.yaml") == ["@org/all"]


def test_the_heading_of_a_section_names_owners_by_default():
    assert owners("^[Docs][2] @org/docs\n*.md\n*.yaml @org/yaml\n", "a.md") == ["@org/docs"]


def test_past_the_limit_rules_are_passed_over():
    assert owners("* @org/all\n" * MOST_RULES + "* @org/late\n", "a") == ["@org/all"]
