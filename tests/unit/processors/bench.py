"""The pipeline on one entity: files in a dict, on a host that is configured as GitHub's, and no database."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import msgspec

from cuelight.catalog import Answer, Cause, Pending, Rules
from cuelight.catalog.processing.outcome import Outcome
from cuelight.catalog.processing.pipeline import Pipeline
from cuelight.catalog.processing.preferences import Preferences
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import Surroundings
from cuelight.catalog.processing.subject import Subject
from cuelight.catalog.rules import Allowance, Rule
from cuelight.db import Parameters, Row, Statement
from cuelight.integrations.github.urls import GitHubUrls
from cuelight.model import ref_of
from cuelight.processors import Ingredients, find_processors
from cuelight.scm import Urls
from tests.unit.catalog.world import Files

HUB = GitHubUrls("hub", "https://raw.hub")
TREE = "https://hub/o/r/tree/main"
FILE = f"{TREE}/sub/catalog-info.yaml"
UNREAD = Pending(reason="o/r was not read yet")


class Bench:
    """Runs entities of the file `sub/catalog-info.yaml` of o/r. `files`: by their paths in o/r, or whole addresses."""

    def __init__(
        self,
        files: Mapping[str, str | Answer] | None = None,
        *,
        preferences: Preferences | None = None,
        processors: Sequence[Processor] = (),
        file: str = FILE,
    ) -> None:
        self.reader = HubFiles()
        self.reader.held = {address(name): held for name, held in (files or {}).items()}
        self._file = file
        own = find_processors(Ingredients(urls=urls_of, preferences=preferences or Preferences()))
        self._pipeline = Pipeline([*own, *processors])

    async def run(self, entity: Mapping[str, Any]) -> Outcome:
        """What becomes of *entity*."""
        placed = {**entity, "metadata": {**entity["metadata"], "annotations": self._annotations()}}
        subject = Subject(
            entity_id="1",
            ref=ref_of(entity),
            entity=placed,
            generation=1,
            attempts=0,
            claim="c",
            cause=Cause(id="test", at=0),
        )
        return await self._pipeline.process(subject, Surroundings(NoRows(), self.reader, ANYTHING))

    async def spec(self, entity: Mapping[str, Any]) -> Any:
        """The spec that *entity* ends with."""
        return (await self.entity(entity))["spec"]

    async def entity(self, entity: Mapping[str, Any]) -> Any:
        """What *entity* ends as."""
        outcome = await self.run(entity)
        assert outcome.processed, outcome.problems
        return msgspec.json.decode(outcome.processed)

    async def complaint(self, entity: Mapping[str, Any]) -> str:
        """What its status says of *entity*, which fails."""
        outcome = await self.run(entity)
        assert outcome.processed is None
        (shown,) = [problem for problem in outcome.problems if problem.level == "error"]
        return shown.message

    def _annotations(self) -> Mapping[str, str]:
        text = self._file if self._file.startswith("file:") else f"url:{self._file}"
        return {"backstage.io/managed-by-location": text, "backstage.io/managed-by-origin-location": text}


class HubFiles(Files):
    """Files whose addresses are resolved as their host does it."""

    def resolve(self, url: str, base: str) -> str:
        return HUB.resolve(url, base) if HUB.place(base) else super().resolve(url, base)


class NoRows:
    """In the place of a snapshot: these files are in none."""

    async def fetch(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Row]:
        self._refuse(statement, parameters)

    async def fetch_one(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        self._refuse(statement, parameters)

    def now(self) -> int:
        return 0

    def _refuse(self, *_asked: object) -> NoReturn:
        raise AssertionError("a processor asked the database")


KINDS = ("API", "Component", "Location", "System", "Group", "Gizmo")
ANYTHING = Rules((Rule(allow=tuple(Allowance(kind=kind) for kind in KINDS)),))


def urls_of(url: str) -> Urls | None:
    """How the host of *url* spells its addresses."""
    return HUB if HUB.place(url) else None


def address(name: str) -> str:
    """The address of the file at the path *name*; an address as it is."""
    return name if ":" in name else f"{TREE}/{name}"


def api(definition: Any, **spec: Any) -> dict[str, Any]:
    """An API with this definition."""
    body = {"type": "openapi", "lifecycle": "production", "owner": "team", "definition": definition, **spec}
    return {"apiVersion": "backstage.io/v1alpha1", "kind": "API", "metadata": {"name": "pets"}, "spec": body}
