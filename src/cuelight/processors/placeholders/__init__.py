"""Fills in what an entity names instead of saying: an object whose only key is `$text`, `$json`, `$yaml`, `$openapi` or
`$asyncapi` becomes what the file at its value holds.

The file is one of the entity's own repository. A change of it, and of every file that a definition refers to, wakes the entity.
Other keys that begin with `$` are the author's business (JSON schemas have `$ref`).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from cuelight.catalog.documents import Entity
from cuelight.catalog.processing.processor import Processor
from cuelight.catalog.processing.run import Run, StillUnread
from cuelight.model import InvalidEntity, Violation, replaced
from cuelight.processors import Ingredients
from cuelight.processors.placeholders.definition import bundled
from cuelight.processors.placeholders.files import Files, Misread, Page
from cuelight.processors.placeholders.values import json_value, text_value, yaml_value

MOST_PLACEHOLDERS: Final = 200
"""Placeholders of one entity."""

_PLAIN: Final = {"text": text_value, "json": json_value, "yaml": yaml_value}
_DEFINITIONS: Final = frozenset({"openapi", "asyncapi"})
_KNOWN: Final = _DEFINITIONS.union(_PLAIN)
_NESTED: Final = (dict, list)


class Placeholder(msgspec.Struct, frozen=True):
    """`{$key: value}` at *path* of an entity."""

    path: tuple[str | int, ...]
    key: str
    value: Any


class Placeholders:
    """Replaces the placeholders of each entity, before it is validated."""

    name = "PlaceholderProcessor"

    def __init__(self, ingredients: Ingredients) -> None:
        self._urls = ingredients.urls

    async def prepare(self, entity: Entity, run: Run) -> Entity:
        """*entity* with its placeholders filled in; `InvalidEntity` (rule `placeholder`) where one cannot be."""
        found = list(placeholders_in(entity))
        if len(found) > MOST_PLACEHOLDERS:
            message = (
                f"an entity may have {MOST_PLACEHOLDERS} placeholders, this one has {len(found)}; write some values out"
            )
            raise InvalidEntity(Violation("placeholder", found[-1].path, message))
        files = Files(run, self._urls)
        for placeholder in found:
            entity = replaced(entity, placeholder.path, await _filled(placeholder, files))
        if files.pending:
            raise StillUnread(f"{files.pending[0].url} is being read: {files.pending[0].reason}")
        return entity

    async def finish(self, entity: Entity, run: Run) -> None:
        """Nothing: all is said before."""


def build(ingredients: Ingredients) -> Processor:
    """The processor."""
    return Placeholders(ingredients)


def placeholders_in(entity: Entity) -> Iterator[Placeholder]:
    """The placeholders of *entity*. What is beside or below another key with `$` is none."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), entity)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, list):
            waiting += [((*path, index), item) for index, item in enumerate(value) if isinstance(item, _NESTED)]
        elif isinstance(value, dict):
            if "$" in {key[:1] for key in value}:
                yield from _known(path, value)
            else:
                waiting += [((*path, key), item) for key, item in value.items() if isinstance(item, _NESTED)]


def _known(path: tuple[str | int, ...], value: dict[str, Any]) -> Iterator[Placeholder]:
    key = next(iter(value))[1:]
    if len(value) == 1 and key in _KNOWN:
        yield Placeholder(path, key, value[f"${key}"])


async def _filled(placeholder: Placeholder, files: Files) -> Any:
    """What *placeholder* stands for; itself as long as its file is not read yet."""
    try:
        page = await files.named(placeholder.value)
        return placeholder.value if page is None else await _value(placeholder, page, files)
    except Misread as error:
        message = f"Placeholder ${placeholder.key} {error.message}"
        raise InvalidEntity(Violation("placeholder", placeholder.path, message)) from None


async def _value(placeholder: Placeholder, page: Page, files: Files) -> Any:
    if placeholder.key in _DEFINITIONS:
        return await bundled(page, files)
    return _PLAIN[placeholder.key](page)
