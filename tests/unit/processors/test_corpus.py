"""Descriptors of public repositories through the whole pipeline: nothing crashes, and what is refused is refused with a reason."""

import pytest

from cuelight.catalog.problem import Problem
from cuelight.catalog.processing.outcome import Outcome
from cuelight.model import InvalidEntity, check_envelope, parse_documents
from tests.corpus import corpus
from tests.unit.processors.bench import FILE, Bench
from tests.verdicts import judge, verdicts

TEXTS = {file.name: file.read_bytes().decode() for file in sorted(corpus("descriptors").glob("*.yaml"))}


async def outcomes(text: str) -> dict[int, Outcome | None]:
    """What becomes of each document of *text*, from 1; None of one that is none, or has no name."""
    bench = Bench({FILE: text})
    found: dict[int, Outcome | None] = {}
    for document in parse_documents(text):
        try:
            check_envelope(document.value)
        except InvalidEntity:
            found[document.index + 1] = None
        else:
            assert document.value is not None
            found[document.index + 1] = await bench.run(document.value)
    return found


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_a_public_descriptor_is_processed_or_refused_with_a_place(text: str):
    for outcome in (await outcomes(text)).values():
        errors = [problem for problem in outcome.problems if problem.level == "error"] if outcome else []
        assert outcome is None or outcome.processed or errors
        assert all(problem.line or _is_about_targets(problem) for problem in errors)


async def test_nearly_all_documents_get_backstages_verdict():
    ours = {name: await outcomes(text) for name, text in TEXTS.items()}
    judge("model", [each for each in verdicts() if _accepted(ours[each.file].get(each.number)) != each.accepted])


def _accepted(outcome: Outcome | None) -> bool:
    """Whether the entity itself is good: its targets and what it names are not there."""
    if outcome is None:
        return False
    return not any(problem.level == "error" and not _is_about_targets(problem) for problem in outcome.problems)


def _is_about_targets(problem: Problem) -> bool:
    return problem.rule == "location-type" or problem.rule.startswith("target")
