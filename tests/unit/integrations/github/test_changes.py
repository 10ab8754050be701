import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from cuelight.integrations.github.changes import EVENTS, translate
from cuelight.integrations.github.grants import LIMIT
from cuelight.scm import change_from_json, change_to_json
from tests.corpus import corpus
from tests.unit.integrations.github.golden import cases, expanded

DERIVED = cases("derived")
RECORDED = cases("corpus")


OF_OTHER_NAME = re.compile(
    r"github/(push|branch_(create|delete)|tag_(create|delete)|installation-rep|repository-ed)[^/]*json"
)
"""Recordings that their finders named after what happened, not after the event."""
ODD: tuple[Any, ...] = (None, True, 7, -1.5, "", "ö" * 300, 10**30, [], [None], {}, {"id": "x"})


def oddities(value: Any) -> Iterator[Any]:
    """*value* with each of its parts, in turn, replaced by something odd."""
    yield from ODD
    if isinstance(value, dict):
        for name, part in value.items():
            yield from ({**value, name: odd} for odd in oddities(part))
    if isinstance(value, list):
        for at, part in enumerate(value):
            yield from ([*value[:at], odd, *value[at + 1 :]] for odd in oddities(part))


def neutral(event: str, document: bytes) -> Any:
    return json.loads(json.dumps(msgspec.to_builtins(translate(event, document))))


@pytest.mark.parametrize("name", DERIVED)
def test_a_derived_payload_becomes_its_neutral_change(name):
    case = expanded(DERIVED[name])

    assert neutral(case["event"], json.dumps(case["payload"]).encode()) == case["expected"]


@pytest.mark.parametrize("name", RECORDED, ids=[case["file"] for case in RECORDED.values()])
def test_a_recorded_payload_becomes_its_neutral_change(name):
    case = RECORDED[name]

    assert neutral(case["event"], corpus("payloads", case["file"]).read_bytes()) == case["expected"]


def test_every_recorded_payload_that_may_carry_a_change_has_its_golden_file():
    index = json.loads(corpus("payloads", "index.json").read_text())
    carrying = {
        entry["sha256"]
        for entry in index
        if entry["provider"] == "github" and (entry["event"] in EVENTS or OF_OTHER_NAME.match(entry["file"]))
    }

    assert carrying <= set(RECORDED)


def test_every_recorded_payload_is_translated_whatever_its_event():
    index = json.loads(corpus("payloads", "index.json").read_text())
    files = [entry for entry in index if entry["provider"] == "github"]

    translated = [
        one for entry in files for one in translate(entry["event"], corpus("payloads", entry["file"]).read_bytes())
    ]

    assert len(translated) >= len(files)
    assert all(one.topic.startswith("github.") and (one.change or one.reason) for one in translated)


@pytest.mark.parametrize("event", EVENTS)
def test_every_recorded_payload_is_translated_as_any_event(event):
    for file in sorted(corpus("payloads", "github").glob("*.json")):
        assert all(one.topic == f"github.{event}" for one in translate(event, file.read_bytes()))


@pytest.mark.parametrize("name", [name for name in DERIVED if not name.startswith("push__")])
def test_an_odd_value_anywhere_is_a_change_or_a_reason(name):
    case = expanded(DERIVED[name])

    for odd in filter(lambda odd: isinstance(odd, dict), oddities(case["payload"])):
        translated = translate(case["event"], json.dumps(odd).encode())
        assert all((one.change is None) != (one.reason is None) for one in translated), odd
        assert translated, odd


def test_more_repositories_than_the_limit_are_said_and_not_looked_at():
    repositories = [{"id": number, "full_name": f"acme/{number}"} for number in range(1, LIMIT + 3)]
    installation = {"id": 33, "account": {"html_url": "https://github.com/acme"}}
    payload = {"action": "added", "installation": installation, "repositories_added": repositories}

    translated = translate("installation_repositories", json.dumps(payload).encode())

    assert [one.key for one in translated] == [
        *(f"github.com/{number}" for number in range(1, LIMIT + 1)),
        "installation/33",
    ]
    assert translated[-1].reason == (
        "1000 of 1002 listed repositories are looked at now (at most 1000, and only those with id and full_name, "
        "on a host that is named); the next scan sees the others"
    )


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
    assert [one.topic for one in translate(event, b"{}")] == ["github.unknown"]


@pytest.mark.parametrize("name", ["push__unicode_paths", "repository__transferred_and_renamed", "create__branch"])
def test_a_change_survives_the_way_through_the_journal(name):
    case = expanded(DERIVED[name])
    (translated,) = translate(case["event"], json.dumps(case["payload"]).encode())

    assert translated.change is not None
    assert change_from_json(change_to_json(translated.change)) == translated.change
