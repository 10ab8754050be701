"""What goes wrong, and that it repeats."""

import random
from typing import Any

import msgspec
import pytest

from cuelight.simulator.faults import Dice, Fate, Faults
from cuelight.simulator.github.failures import EMPTY_TREE, Answered, spoilt

GOOD = Answered(200, [(b"content-length", b"9"), (b"etag", b"x"), (b"x-kept", b"1")], b'{"a": 1 }')


def fates(faults: Faults, count: int = 200) -> list[Fate]:
    dice = Dice(faults)
    return [dice.fate() for _ in range(count)]


def test_without_faults_every_webhook_goes_once_and_at_once():
    assert set(fates(Faults())) == {Fate()}


def test_the_same_seed_gives_the_same_fates():
    faults = Faults(seed=7, lost=0.3, doubled=0.2, delayed=0.5, reordered=0.1)
    assert fates(faults) == fates(faults)


def test_another_seed_gives_others():
    assert fates(Faults(seed=1, lost=0.5)) != fates(Faults(seed=2, lost=0.5))


def test_begun_anew_a_run_repeats():
    dice = Dice(Faults(seed=7, lost=0.5))
    first = [dice.fate() for _ in range(20)]
    dice.restart()
    assert [dice.fate() for _ in range(20)] == first


def test_shares_are_kept():
    found = fates(Faults(lost=0.3, doubled=0.2), 2000)
    lost = sum(not fate.delays for fate in found)
    doubled = sum(len(fate.delays) == 2 for fate in found)
    assert 500 < lost < 700
    assert 220 < doubled < 340


def test_a_delay_stays_within_its_window():
    delays = [delay for fate in fates(Faults(delayed=1, delay=30)) for delay in fate.delays]
    assert 0 < min(delays) < max(delays) < 30


def test_the_fate_of_a_kind_does_not_depend_on_other_kinds():
    faults = Faults(seed=3, share=0.5)
    alone, mixed = Dice(faults), Dice(faults)
    expected = [alone.fault("tree") is None for _ in range(50)]
    found = []
    for _ in range(50):
        mixed.fault("blob")
        found.append(mixed.fault("tree") is None)
    assert found == expected


def test_a_kind_has_its_own_share():
    dice = Dice(Faults(share=1, shares={"tree": 0}))
    assert (dice.fault("tree"), dice.fault("blob") is None) == (None, False)


def test_only_weighted_answers_are_given():
    dice = Dice(Faults(share=1, answers={"throttled": 1, "denied": 0}))
    assert {(dice.fault("tree") or ("",))[0] for _ in range(50)} == {"throttled"}


def test_forbidden_names_are_of_any_case():
    assert Faults(forbidden=("Acme/One",)).forbids("acme/one")


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ("secondary", 403, "secondary rate limit"),
        ("throttled", 429, "secondary rate limit"),
        ("denied", 403, "Resource not accessible by integration"),
    ],
)
def test_a_refusal_is_in_githubs_words(fault, status, word):
    bad = spoilt(fault, GOOD, random.Random(1), Faults(retry_after=7))
    assert bad.status == status
    assert word in msgspec.json.decode(bad.body)["message"]
    assert dict(bad.headers).get(b"retry-after") == (None if fault == "denied" else b"7")


def test_a_bad_answer_keeps_other_headers_and_has_its_own_length():
    bad = spoilt("unavailable", GOOD, random.Random(1), Faults())
    assert bad.status in {500, 502, 503, 504}
    assert dict(bad.headers) == {b"x-kept": b"1", b"content-length": str(len(bad.body)).encode()}


def test_a_truncated_answer_is_no_json():
    bad = spoilt("truncated", GOOD, random.Random(1), Faults())
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(bad.body)


@pytest.mark.parametrize(("fault", "sha"), [("hollow", "a" * 40), ("mistaken", EMPTY_TREE)])
def test_a_tree_can_lose_its_entries_and_its_id_without_being_said_to_be_cut(fault, sha):
    tree = msgspec.json.encode({"sha": "a" * 40, "tree": [{"path": "a"}], "truncated": True})
    bad = spoilt(fault, Answered(200, [], tree), random.Random(1), Faults())
    assert msgspec.json.decode(bad.body) == {"sha": sha, "tree": [], "truncated": False}


@pytest.mark.parametrize("fault", ["hollow", "mistaken"])
@pytest.mark.parametrize("body", [b'{"a": 1 }', b'{"commit": {"tree": []}}', b"[]", b"raw bytes"])
def test_what_is_no_tree_can_not_lose_its_entries(fault, body):
    bad = spoilt(fault, Answered(200, [], body), random.Random(1), Faults())
    assert bad.status in {500, 502, 503, 504}


def partial(data: dict[str, Any]) -> dict[str, Any]:
    good = Answered(200, [], msgspec.json.encode({"data": data}))
    document: dict[str, Any] = msgspec.json.decode(spoilt("partial", good, random.Random(1), Faults()).body)
    return document


def test_a_partial_answer_has_an_error_for_each_alias_that_is_null():
    document = partial({f"r{number}": {"id": number} for number in range(20)})
    null = [name for name, value in document["data"].items() if value is None]
    assert 0 < len(null) < 20
    assert [error["path"] for error in document["errors"]] == [[name] for name in null]


def test_a_partial_answer_about_one_thing_strikes_below_it():
    document = partial({"repository": {"object": {"f0": {"oid": "x"}, "f1": {"oid": "y"}}}})
    assert all(error["path"][:2] == ["repository", "object"] for error in document["errors"])
    assert None in document["data"]["repository"]["object"].values()


def test_what_is_no_graphql_can_not_be_partial():
    assert spoilt("partial", GOOD, random.Random(1), Faults()).status in {500, 502, 503, 504}
