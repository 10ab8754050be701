"""One webhook request, from its first byte to its answer."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import structlog

from cuelight.clock import Clock
from cuelight.errors import CuelightError, InvalidSignature, NotFoundError
from cuelight.journal import Journal, Receipt
from cuelight.scm import Delivery, Webhook
from cuelight.telemetry import Metrics
from cuelight.webhooks.acceptance import LARGE, prepare
from cuelight.webhooks.body import Deadline, DisconnectedError, Flight, Receive, read_body, too_large
from cuelight.webhooks.config import IngressSection
from cuelight.webhooks.disk import Disk
from cuelight.webhooks.headers import decoded, kept

_log = structlog.get_logger(__name__)


class UnsupportedMediaTypeError(CuelightError):
    """The body's content type is not taken; send application/json."""

    status = 415


class Ingress:
    """Takes the deliveries of every webhook that attached itself."""

    def __init__(
        self,
        journal: Journal,
        *,
        clock: Clock,
        metrics: Metrics,
        disk: Disk | None,
        limits: IngressSection,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._metrics = metrics
        self._disk = disk
        self._limits = limits
        self._flight = Flight(limits.bytes_in_flight)
        self._deadline = Deadline(limits.deadline)
        self._webhooks: dict[str, Webhook] = {}

    def attach(self, webhook: Webhook) -> None:
        """Take the deliveries that are posted to *webhook*'s name."""
        self._webhooks[webhook.name] = webhook

    @property
    def names(self) -> Iterable[str]:
        """Who is attached."""
        return tuple(self._webhooks)

    async def receive(self, name: str, scope: Mapping[str, Any], receive: Receive) -> Receipt:
        """Take the request of *scope*, posted to webhook *name*; its receipt, once it is committed.

        Every refusal is an error with its status. DisconnectedError where nobody waits for an answer any more.
        """
        started = self._clock.monotonic()
        headers = decoded(scope["headers"])
        try:
            with self._flight.luggage() as luggage:
                webhook = self._webhook(name)
                if self._disk is not None:
                    self._disk.require_room()
                _require_size(headers, self._limits.body_limit)
                body = await self._deadline.keep(read_body(receive, luggage, limit=self._limits.body_limit))
                receipt = await self._accept(webhook, headers, body)
        except CuelightError as error:
            self._refused(name, headers, error)
            raise
        except Exception:
            self._metrics.delivery(name, "failed", None)
            raise
        self._metrics.delivery(name, receipt.outcome, self._clock.monotonic() - started)
        return receipt

    async def _accept(self, webhook: Webhook, headers: Mapping[str, str], body: bytes) -> Receipt:
        delivery = Delivery(integration=webhook.name, headers=headers, body=body, received_at=self._clock.now())
        webhook.verify(delivery)
        document = webhook.body(delivery)
        if document is None:
            raise UnsupportedMediaTypeError(
                f"content type {headers.get('content-type', 'none')!r} is not taken; send application/json"
            )
        if len(body) > LARGE:
            accepted = await asyncio.to_thread(prepare, webhook, delivery, document)
        else:
            accepted = prepare(webhook, delivery, document)
        return await self._journal.accept(accepted)

    def _webhook(self, name: str) -> Webhook:
        webhook = self._webhooks.get(name)
        if webhook is None:
            known = ", ".join(self._webhooks) or "none"
            raise NotFoundError(f"no integration is called {name!r} here; there is: {known}")
        return webhook

    def _refused(self, name: str, headers: Mapping[str, str], error: CuelightError) -> None:
        known = name if name in self._webhooks else "unknown"
        if isinstance(error, DisconnectedError):
            self._metrics.delivery(known, "disconnected", None)
            return
        self._metrics.delivery(known, f"refused_{error.status}", None)
        if known != "unknown":
            self._journal.rejections.note(name, error.status, error.message, kept(headers))
        if isinstance(error, InvalidSignature):
            _log.warning("delivery_refused", integration=name, reason=error.message)


def _require_size(headers: Mapping[str, str], limit: int) -> None:
    """Refuse a body that says it is too large before a byte of it is read."""
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > limit:
        raise too_large(int(length), limit)
