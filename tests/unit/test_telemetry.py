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
