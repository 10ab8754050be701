"""Says which repository an entity's file is in, under the annotation that its host's plugins go by.

Of Backstage's community, and off until `catalog.processors.annotateScmSlug` names kinds, or is true (then: Component).
"""

from collections.abc import Callable, Collection

from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import Run
from cuelight.processors import Ingredients
from cuelight.scm import Urls

NAME = "AnnotateScmSlugEntityProcessor"


class AnnotateScmSlug:
    """Fills in `github.com/project-slug` and its like, on entities of some *kinds*."""

    name = NAME

    def __init__(self, urls: Callable[[str], Urls | None], kinds: Collection[str]) -> None:
        self._urls = urls
        self._kinds = frozenset(kind.lower() for kind in kinds)

    async def prepare(self, entity: Entity, run: Run) -> Entity:
        """*entity* with the slug of its repository; one that it has already stays."""
        if run.location.type != "url" or entity["kind"].lower() not in self._kinds:
            return entity
        metadata = entity["metadata"]
        given = metadata.get("annotations") or {}
        told = slug_of(run.location.target, self._urls(run.location.target))
        if not isinstance(given, dict) or not told:
            return entity
        missing = {name: slug for name, slug in told.items() if not given.get(name)}
        return {**entity, "metadata": {**metadata, "annotations": {**given, **missing}}}

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing: all is said before."""


def slug_of(url: str, urls: Urls | None) -> dict[str, str]:
    """The annotation for the file at *url*; none where its host has no such annotation, or is not configured."""
    place = urls.place(url) if urls else None
    if urls is None or place is None or urls.customs.slug is None:
        return {}
    return {urls.customs.slug: place.full_name}


def build(ingredients: Ingredients) -> Processor | None:
    """The processor, where kinds are named."""
    preferences = ingredients.preferences
    wanted = preferences.slugged or (("Component",) if preferences.wants(NAME, default=False) else ())
    return AnnotateScmSlug(ingredients.urls, wanted) if wanted else None
