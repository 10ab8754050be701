"""The ingress: where code hosts post their deliveries.

A request comes in as raw ASGI, in front of the framework: its body is read under a limit and a deadline, verified on its
raw bytes, translated by its integration, and committed to the journal with its events. Only then is it answered.
Nothing here waits for the catalog. Integrations attach themselves by their names.
"""

from cuelight.webhooks.gateway import WebhookGateway
from cuelight.webhooks.ingress import Ingress

__all__ = ["Ingress", "WebhookGateway"]
