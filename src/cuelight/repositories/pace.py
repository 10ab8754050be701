"""How fast pushes come in, and how long their hosts take to answer: what a reconcile tells the metrics."""

from collections.abc import Sequence

from cuelight.clock import SECOND
from cuelight.repositories.signals import Signal
from cuelight.telemetry import Metrics


def measure_pushes(metrics: Metrics, ended: Sequence[Signal], host_time: int) -> None:
    """Tell *metrics* of the pushes among *ended*, the signals that one reconcile has put an end to.

    *host_time* are the microseconds that it waited for the host; those of several pushes are waited for once. A push whose
    host does not say when it happened has no lag.
    """
    pushes = [signal for signal in ended if signal.kind == "push"]
    if pushes:
        metrics.push_reconciled(host_time / SECOND)
    for push in pushes:
        if push.hint.pushed_at is not None:
            metrics.push_arrived((push.caused_at - push.hint.pushed_at) / SECOND)
