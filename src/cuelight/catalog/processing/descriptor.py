"""Finding an entity's own text again, once something is wrong with it and somebody must be told the line."""

from collections.abc import Sequence

import msgspec

from cuelight.catalog.problem import Problem
from cuelight.catalog.processing.run import Run
from cuelight.catalog.reader import File, Found
from cuelight.model import Document, InvalidEntity, check_envelope, locate, parse_documents, ref_of


async def located(problem: Problem, path: Sequence[str | int], run: Run) -> Problem:
    """*problem* with the place of the field at *path*, where the file that the run's entity came from is known."""
    if run.location.type != "url":
        return problem
    named = msgspec.structs.replace(problem, url=run.location.target)
    file = await _file(run)
    document = _document(file, run.ref) if file else None
    if file is None or document is None:
        return named
    place = locate(file.content, document.index, path)
    return msgspec.structs.replace(named, line=place.line, column=place.column)


async def _file(run: Run) -> File | None:
    answer = await run.peek(run.location.target)
    return answer.files[0] if isinstance(answer, Found) and len(answer.files) == 1 else None


def _document(file: File, ref: str) -> Document | None:
    return next((each for each in parse_documents(file.content) if _describes(each, ref)), None)


def _describes(document: Document, ref: str) -> bool:
    try:
        check_envelope(document.value)
    except InvalidEntity:
        return False
    return document.value is not None and ref_of(document.value) == ref
