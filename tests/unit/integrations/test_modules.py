from importlib.metadata import EntryPoint

import pytest

import cuelight.integrations
from cuelight.errors import ConfigurationError
from cuelight.integrations import GROUP, modules


@pytest.fixture
def installed(monkeypatch):
    """Lets a test say which entry points are installed."""

    def install(*values):
        entries = [EntryPoint(name=value, value=value, group=GROUP) for value in values]
        monkeypatch.setattr(cuelight.integrations, "entry_points", lambda group: entries if group == GROUP else [])

    return install


def test_the_built_in_integrations_are_found_by_listing_the_package():
    assert "github" in [module.name for module in modules()]


def test_an_integration_of_others_is_found_through_its_entry_point(installed):
    installed("tests.unit.integrations.third_party:MODULE")

    assert "thirdparty" in [module.name for module in modules()]


@pytest.mark.parametrize(
    "value", ["no.such.module:MODULE", "tests.unit.integrations.third_party:missing", "json:loads"]
)
def test_an_entry_point_that_leads_to_no_module_is_named(installed, value):
    installed(value)

    with pytest.raises(ConfigurationError, match=value.partition(":")[0].replace(".", r"\.")):
        modules()


def test_two_integrations_of_one_name_are_refused(installed):
    installed("cuelight.integrations.github:MODULE")

    with pytest.raises(ConfigurationError, match="github"):
        modules()
