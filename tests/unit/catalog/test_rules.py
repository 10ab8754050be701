"""Which kinds may come from where (cases 24 and 25)."""

from pathlib import Path
from typing import Any

import pytest

from cuelight.catalog.config import CatalogSection
from cuelight.catalog.engine import Conduct
from cuelight.catalog.rules import Allowance, Rule, Rules, Where
from cuelight.catalog.tables import PROBLEMS
from cuelight.model import LocationRef
from cuelight.options import InvalidConfiguration, convert
from tests.unit.catalog.world import ROOT, World, component, entity, given, location, world, yaml

HERE = LocationRef("url", "https://host/O/.hidden/catalog.yaml")
USER = {**component("ann"), "kind": "User", "spec": {"memberOf": []}}


def allowed(given: dict[str, Any], *where: Where, everywhere: bool = False, **allowance: str) -> bool:
    rule = Rule(allow=(Allowance(**allowance),), locations=None if everywhere else where)
    return Rules((rule,)).allow(given, HERE)


@pytest.mark.parametrize("kind", ["Component", "API", "Location"])
def test_without_rules_backstages_three_kinds_are_allowed(kind: str):
    assert Rules().allow({"kind": kind}, HERE)


def test_without_rules_no_other_kind_is_allowed():
    assert not Rules().allow({"kind": "User"}, HERE)


def test_no_rules_allow_nothing():
    assert not Rules(()).allow(entity("pay"), HERE)


def test_a_kind_is_allowed_in_any_case():
    assert allowed(entity("pay"), everywhere=True, kind="component")


def test_a_type_is_allowed_in_any_case():
    assert allowed(entity("pay", type="Service"), everywhere=True, kind="Component", type="service")


def test_another_type_of_an_allowed_kind_is_not_allowed():
    assert not allowed(entity("pay", type="library"), everywhere=True, kind="Component", type="service")


def test_an_entity_without_a_type_is_not_of_an_allowed_type():
    assert not allowed({"kind": "Component"}, everywhere=True, kind="Component", type="service")


def test_an_empty_list_of_locations_is_nowhere():
    assert not allowed(entity("pay"), kind="Component")


@pytest.mark.parametrize(
    ("where", "covered"),
    [
        (Where(type="url"), True),
        (Where(type="file"), False),
        (Where(type="url", exact=HERE.target), True),
        (Where(type="url", exact=HERE.target.lower()), False),
        (Where(type="url", pattern="https://host/o/**"), True),
        (Where(type="url", pattern="https://host/*/*/catalog.yaml"), True),
        (Where(type="url", pattern="https://host/**/catalog.yaml"), True),
        (Where(type="url", pattern="https://host/*"), False),
        (Where(type="url", pattern="https://host/o/?hidden/catalog.yaml"), True),
        (Where(type="url", pattern="https://host/{p,o}/**"), True),
        (Where(type="url", pattern="https://host/{p,q}/**"), False),
        (Where(type="url", pattern="https://host/{o}/**"), False),
        (Where(type="url", pattern="https://host/[n-p]/**"), True),
        (Where(type="url", pattern="https://host/[!o]/**"), False),
    ],
)
def test_a_rule_may_be_about_some_locations(where: Where, *, covered: bool):
    assert allowed(entity("pay"), where, kind="Component") is covered


def test_exact_and_pattern_together_are_refused():
    where = {"type": "url", "exact": "a", "pattern": "b"}
    with pytest.raises(InvalidConfiguration, match="has both exact and pattern"):
        convert({"rules": [{"allow": ["API"], "locations": [where]}]}, CatalogSection)


def test_no_rules_at_all_are_other_than_an_empty_list():
    assert convert({}, CatalogSection).conduct().rules == Rules()
    assert convert({"rules": []}, CatalogSection).conduct().rules == Rules(())


def test_a_configured_location_may_hold_what_its_own_rules_allow():
    here = {"type": "url", "target": HERE.target, "rules": [{"allow": ["User"]}]}
    rules = convert({"rules": [], "locations": [here]}, CatalogSection).conduct().rules
    assert [rules.allow(USER, origin) for origin in (HERE, LocationRef("url", "https://host/b"))] == [True, False]


def test_a_configured_file_is_meant_from_the_working_directory():
    here = {"type": "file", "target": "./org.yaml", "rules": [{"allow": ["User"]}]}
    section = convert({"rules": [], "locations": [here]}, CatalogSection)
    origin = LocationRef("file", str(Path.cwd() / "org.yaml"))
    assert section.conduct().rules.allow(USER, origin)
    assert [location.target for location in section.static()] == [origin.target]
    assert section.local_roots() == [Path.cwd(), Path.cwd()]


async def test_what_no_rule_allows_is_a_problem_and_the_rest_of_its_file_lives(catalog: World):
    catalog.files.held[ROOT] = yaml(component("pay"), USER)
    await catalog.give(location())
    (problem,) = await catalog.rows(PROBLEMS)
    assert problem["name"] == "NotAllowedError"
    assert problem["message"] == (
        f"Entity user:default/ann at url:{ROOT}, originated at url:{ROOT}, is not of an allowed kind for that location"
    )
    assert "component:default/pay" in await catalog.finals()


async def test_a_provider_gives_any_kind(catalog: World):
    await catalog.give(given("ann", kind="User"))
    assert "user:default/ann" in await catalog.finals()


async def test_the_location_that_counts_is_the_registered_one(tmp_path: Path):
    deep = "https://host/o/r/blob/main/deep.yaml"
    rules = Rules((*Rules().rules, Rule(allow=(Allowance(kind="User"),), locations=(Where(type="url", exact=ROOT),))))
    async with world(tmp_path, conduct=Conduct(rules=rules)) as catalog:
        catalog.files.held |= {
            ROOT: yaml({**component("all"), "kind": "Location", "spec": {"target": deep}}),
            deep: yaml(USER),
        }
        await catalog.give(location())
        assert "user:default/ann" in await catalog.finals()
