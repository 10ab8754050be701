"""What a reconcile tells the metrics of its pushes."""

from cuelight.clock import SECOND
from cuelight.repositories.pace import measure_pushes
from cuelight.repositories.signals import NO_HINT, Hint, Kind, Signal
from cuelight.telemetry import Metrics


def signal(kind: Kind, *, hint: Hint = NO_HINT) -> Signal:
    return Signal(id="e", kind=kind, cause="d", caused_at=10 * SECOND, hint=hint)


def told(*ended: Signal) -> dict[str, float]:
    """The histograms after these signals ended with 200 ms of waiting: what was observed how often, and its sum."""
    metrics = Metrics()
    measure_pushes(metrics, ended, 200_000)
    lines = [line.rsplit(" ", 1) for line in metrics.render({}, {}).decode().splitlines()]
    names = ("host_wait_seconds_count", "host_wait_seconds_sum", "host_lag_seconds_count", "host_lag_seconds_sum")
    return {name: float(value) for key, value in lines for name in names if key == f"cuelight_push_{name}"}


def test_several_pushes_have_waited_for_the_host_once_and_each_has_its_lag():
    pushed = Hint(pushed_at=9 * SECOND)
    assert told(signal("push", hint=pushed), signal("push", hint=pushed)) == {
        "host_wait_seconds_count": 1,
        "host_wait_seconds_sum": 0.2,
        "host_lag_seconds_count": 2,
        "host_lag_seconds_sum": 2,
    }


def test_a_push_whose_host_does_not_say_when_has_no_lag():
    assert told(signal("push"))["host_lag_seconds_count"] == 0


def test_a_host_whose_clock_is_ahead_of_ours_has_no_lag():
    assert told(signal("push", hint=Hint(pushed_at=11 * SECOND)))["host_lag_seconds_sum"] == 0


def test_what_nobody_pushed_is_not_told():
    assert told(signal("sweep"), signal("refresh"))["host_wait_seconds_count"] == 0
