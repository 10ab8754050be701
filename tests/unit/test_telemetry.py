"""What is said of ourselves: never a secret."""

import io
import sys

import pytest
import structlog

from cuelight.telemetry import Metrics, configure_logging

SECRET = "hunter2"


@pytest.mark.parametrize("json", [True, False])
def test_a_trace_shows_no_values(monkeypatch: pytest.MonkeyPatch, *, json: bool):
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logging(json=json)
    try:
        _fail(SECRET)
    except LookupError:
        structlog.get_logger().exception("failed")
    finally:
        structlog.reset_defaults()
    assert "LookupError" in written.getvalue()
    assert SECRET not in written.getvalue()


def _fail(token: str) -> None:
    headers = {"authorization": f"Bearer {token}"}
    raise LookupError(f"{len(headers)} headers did not help")


def test_metrics_count_by_outcome():
    metrics = Metrics()
    metrics.delivery("github", "accepted", 0.001)
    text = metrics.render({"Component": 3}, {"repositories.github": 1}).decode()
    assert 'cuelight_deliveries_total{integration="github",outcome="accepted"} 1.0' in text
    assert 'cuelight_entities{kind="Component"} 3.0' in text


def test_the_pace_of_pushes_tells_the_host_from_us():
    metrics = Metrics()
    metrics.push_arrived(1.5)
    metrics.push_reconciled(0.2)
    metrics.push_visible(0.25)
    text = metrics.render({}, {}).decode()
    names = ("push_host_lag", "push_host_wait", "push_to_visible")
    sums = [line.split()[1] for name in names for line in text.splitlines() if f"cuelight_{name}_seconds_sum" in line]
    assert sums == ["1.5", "0.2", "0.25"]


def test_staleness_is_as_it_was_told_last():
    metrics = Metrics()
    metrics.staleness(90.0, waiting=3, unsettled=2)
    metrics.staleness(4.5, waiting=1, unsettled=0)
    text = metrics.render({}, {}).decode()
    assert "cuelight_oldest_confirmation_seconds 4.5" in text
    assert "cuelight_repositories_waiting 1.0" in text
    assert "cuelight_repositories_unsettled 0.0" in text
