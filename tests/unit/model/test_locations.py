"""Location refs and the names of generated locations."""

import pytest

from cuelight.errors import InputError
from cuelight.model import LocationRef, generated_name, parse_location_ref, stringify_location_ref


def test_a_location_ref_is_split_at_its_first_colon_and_trimmed():
    assert parse_location_ref(" url : https://host/a ") == LocationRef("url", "https://host/a")


@pytest.mark.parametrize("text", ["", "nothing", ":x", "url:", "url:  "])
def test_a_location_ref_needs_a_type_and_a_target(text):
    with pytest.raises(InputError) as refusal:
        parse_location_ref(text)
    assert refusal.value.message == (
        f"Unable to parse location ref '{text}', expected '<type>:<target>', e.g. 'url:https://host/path'"
    )


def test_a_bare_url_is_told_what_to_be_prefixed_with():
    with pytest.raises(InputError) as refusal:
        parse_location_ref("https://host/a")
    assert refusal.value.message == (
        "Invalid location ref 'https://host/a', please prefix it with 'url:', e.g. 'url:https://host/a'"
    )


@pytest.mark.parametrize("target", ["javascript:alert(1)", "\x01 JavaScript:x", "ja\tva\nscript:x"])
def test_a_script_is_refused_however_it_is_disguised(target):
    with pytest.raises(InputError, match="target is a javascript: URL"):
        stringify_location_ref("url", target)


@pytest.mark.parametrize(("kind", "target", "part"), [("", "x", "type"), ("url", "", "target")])
def test_an_empty_part_cannot_be_written(kind, target, part):
    with pytest.raises(InputError, match=f"^Unable to stringify location ref, empty {part}$"):
        stringify_location_ref(kind, target)


def test_a_location_ref_keeps_its_case():
    assert str(LocationRef("url", "https://host/A")) == "url:https://host/A"


def test_a_generated_location_is_named_by_the_hash_of_its_ref():
    # printf 'url:https://github.com/acme/x/blob/main/catalog-info.yaml' | sha1sum
    name = generated_name("url", "https://github.com/acme/x/blob/main/catalog-info.yaml")
    assert name == "generated-c059d3ea3d9ba1ae207c41f393d257913c1d9afa"
