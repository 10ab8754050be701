"""Limits of descriptors: nothing that a text holds grows past them."""

import pytest

from cuelight.model import Limits, Problem, locate, parse_documents

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 30)
)


def problem(text: str, **limits: int) -> Problem:
    (document,) = parse_documents(text, limits=Limits(**limits))
    assert document.problem is not None
    return document.problem


def test_a_text_past_its_size_is_not_looked_at():
    found = problem("a: 1\nb: 2", characters=8)
    assert (found.rule, found.line) == ("yaml-limit", 1)
    assert found.message == "the file is larger than 8 characters; split it, or exclude it from discovery"


def test_an_alias_bomb_stops_at_the_limit_of_values():
    found = problem(BOMB, nodes=5_000)
    assert (found.rule, found.line) == ("yaml-limit", 4)


def test_values_of_all_documents_count_together():
    assert problem("a: 1\n---\nb: 2\n---\nc: 3", nodes=8).line == 5


def test_a_long_text_that_aliases_repeat_stops_at_the_limit_of_characters():
    assert problem(f"a: &a {'x' * 500}\nb: [{'*a, ' * 3}]", characters=1_200).line == 2


def test_long_keys_that_aliases_repeat_count_too():
    assert problem(f"a: &a {{{'k' * 500}: 1}}\nb: [{'*a, ' * 3}]", characters=1_200).line == 2


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_past_its_limit_is_a_problem_however_deep_it_goes_on(opening):
    assert problem(opening * 100_000).rule == "yaml-limit"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.parametrize("part", ["a", 0])
def test_a_place_is_not_looked_for_below_the_limit_of_nesting(opening, part):
    assert locate(opening * 100_000, 0, [part]).line == 1


def test_nesting_that_an_alias_adds_counts():
    assert problem("a: &a [[[x]]]\nb: [*a]", depth=5).line == 2


def test_nesting_up_to_its_limit_is_read():
    (document,) = parse_documents("a: [[x]]", limits=Limits(depth=4))
    assert document.value == {"a": [["x"]]}


def test_documents_past_their_limit_are_a_problem():
    assert problem("---\n" * 4, documents=3).line == 4


def test_lines_are_not_mended_for_ever():
    assert problem("a: 1\n" + "\t\n" * 2_000 + "b: 2", characters=10_000).rule == "yaml-syntax"
