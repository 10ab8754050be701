"""Refs in memory are those on disk, whichever way they were written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dulwich.objects import ObjectID
from dulwich.refs import DiskRefsContainer, Ref

from cuelight.simulator.core.refs import Refs

A, B = ObjectID(b"a" * 40), ObjectID(b"b" * 40)
HEAD, MAIN, SIDE, LEADING = Ref(b"HEAD"), Ref(b"refs/heads/main"), Ref(b"refs/heads/side/one"), Ref(b"refs/heads/alias")
TAG, PACKED = Ref(b"refs/tags/v1"), Ref(b"refs/tags/v0")
WRITES: dict[str, Callable[[Refs], Any]] = {
    "a ref that is pointed anew": lambda refs: refs.point(SIDE, B),
    "a ref that is pointed elsewhere": lambda refs: refs.point(MAIN, B),
    "a packed ref that is pointed elsewhere": lambda refs: refs.point(PACKED, B),
    "a new ref": lambda refs: refs.set_if_equals(SIDE, None, B),
    "a ref that moves": lambda refs: refs.set_if_equals(MAIN, A, B),
    "a ref that moved meanwhile": lambda refs: refs.set_if_equals(MAIN, B, B),
    "a ref that moves through HEAD": lambda refs: refs.set_if_equals(HEAD, None, B),
    "a ref that is new": lambda refs: refs.add_if_new(SIDE, B),
    "a ref that is not new": lambda refs: refs.add_if_new(MAIN, B),
    "a ref that goes": lambda refs: refs.remove_if_equals(TAG, None),
    "a ref that leads to another": lambda refs: refs.set_symbolic_ref(LEADING, MAIN),
    "a ref that is packed": lambda refs: refs.add_packed_refs({TAG: B}),
    "a packed ref that goes": lambda refs: refs.remove_if_equals(PACKED, None),
}


@pytest.fixture
def refs(tmp_path: Path) -> Refs:
    (tmp_path / "HEAD").write_bytes(b"ref: " + MAIN + b"\n")
    refs = Refs(str(tmp_path))
    refs.set_if_equals(MAIN, None, A)
    refs.set_if_equals(TAG, None, A)
    refs.add_packed_refs({PACKED: A})
    refs.as_dict()
    return refs


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_was_written_is_read(refs, tmp_path, write):
    write(refs)
    assert refs.as_dict() == DiskRefsContainer(str(tmp_path)).as_dict()


@pytest.mark.parametrize("name", [MAIN + b"/below", b"refs/heads", TAG + b"/below", PACKED + b"/below", b"refs/tags"])
def test_a_ref_that_runs_through_another_is_refused_and_nothing_moves(refs, tmp_path, name):
    before = refs.as_dict()
    with pytest.raises(OSError, match="refs"):
        refs.point(Ref(name), B)
    assert refs.as_dict() == DiskRefsContainer(str(tmp_path)).as_dict() == before


def test_a_ref_that_leads_to_another_points_where_that_does(refs):
    refs.set_symbolic_ref(LEADING, MAIN)
    refs.point(LEADING, B)
    assert (refs.target(LEADING), refs.target(MAIN)) == (B, B)


@pytest.mark.parametrize("name", [b"HEAD", b"main", b"refs/heads/nope", b"refs/../main"])
def test_what_is_no_ref_points_nowhere(refs, name):
    assert refs.target(Ref(name)) is None


def test_the_refs_below_a_name_are_told_without_it(refs):
    assert refs.as_dict(Ref(b"refs/heads/")) == {Ref(b"main"): A}
