"""Refs: read, written, taken from entities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.errors import InputError
from cuelight.model import Ref, parse_ref, read_ref, ref_of

PART = st.text(min_size=1).filter(lambda text: not set(text) & set(":/"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("component:default/payments", ("component", "default", "payments")),
        ("component:payments", ("component", "default", "payments")),
        ("a:b:c", ("a", "default", "b:c")),
        ("k:ns/a/b", ("k", "ns", "a/b")),
        ("x:y:z/w", ("x", "y:z", "w")),
        ("Component:Default/Payments", ("Component", "Default", "Payments")),
    ],
)
def test_the_first_colon_and_the_first_slash_divide_a_ref(text, parts):
    assert parse_ref(text) == Ref(*parts)


def test_a_colon_after_the_slash_belongs_to_the_name():
    assert parse_ref("ns/a:b", default_kind="component") == Ref("component", "ns", "a:b")


def test_the_context_fills_in_what_a_ref_leaves_out():
    assert parse_ref("team-a", default_kind="Group", default_namespace="x") == Ref("Group", "x", "team-a")


@pytest.mark.parametrize("text", ["k:", "/a", ":a", "k:/a", "a/", ":", "/", ":/"])
def test_a_ref_with_an_empty_part_is_refused(text):
    with pytest.raises(InputError) as refusal:
        parse_ref(text, default_kind="component")
    assert refusal.value.message == f'Entity reference "{text}" was not on the form [<kind>:][<namespace>/]<name>'


def test_an_empty_ref_is_refused():
    with pytest.raises(InputError, match=r"^Entity reference must not be empty$"):
        parse_ref("")


def test_a_ref_without_a_kind_is_refused_where_none_is_implied():
    with pytest.raises(InputError) as refusal:
        parse_ref('fo"o')
    assert refusal.value.message == (
        'Entity reference "fo\\"o" had missing or empty kind (e.g. did not start with "component:" or similar)'
    )


def test_a_ref_is_written_in_lower_case():
    assert str(Ref("Component", "Other", "MixedCase_Name.v2")) == "component:other/mixedcase_name.v2"


def test_an_entity_without_a_namespace_is_in_default():
    assert ref_of({"kind": "Component", "metadata": {"name": "Pay"}}) == "component:default/pay"


def test_the_parts_of_an_entity_keep_their_case():
    assert Ref.of({"kind": "API", "metadata": {"name": "A", "namespace": "n"}}) == Ref("API", "n", "A")


def test_a_reference_may_be_an_object_of_its_parts():
    assert read_ref({"kind": "User", "name": "Ada"}, default_namespace="x") == Ref("User", "x", "Ada")


@pytest.mark.parametrize(
    ("value", "part"), [(5, "kind"), (None, "kind"), ({"kind": "User"}, "name"), ({"name": 1, "kind": "k"}, "name")]
)
def test_what_is_neither_a_text_nor_parts_is_no_reference(value, part):
    with pytest.raises(InputError, match=f"had missing or empty {part}"):
        read_ref(value)


@given(st.builds(Ref, PART, PART, PART))
def test_every_ref_reads_back_as_it_was_written(ref):
    assert str(parse_ref(f"{ref.kind}:{ref.namespace}/{ref.name}")) == str(ref)


@given(st.text())
def test_any_text_is_a_ref_or_an_input_error(text):
    try:
        parsed = parse_ref(text, default_kind="component")
    except InputError:
        return
    assert parsed.kind
    assert parsed.namespace
    assert parsed.name
