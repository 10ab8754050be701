"""One self-contained text of an API definition that is spread over files: what its external `$ref`s name is put in their place.

The first reference to something is replaced by it, later ones by a reference to that place: so nothing is there twice, and what
refers to itself still does. References within the first file stay, and so do those to files of other repositories.
"""

from typing import Any, Final
from urllib.parse import quote, unquote

from cuelight.model import yaml_text
from cuelight.processors.placeholders.files import Files, Misread, Page
from cuelight.processors.placeholders.values import yaml_value

MOST_FILES: Final = 500
"""Files of one definition."""
MOST_NODES: Final = 300_000
"""Values of one definition with everything in its place."""
REFERENCE_NODES: Final = 20
"""Values that a reference counts as, for the work that it is."""
DEEPEST: Final = 150
"""Levels of nesting of the same."""

_POINTER_SAFE: Final = "/~!$&'()*+,;=:@-._"


async def bundled(page: Page, files: Files) -> str:
    """The definition in *page* with what it refers to, as YAML; `Misread` where that cannot be had."""
    try:
        definition = yaml_value(page)
        whole = await _Bundle(page.url, definition, files).whole() if _has_reference(definition) else definition
    except Misread as error:
        raise Misread(f"unable to bundle the file at {page.value}, Error: {error.message}") from None
    return yaml_text(whole)


class _Bundle:
    """Work on one definition. A target is an address with a JSON pointer."""

    def __init__(self, url: str, definition: Any, files: Files) -> None:
        self._url = url
        self._files = files
        self._documents: dict[str, Any] = {url: definition}
        self._placed: dict[tuple[str, str], str] = {}
        self._nodes = 0

    async def whole(self) -> Any:
        """The definition with everything in its place."""
        return await self._inlined(self._documents[self._url], "", self._url, 0)

    async def _inlined(self, value: Any, at: str, url: str, depth: int) -> Any:
        """*value*, of the file at *url*, as it is to stand at the pointer *at*."""
        if not isinstance(value, (dict, list)):
            return value
        self._count(len(value), depth)
        if isinstance(value, list):
            return [
                await self._inlined(item, f"{at}/{index}", url, depth + 1) if isinstance(item, (dict, list)) else item
                for index, item in enumerate(value)
            ]
        if isinstance(value.get("$ref"), str):
            return await self._reference(value, at, url, depth)
        return {
            key: await self._inlined(item, f"{at}/{_escaped(key)}", url, depth + 1)
            if isinstance(item, (dict, list))
            else item
            for key, item in value.items()
        }

    async def _reference(self, value: dict[str, Any], at: str, url: str, depth: int) -> Any:
        address, _, fragment = value["$ref"].partition("#")
        file = self._files.beside(address, url) if address else url
        if not self._files.is_near(file):
            return {**value, "$ref": f"{file}#{fragment}" if fragment else file}
        pointer = unquote(fragment).rstrip("/")
        if file == self._url:
            return {**value, "$ref": f"#{fragment}"}
        if (file, pointer) in self._placed:
            return {**value, "$ref": f"#{self._placed[file, pointer]}"}
        return await self._brought(value, (file, pointer), at, depth)

    async def _brought(self, value: dict[str, Any], target: tuple[str, str], at: str, depth: int) -> Any:
        """What *value* refers to, with what stands beside the reference; that alone is not what others mean."""
        file, pointer = target
        self._count(REFERENCE_NODES, depth)
        beside = {key: item for key, item in value.items() if key != "$ref"}
        self._placed[target] = at
        found = _pointed(await self._document(file, value["$ref"]), pointer, value["$ref"])
        brought = await self._inlined(found, at, file, depth + 1)
        if not beside:
            return brought
        del self._placed[target]
        return {**brought, **beside} if isinstance(brought, dict) else brought

    async def _document(self, url: str, reference: str) -> Any:
        """The value of the file at *url*; None while it is not read yet."""
        if url not in self._documents:
            if len(self._documents) >= MOST_FILES:
                raise Misread(f"it refers to more than {MOST_FILES} files; bundle them in the repository")
            page = await self._files.read(reference, url)
            self._documents[url] = None if page is None else yaml_value(page)
        return self._documents[url]

    def _count(self, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > MOST_NODES:
            raise Misread(f"it has more than {MOST_NODES} values with what it refers to; split it")
        if depth > DEEPEST:
            raise Misread(f"it has more than {DEEPEST} levels of nesting with what it refers to; simplify it")


def _has_reference(definition: Any) -> bool:
    """Whether some `$ref` of *definition* leaves its file."""
    waiting = [definition]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                return True
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return False


def _pointed(document: Any, pointer: str, reference: str) -> Any:
    """What *pointer* means in *document*; None where that was not read yet."""
    value = document
    for token in pointer.split("/")[1:] if document is not None else ():
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise Misread(f'{reference} leads nowhere: there is no "{key}"')
    return value


def _escaped(key: str) -> str:
    return quote(key.replace("~", "~0").replace("/", "~1"), safe=_POINTER_SAFE)
