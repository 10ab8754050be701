"""Formats of the fields that every entity has."""

import pytest

from cuelight.model.fields import is_api_version, is_key, is_kind, is_label_value, is_name, is_namespace, is_tag

LONGEST = "a" * 63


@pytest.mark.parametrize("rule", [is_name, is_tag, is_label_value, is_namespace, is_kind, is_key, is_api_version])
def test_63_characters_are_accepted_and_64_are_not(rule):
    assert (rule(LONGEST), rule(LONGEST + "a")) == (True, False)


@pytest.mark.parametrize("name", ["a", "0numeric", "dots.and_under-scores", "a..b", "A"])
def test_names_may_have_separators_within(name):
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", ".a", "a_", "a b", "é", "a\n", "${{ name }}"])
def test_names_begin_and_end_with_a_letter_or_digit(name):
    assert not is_name(name)


@pytest.mark.parametrize("namespace", ["Default", "not_ok!", "-a", "a-", "a.b", ""])
def test_namespaces_are_lower_case_dns_labels(namespace):
    assert not is_namespace(namespace)


@pytest.mark.parametrize("tag", ["c++", "c#", "a:b", "a-b", "go-lang", "+"])
def test_tags_may_have_colons_pluses_and_hashes(tag):
    assert is_tag(tag)


@pytest.mark.parametrize("tag", ["a.b", "a_b", "A", "a--b", "-a", "a-", ""])
def test_tags_have_single_dashes_and_lower_case_letters(tag):
    assert not is_tag(tag)


@pytest.mark.parametrize("key", ["a", "example.com/A_b.c", f"{'a.' * 126}a/x"])
def test_keys_may_have_a_dns_prefix(key):
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "a/b/c", "/a", "a/", "Example.com/a", "a..b/c", f"{'a.' * 127}a/x", "a/b c"])
def test_a_key_with_a_bad_prefix_or_name_is_refused(key):
    assert not is_key(key)


def test_a_label_may_be_empty():
    assert is_label_value("")


@pytest.mark.parametrize(("kind", "good"), [("Component", True), ("a1", True), ("1a", False), ("A-b", False)])
def test_kinds_begin_with_a_letter(kind, good):
    assert is_kind(kind) is good


@pytest.mark.parametrize(
    ("version", "good"), [("v1", True), ("backstage.io/v1beta1", True), ("backstage.io/v1-a", False), ("A/v1", False)]
)
def test_api_versions_may_have_a_dns_prefix(version, good):
    assert is_api_version(version) is good
