"""Finding an entity's own text again, once something is wrong with it and somebody must be told the line."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from cuelight.catalog.problem import Problem
from cuelight.catalog.processing.run import Run, address_of
from cuelight.catalog.reader import File, Found
from cuelight.model import InvalidEntity, Places, check_envelope, parse_documents, ref_of


class Descriptors:
    """Finds fields in files. What the last file describes is kept, as many entities of one file come together."""

    def __init__(self) -> None:
        self._last: tuple[bytes, Mapping[str, int]] = (b"", {})

    async def located(
        self, problems: Sequence[Problem], paths: Sequence[Sequence[str | int]], run: Run
    ) -> Sequence[Problem]:
        """Each of *problems* with the place of the field at its path, where the file of the run's entity is known."""
        address = address_of(run.location)
        named = [msgspec.structs.replace(problem, url=address) for problem in problems]
        file = await _file(address, run)
        line = self._lines(file.content).get(run.ref) if file else None
        if file is None or line is None:
            return named
        places = Places(file.content, 0, line=line)
        found = [places.of(path) for path in paths]
        return [
            msgspec.structs.replace(problem, line=place.line, column=place.column)
            for problem, place in zip(named, found, strict=True)
        ]

    def _lines(self, content: bytes) -> Mapping[str, int]:
        """Where each entity that *content* describes begins; of several with one ref the last one, which counts."""
        if self._last[0] != content:
            self._last = (content, dict(_described(content)))
        return self._last[1]


async def _file(address: str, run: Run) -> File | None:
    answer = await run.peek(address)
    return answer.files[0] if isinstance(answer, Found) and len(answer.files) == 1 else None


def _described(content: bytes) -> Iterator[tuple[str, int]]:
    for document in parse_documents(content):
        try:
            check_envelope(document.value)
        except InvalidEntity:
            continue
        if document.value is not None:
            yield ref_of(document.value), document.line
