import json
from typing import Any

import msgspec
import pytest

from cuelight.integrations.github.changes import translate
from cuelight.scm import change_from_json, change_to_json
from tests.corpus import corpus
from tests.unit.integrations.github.golden import cases, expanded

DERIVED = cases("derived")
RECORDED = cases("corpus")


def neutral(event: str, document: bytes) -> Any:
    return json.loads(json.dumps([msgspec.to_builtins(translate(event, document))]))


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_payload_becomes_its_neutral_change(name):
    case = expanded(DERIVED[name])

    assert neutral(case["event"], json.dumps(case["payload"]).encode()) == case["expected"]


@pytest.mark.parametrize("name", RECORDED, ids=[case["file"] for case in RECORDED.values()])
def test_a_recorded_push_becomes_its_neutral_change(name):
    case = RECORDED[name]

    assert neutral(case["event"], corpus("payloads", case["file"]).read_bytes()) == case["expected"]


def test_every_recorded_push_has_its_golden_file():
    index = json.loads(corpus("payloads", "index.json").read_text())
    pushes = {
        entry["sha256"]
        for entry in index
        if entry["provider"] == "github" and (entry["event"] == "push" or "/push" in entry["file"])
    }

    assert pushes <= set(RECORDED)


def test_every_recorded_payload_is_translated_whatever_its_event():
    index = json.loads(corpus("payloads", "index.json").read_text())
    files = [entry for entry in index if entry["provider"] == "github"]

    translated = [translate(entry["event"], corpus("payloads", entry["file"]).read_bytes()) for entry in files]

    assert len(translated) == len(files)
    assert all(one.topic.startswith("github.") and (one.change or one.reason) for one in translated)


def test_every_recorded_payload_is_translated_even_as_a_push():
    for file in sorted(corpus("payloads", "github").glob("*.json")):
        assert translate("push", file.read_bytes()).topic == "github.push"


@pytest.mark.parametrize(
    "document",
    [b"", b"no json", b"[]", b"null", b'"push"', b"{", b"[" * 100_000, b'{"a":' * 100_000],
)
@pytest.mark.parametrize("event", ["push", "issues"])
def test_what_is_no_json_object_is_refused(event, document):
    with pytest.raises(ValueError, match=r"."):
        translate(event, document)


def test_a_push_that_is_not_utf8_is_refused():
    with pytest.raises(ValueError, match="utf-8"):
        translate("push", b'{"ref": "\xff"}')


@pytest.mark.parametrize("event", ["", "Push", "push-event", "p" * 65, "github.push", "päsh"])
def test_an_event_of_an_odd_name_has_the_topic_unknown(event):
    assert translate(event, b"{}").topic == "github.unknown"


def test_a_change_survives_the_way_through_the_journal():
    case = expanded(DERIVED["push__unicode_paths"])
    change = translate("push", json.dumps(case["payload"]).encode()).change

    assert change is not None
    assert change_from_json(change_to_json(change)) == change
