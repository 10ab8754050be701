"""`filter=` parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.errors import InputError
from cuelight.model import Condition, Filter, parse_filters


def one(parameter: str) -> list[Condition]:
    found = parse_filters([parameter])
    assert found is not None
    (conditions,) = found.any_of
    return list(conditions)


def test_statements_of_one_parameter_must_all_hold():
    assert one("kind=component,spec.type=service") == [
        Condition("kind", ("component",)),
        Condition("spec.type", ("service",)),
    ]


def test_several_parameters_are_alternatives():
    assert parse_filters(["kind=component,spec.type=service", "kind=group"]) == Filter(
        ((Condition("kind", ("component",)), Condition("spec.type", ("service",))), (Condition("kind", ("group",)),))
    )


def test_a_key_given_twice_asks_for_either_value():
    assert one("kind=user,kind=group") == [Condition("kind", ("user", "group"))]


def test_a_bare_key_asks_that_it_exists():
    assert one("metadata.labels.x") == [Condition("metadata.labels.x")]


@pytest.mark.parametrize("parameter", ["a,a=1", "a=1,a"])
def test_a_key_given_bare_and_with_a_value_asks_for_the_value(parameter):
    assert one(parameter) == [Condition("a", ("1",))]


def test_an_empty_value_is_a_value():
    assert one("a=") == [Condition("a", ("",))]


def test_only_the_first_equals_sign_divides():
    assert one("a=b=c") == [Condition("a", ("b=c",))]


def test_keys_and_values_are_compared_in_lower_case_and_trimmed():
    assert one(" KIND = Component ") == [Condition("kind", ("component",))]


@pytest.mark.parametrize("statement", ["=x", "=", "= "])
def test_a_statement_without_a_key_is_refused(statement):
    with pytest.raises(InputError) as refusal:
        parse_filters([statement])
    assert refusal.value.message == (
        f"Invalid filter, '{statement.strip()}' is not a valid statement (expected a string on the form a=b or a= or a)"
    )


@pytest.mark.parametrize("parameters", [[], [""], [" , ,"], ["", ","]])
def test_parameters_without_statements_ask_for_nothing(parameters):
    assert parse_filters(parameters) is None


def test_more_statements_than_the_limit_are_refused():
    with pytest.raises(InputError, match="more than 1000 statements"):
        parse_filters([",".join(["a"] * 1_001)])


@given(st.lists(st.text(alphabet="ab=, A")))
def test_any_parameters_are_a_filter_nothing_or_an_input_error(parameters):
    try:
        found = parse_filters(parameters)
    except InputError:
        return
    assert found is None or all(found.any_of)
