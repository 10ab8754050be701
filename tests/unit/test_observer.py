"""What is timed from a push's receipt to its visibility, and what is not."""

import pytest

from cuelight.app.observer import MetricsObserver
from cuelight.catalog import Cause
from cuelight.clock import SECOND
from cuelight.telemetry import Metrics

NOW = 1_767_225_600 * SECOND
DELIVERY = "019b76da-a800-75a1-abfd-9b7a31c677c8"


def seen(*causes: Cause) -> list[float]:
    """How often, and for how long altogether, pushes were timed where these causes led to a change 50 ms after *NOW*."""
    metrics = Metrics()
    MetricsObserver(metrics).visible(causes, NOW + 50_000)
    text = metrics.render({}, {}).decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines())
    return [float(lines[f"cuelight_push_to_visible_seconds_{part}"]) for part in ("count", "sum")]


def test_each_change_that_a_delivery_led_to_is_timed():
    assert seen(*[Cause(id=DELIVERY, at=NOW, reconcile="c1")] * 2) == [2, 0.1]


@pytest.mark.parametrize("cause", [f"scan:{DELIVERY}", f"sweep:{DELIVERY}", f"refresh:{DELIVERY}", "configuration"])
def test_what_nobody_pushed_is_not_timed(cause: str):
    assert seen(Cause(id=cause, at=NOW)) == [0, 0]


def test_a_reconcile_that_nothing_asked_for_is_not_timed():
    assert seen(Cause(id=DELIVERY, at=NOW, reconcile=DELIVERY)) == [0, 0]


def test_a_clock_that_went_back_makes_no_negative_time():
    assert seen(Cause(id=DELIVERY, at=NOW + SECOND)) == [1, 0]
