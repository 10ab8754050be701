"""The machine's time, and the one that only moves when told to."""

import time

import pytest

from cuelight.clock import SystemClock, isoformat, parse_iso, timed_id


def test_a_machine_whose_time_is_set_back_goes_on_from_where_it_was(monkeypatch: pytest.MonkeyPatch):
    clock = SystemClock()
    before = clock.now()
    monkeypatch.setattr(time, "time_ns", lambda: (before - 3_600_000_000) * 1000)
    assert 0 <= clock.now() - before < 10_000_000


def test_an_instant_reads_back():
    assert parse_iso(isoformat(1_767_225_600_123_000)) == 1_767_225_600_123_000


def test_ids_sort_by_time():
    ids = [timed_id(instant) for instant in range(1_000_000, 100_000_000, 1_000_000)]
    assert ids == sorted(ids)


def test_an_instant_without_an_offset_is_refused():
    with pytest.raises(ValueError, match="has no offset"):
        parse_iso("2026-01-01T00:00:00")
