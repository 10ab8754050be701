"""Finding processors, and which of them are wanted."""

from collections.abc import Callable
from typing import Any

import pytest

from cuelight import processors
from cuelight.catalog.config import CatalogSection
from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.run import Run
from cuelight.options import convert
from cuelight.processors import Ingredients, find_processors

DEFAULT = ["PlaceholderProcessor", "LocationReader", "AnnotateLocationEntityProcessor"]


class Foreign:
    """A processor of a third party."""

    name = "Foreign"

    async def prepare(self, entity: Entity, run: Run) -> Entity:  # noqa: ARG002 -- the protocol names it
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing."""


def named(**catalog: Any) -> list[str]:
    """The processors under this `catalog` section, in order."""
    section = convert(catalog, CatalogSection, "catalog")
    found = find_processors(Ingredients(urls=lambda _url: None, preferences=section.preferences()))
    return [processor.name for processor in found]


def test_the_processors_of_the_package_are_found_by_listing_it():
    assert named() == DEFAULT


def test_a_processor_may_be_disabled():
    assert named(processorOptions={"PlaceholderProcessor": {"disabled": True}}) == DEFAULT[1:]


def test_a_processor_of_a_lower_priority_works_earlier():
    options = {"AnnotateLocationEntityProcessor": {"priority": 10}}
    assert named(processorOptions=options) == [DEFAULT[2], *DEFAULT[:2]]


def test_without_default_processors_annotations_are_left_out():
    assert named(disableDefaultProcessors=True) == DEFAULT[:2]


@pytest.mark.parametrize(
    ("catalog", "name"),
    [
        ({"processors": {"codeowners": True}}, "CodeOwnersProcessor"),
        ({"processorOptions": {"CodeOwnersProcessor": {"disabled": False}}}, "CodeOwnersProcessor"),
        ({"processors": {"annotateScmSlug": True}}, "AnnotateScmSlugEntityProcessor"),
        ({"processors": {"annotateScmSlug": {"kinds": ["API"]}}}, "AnnotateScmSlugEntityProcessor"),
        (
            {"processorOptions": {"AnnotateScmSlugEntityProcessor": {"disabled": False}}},
            "AnnotateScmSlugEntityProcessor",
        ),
    ],
)
def test_a_processor_of_the_community_works_where_it_is_asked_for(catalog: dict[str, Any], name: str):
    assert named(**catalog) == [*DEFAULT, name]


def test_a_processor_of_others_comes_after_our_own(entry_point: Callable[[object], None]):
    entry_point(lambda _ingredients: Foreign())
    assert named() == [*DEFAULT, "Foreign"]


def test_a_processor_of_others_may_be_disabled(entry_point: Callable[[object], None]):
    entry_point(lambda _ingredients: Foreign())
    assert named(processorOptions={"Foreign": {"disabled": True}}) == DEFAULT


@pytest.fixture
def entry_point(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Registers a builder as another distribution would."""

    class Point:
        name = value = "foreign"

        def __init__(self, build: object) -> None:
            self.load = lambda: build

    def register(build: object) -> None:
        monkeypatch.setattr(processors, "entry_points", lambda group: [Point(build)])  # noqa: ARG005 -- its name

    return register
