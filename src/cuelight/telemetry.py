"""What a running Cuelight says of itself: metrics for Prometheus, and log lines.

Metrics are an object that is passed in, on a registry of its own: nothing is counted in a global. Logs are structured
(structlog): one line an event, in colour on a terminal, as JSON elsewhere.
"""

import logging
import sys
from collections.abc import Mapping, Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_QUICK = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5, 10)
_PACE = (0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60, 300)


class Metrics:
    """Every metric there is, and the verbs that move them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self._deliveries = Counter(
            "cuelight_deliveries_total", "Webhook requests by outcome.", ["integration", "outcome"], registry=registry
        )
        self._ingress = Histogram(
            "cuelight_ingress_seconds",
            "From a webhook request's first byte to its answer, of those that were accepted.",
            buckets=_QUICK,
            registry=registry,
        )
        self._batches = Histogram(
            "cuelight_journal_batch_deliveries",
            "Deliveries that shared a commit.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            registry=registry,
        )
        self._published = Counter("cuelight_events_published_total", "Events that were published.", registry=registry)
        self._handled = Counter(
            "cuelight_events_handled_total",
            "Events by subscription and outcome: handled, retried, dead.",
            ["subscription", "outcome"],
            registry=registry,
        )
        self._reconciles = Counter(
            "cuelight_reconciles_total", "Reconciles of a repository by outcome.", ["outcome"], registry=registry
        )
        self._requests = Histogram(
            "cuelight_host_request_seconds",
            "Requests to code hosts by host, kind (what was asked), purpose (what for) and status.",
            ["host", "kind", "purpose", "status"],
            registry=registry,
        )
        self._processed = Counter(
            "cuelight_entities_processed_total", "Processing runs by outcome.", ["outcome"], registry=registry
        )
        self._stitched = Counter(
            "cuelight_entities_stitched_total",
            "Final entities put together, by outcome.",
            ["outcome"],
            registry=registry,
        )
        self._push_to_visible = Histogram(
            "cuelight_push_to_visible_seconds",
            "From the receipt of a delivery until a final entity was written that changed because of it.",
            buckets=_PACE,
            registry=registry,
        )
        self._push_host_lag = Histogram(
            "cuelight_push_host_lag_seconds",
            "From the instant that a host gives a push until the receipt of its delivery; some hosts give whole seconds.",
            buckets=_PACE,
            registry=registry,
        )
        self._push_host_wait = Histogram(
            "cuelight_push_host_wait_seconds",
            "What reconciles of pushes spent waiting for their host's answers; part of push to visible.",
            buckets=_PACE,
            registry=registry,
        )
        self._confirmation_age = Gauge(
            "cuelight_oldest_confirmation_seconds",
            "Since the host of a tracked repository last said what its head is: the longest of all of them.",
            registry=registry,
        )
        self._waiting = Gauge(
            "cuelight_repositories_waiting", "Repositories that are to be looked at.", registry=registry
        )
        self._unsettled = Gauge(
            "cuelight_repositories_unsettled",
            "Repositories of which the last look settled nothing: what was applied stays.",
            registry=registry,
        )
        self._entities = Gauge("cuelight_entities", "Entities by kind.", ["kind"], registry=registry)
        self._held_back = Gauge(
            "cuelight_entities_held_back", "Entities that the deletion brake keeps from going.", registry=registry
        )
        self._dead = Gauge(
            "cuelight_dead_letters", "Dead letters by subscription.", ["subscription"], registry=registry
        )

    def delivery(self, integration: str, outcome: str, seconds: float | None) -> None:
        """Count a webhook request, which took *seconds* where it was accepted."""
        self._deliveries.labels(integration, outcome).inc()
        if seconds is not None:
            self._ingress.observe(seconds)

    def journal_batch(self, size: int) -> None:
        """*size* deliveries shared a commit."""
        self._batches.observe(size)

    def events_published(self, count: int) -> None:
        """*count* events were published."""
        self._published.inc(count)

    def events_handled(self, subscription: str, outcome: str, count: int) -> None:
        """*count* events ended so for *subscription*."""
        self._handled.labels(subscription, outcome).inc(count)

    def reconciled(self, outcome: str) -> None:
        """A reconcile ended so."""
        self._reconciles.labels(outcome).inc()

    def host_request(self, host: str, kind: str, purpose: str, status: int | None, seconds: float) -> None:
        """A request to a code host was answered with *status* (None: it was not) after *seconds*."""
        self._requests.labels(host, kind, purpose, str(status or "none")).observe(seconds)

    def processed(self, outcome: str) -> None:
        """A processing run ended so."""
        self._processed.labels(outcome).inc()

    def stitched(self, outcome: str, count: int) -> None:
        """*count* final entities were put together, with this outcome."""
        self._stitched.labels(outcome).inc(count)

    def push_visible(self, seconds: float) -> None:
        """A final entity changed because of a delivery that had come in *seconds* before."""
        self._push_to_visible.observe(max(0.0, seconds))

    def push_arrived(self, host_lag: float) -> None:
        """A push was received *host_lag* seconds after the instant that its host gives it."""
        self._push_host_lag.observe(max(0.0, host_lag))

    def push_reconciled(self, host_wait: float) -> None:
        """A reconcile of pushes ended, *host_wait* seconds of which it waited for the host."""
        self._push_host_wait.observe(max(0.0, host_wait))

    def staleness(self, oldest: float, *, waiting: int, unsettled: int) -> None:
        """The *oldest* confirmation of a tracked repository is so many seconds old; so many are due, so many unsettled."""
        self._confirmation_age.set(oldest)
        self._waiting.set(waiting)
        self._unsettled.set(unsettled)

    def braked(self, held_back: int) -> None:
        """The deletion brake keeps so many entities from going."""
        self._held_back.set(held_back)

    def render(self, entities: Mapping[str, int], dead_letters: Mapping[str, int]) -> bytes:
        """Everything in Prometheus' text format, with the counts of *entities* by kind and *dead_letters* by subscription."""
        self._entities.clear()
        for kind, count in entities.items():
            self._entities.labels(kind).set(count)
        self._dead.clear()
        for subscription, count in dead_letters.items():
            self._dead.labels(subscription).set(count)
        return generate_latest(self.registry)


def configure_logging(level: str = "info", *, json: bool | None = None) -> None:
    """Log to standard error from *level* on: as JSON where *json*, by default wherever that is no terminal."""
    as_json = not sys.stderr.isatty() if json is None else json
    # A trace shows the code, never the values in it: those may be secrets.
    traces = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(pad_event_to=24, exception_formatter=structlog.dev.plain_traceback)
    )
    processors: Sequence[structlog.typing.Processor] = (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *((traces,) if as_json else ()),
        renderer,
    )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
