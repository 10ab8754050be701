"""Finding an entity's own text again, once something is wrong with it and somebody must be told the line."""

from collections.abc import Sequence

import msgspec

from cuelight.catalog.problem import Problem
from cuelight.catalog.processing.run import Run, address_of
from cuelight.catalog.reader import File, Found
from cuelight.model import Document, InvalidEntity, Places, check_envelope, parse_documents, ref_of


async def located(problems: Sequence[Problem], paths: Sequence[Sequence[str | int]], run: Run) -> Sequence[Problem]:
    """Each of *problems* with the place of the field at its path, where the file that the run's entity came from is known."""
    address = address_of(run.location)
    named = [msgspec.structs.replace(problem, url=address) for problem in problems]
    file = await _file(address, run)
    document = _document(file, run.ref) if file else None
    if file is None or document is None:
        return named
    places = Places(file.content, document.index)
    found = [places.of(path) for path in paths]
    return [
        msgspec.structs.replace(problem, line=place.line, column=place.column)
        for problem, place in zip(named, found, strict=True)
    ]


async def _file(address: str, run: Run) -> File | None:
    answer = await run.peek(address)
    return answer.files[0] if isinstance(answer, Found) and len(answer.files) == 1 else None


def _document(file: File, ref: str) -> Document | None:
    return next((each for each in parse_documents(file.content) if _describes(each, ref)), None)


def _describes(document: Document, ref: str) -> bool:
    try:
        check_envelope(document.value)
    except InvalidEntity:
        return False
    return document.value is not None and ref_of(document.value) == ref
