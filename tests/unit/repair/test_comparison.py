"""The one comparison: it must see every kind of drift, and none where there is none."""

from typing import Any

import pytest

from cuelight.repair import Picture, compare

BRANCH = "github.com/7@main"


def entity(owner: str = "team-a", uid: str = "1") -> dict[str, Any]:
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "x", "uid": uid, "etag": uid},
        "spec": {"owner": owner},
    }


RIGHT = Picture(
    heads={BRANCH: "c1"},
    sources={BRANCH: {"catalog-info.yaml": "b1"}},
    refs={f"{BRANCH}:catalog-info.yaml": frozenset({"component:default/x"})},
    entities={"component:default/x": entity()},
)


def test_equal_pictures_have_no_drift():
    assert compare(RIGHT, RIGHT) == []


def test_uid_and_etag_are_no_drift():
    assert compare(RIGHT, Picture(entities={"component:default/x": entity(uid="2")})) == []


@pytest.mark.parametrize(
    ("wrong", "part", "subject"),
    [
        (Picture(heads={BRANCH: "c0"}), "head", BRANCH),
        (Picture(heads={}), "head", BRANCH),
        (Picture(heads={BRANCH: "c1", "x@main": "c2"}), "head", "x@main"),
        (Picture(sources={BRANCH: {"catalog-info.yaml": "b0"}}), "source", f"{BRANCH}:catalog-info.yaml"),
        (Picture(sources={}), "source", f"{BRANCH}:catalog-info.yaml"),
        (Picture(refs={}), "ref", f"{BRANCH}:catalog-info.yaml"),
        (Picture(entities={}), "entity", "component:default/x"),
        (Picture(entities={"component:default/x": entity("team-b")}), "entity", "component:default/x"),
    ],
)
def test_each_kind_of_drift_is_seen(wrong: Picture, part: str, subject: str):
    assert [(drift.part, drift.subject) for drift in compare(RIGHT, wrong)] == [(part, subject)]


def test_drift_of_an_entity_names_the_fields():
    (drift,) = compare(RIGHT, Picture(entities={"component:default/x": entity("team-b")}))
    assert drift.expected == "other values of spec.owner"


def test_a_part_that_a_picture_lacks_is_not_compared():
    assert compare(RIGHT, Picture()) == []
