"""Descriptors of public repositories, spoilt in every way: each document is an entity, or a problem with its line."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.catalog import File, Found
from cuelight.catalog.problem import ERROR, Problem
from cuelight.model import Document, InvalidEntity, check_envelope, locate, parse_documents
from tests.corpus import corpus
from tests.unit.processors.bench import FILE, Bench

FILES = sorted(corpus("descriptors").glob("*.yaml")) + sorted(corpus("golden", "repositories").rglob("*.yaml"))
TEXTS = [text for text in (file.read_bytes() for file in FILES) if 0 < len(text) < 20_000]
# fmt: off
PIECES = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc2\x85", b"\xe2\x80\xa8", b"\r\n", b"\r", b"\t", b"#",
    b"&a ", b"*a", b"<<: *a\n", b"!!binary ", b"!foo ", b"!!python/object:os.system ", b"%YAML 1.1\n", b"---\n", b"...\n",
    b"? ", b"[", b"{", b"- ", b": ", b"|\n", b">-\n", b'"', b"'", b'"\\ud800"', b"{$text: x}", b"$json: {}\n", b"{$yaml: /y}",
    b".inf", b".nan", b"1e400", b"-0", b"0x" + b"f" * 400, b"9" * 5_000, b"null", b"~", b"true", b"__proto__: 1\n",
    b"metadata: []\n", b"spec: null\n", b"name: {a: b}\n", b"links: [x]\n", b"annotations: 5\n",
)
# fmt: on


class Edit(NamedTuple):
    """Bytes at `at` (a share of the text) that become `piece`, `times` over."""

    at: float
    length: int
    piece: bytes
    times: int

    def apply(self, text: bytes) -> bytes:
        """*text* with it."""
        start = int(self.at * len(text))
        return text[:start] + self.piece * self.times + text[start + self.length :]


EDITS = st.lists(
    st.builds(
        Edit,
        st.floats(0, 1),
        st.integers(0, 40) | st.just(1_000_000),
        st.sampled_from(PIECES) | st.binary(max_size=6),
        st.sampled_from((1, 1, 1, 2, 500)),
    ),
    min_size=1,
    max_size=5,
)


def spoilt(text: bytes, edits: Sequence[Edit]) -> bytes:
    for edit in edits:
        text = edit.apply(text)
    return text


async def problems_of(document: Document, text: bytes) -> Sequence[Problem]:
    """What is wrong with *document* of *text*; none where it is an entity."""
    if document.problem:
        found = document.problem
        return [Problem(rule=found.rule, message=found.message, line=found.line, column=found.column)]
    try:
        check_envelope(document.value)
    except InvalidEntity as error:
        place = locate(text, document.index, error.violation.path)
        return [Problem(rule=error.violation.rule, message=error.message, line=place.line, column=place.column)]
    outcome = await Bench({FILE: Found(files=(File(url=FILE, content=text),))}).run(document.value or {})
    assert outcome.processed or outcome.problems
    return [each for each in outcome.problems if each.level == ERROR and not each.rule.startswith("target")]


@given(st.sampled_from(TEXTS), EDITS)
async def test_whatever_is_done_to_a_descriptor_its_documents_are_entities_or_problems_with_lines(text, edits):
    changed = spoilt(text, edits)
    for document in parse_documents(changed):
        assert all(each.line for each in await problems_of(document, changed) if each.rule != "location-type")


@pytest.mark.parametrize("piece", PIECES)
async def test_a_piece_in_the_middle_of_a_descriptor_spoils_it_at_most(piece):
    changed = Edit(0.5, 0, piece, 1).apply(max(TEXTS, key=len))
    for document in parse_documents(changed):
        assert all(each.line for each in await problems_of(document, changed) if each.rule != "location-type")
