"""Gives an entity that names no owner the one that its repository's CODEOWNERS names for its file.

Of Backstage's community, and off until `catalog.processors.codeowners` is true. A change of CODEOWNERS wakes the entities that
depend on it, and so does a first one.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from cuelight.catalog.documents import Entity
from cuelight.catalog.problem import WARNING, Problem
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import Run, StillUnread
from cuelight.catalog.reader import Found, Pending, Unreadable
from cuelight.processors import Ingredients
from cuelight.processors.codeowners.rules import OwnerRules, owner_named
from cuelight.scm import Urls

NAME: Final = "CodeOwnersProcessor"
KINDS: Final = frozenset({"API", "Component", "Domain", "Resource", "System"})
"""The kinds that have an owner."""


class CodeOwners:
    """Fills in `spec.owner`."""

    name = NAME

    def __init__(self, urls: Callable[[str], Urls | None]) -> None:
        self._urls = urls
        self._last: tuple[bytes, OwnerRules] = (b"", OwnerRules(()))

    async def prepare(self, entity: Entity, run: Run) -> Entity:
        """*entity* with an owner, where one is known; itself where it has one. `StillUnread` while CODEOWNERS is."""
        spec = entity.get("spec", {})
        urls = self._urls(run.location.target) if run.location.type == "url" else None
        if entity["kind"] not in KINDS or not isinstance(spec, dict) or spec.get("owner") or urls is None:
            return entity
        place = urls.place(run.location.target)
        content = await _found(urls.customs.owners, run)
        if place is None or content is None:
            return entity
        owners = self._rules(content).owners_of(place.path)
        return {**entity, "spec": {**spec, "owner": owner_named(owners[0])}} if owners else entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing: all is said before."""

    def _rules(self, content: bytes) -> OwnerRules:
        """The rules in *content*; the last are kept, as many entities of one repository come together."""
        if self._last[0] != content:
            self._last = (content, OwnerRules.read(content))
        return self._last[1]


def build(ingredients: Ingredients) -> Processor | None:
    """The processor, where it is wanted."""
    wanted = ingredients.preferences.wants(NAME, default=ingredients.preferences.owners)
    return CodeOwners(ingredients.urls) if wanted else None


async def _found(paths: Sequence[str], run: Run) -> bytes | None:
    """The first file of *paths* that is there; each is depended on, as one that comes first may appear."""
    addresses = [run.resolve(f"/{path}") for path in paths]
    answers: list[tuple[str, Any]] = [(address, await run.read(address)) for address in addresses]
    for address, answer in answers:
        if isinstance(answer, Pending):
            run.want(address)
    for address, answer in answers:
        if isinstance(answer, Pending):
            raise StillUnread(f"{address} is being read: {answer.reason}")
        if isinstance(answer, Unreadable):
            message = f"{address} cannot be read, so that no owner is taken from it: {answer.reason}"
            run.report(Problem(rule="codeowners-unreadable", level=WARNING, message=message, url=address))
        if isinstance(answer, Found):
            return answer.files[0].content
    return None
