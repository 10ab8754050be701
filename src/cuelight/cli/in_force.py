"""What a configuration comes to where that is not plain from it, for whoever starts or checks it."""

from collections.abc import Sequence

from cuelight.cli.output import note
from cuelight.scm import Integration
from cuelight.settings import Settings


def tell_what_is_in_force(settings: Settings) -> None:
    """Say what is passed over, who may call, and where webhooks go."""
    for path in settings.passed_over:
        note(f"passed over: {settings.origin(path)}: {path} (nothing acts on it)")
    note(f"access: {settings.access}")
    ingress = settings.backend.ingress.listen
    if ingress is not None:
        note(f"webhooks: on {ingress.host}:{ingress.port} alone; they need no token, since they are signed")


def warn_of_refusals(integrations: Sequence[Integration]) -> None:
    """Say which integrations have providers, and yet no delivery of theirs can be accepted."""
    for integration in integrations:
        refusal = integration.webhook.refusal
        if integration.providers and refusal is not None:
            note(
                f"warning: every delivery to /webhooks/{integration.name} will be refused, and changes be noticed by the "
                f"sweep alone: {refusal}"
            )
