"""Says where an entity is looked at, edited, and where its sources are: annotations that its author may override."""

from collections.abc import Callable

from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import Run
from cuelight.processors import Ingredients
from cuelight.scm import Urls

VIEW = "backstage.io/view-url"
EDIT = "backstage.io/edit-url"
SOURCE = "backstage.io/source-location"


class AnnotateLocation:
    """Fills in view-url, edit-url and source-location from managed-by-location."""

    name = "AnnotateLocationEntityProcessor"

    def __init__(self, urls: Callable[[str], Urls | None]) -> None:
        self._urls = urls

    async def prepare(self, entity: Entity, run: Run) -> Entity:
        """*entity* with what its location tells; annotations that it has already stay."""
        if run.location.type != "url":
            return entity
        metadata = entity["metadata"]
        given = metadata.get("annotations") or {}
        if not isinstance(given, dict):
            return entity  # the schema says what is wrong with it
        told = annotations_of(run.location.target, self._urls(run.location.target))
        return {**entity, "metadata": {**metadata, "annotations": {**told, **given}}}

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing: all is said before."""


def annotations_of(url: str, urls: Urls | None) -> dict[str, str]:
    """What the file at *url* tells by its address alone; without *urls*, of a host that is not configured, only a view."""
    if urls is None:
        return {VIEW: url}
    edit = urls.edit(url)
    return {VIEW: url, **({EDIT: edit} if edit else {}), SOURCE: f"url:{urls.source(url)}"}


def build(ingredients: Ingredients) -> Processor:
    """The processor."""
    return AnnotateLocation(ingredients.urls)
