"""`backend.ingress`: where senders reach us, and how much they may ask of us."""

from cuelight.asgi.config import ListenSection
from cuelight.options import ByteSize, Duration, Section


class IngressSection(Section, frozen=True):
    """The webhooks' entry point and its limits.

    `listen` gives it a listener of its own, which other machines may reach: it takes nothing that is not signed.
    `body_limit` is one request's body; `deadline` how long its arrival may take; `bytes_in_flight` all bodies that are
    in memory at one time; `minimum_free_disk` what stays free on the journal's disk.
    """

    listen: ListenSection | None = None
    body_limit: ByteSize = ByteSize(25 * 1024**2)
    deadline: Duration = Duration(10)
    bytes_in_flight: ByteSize = ByteSize(256 * 1024**2)
    minimum_free_disk: ByteSize = ByteSize(200 * 1024**2)

    def __post_init__(self) -> None:
        if self.bytes_in_flight < self.body_limit:
            raise ValueError("bytesInFlight is smaller than bodyLimit: such a body would never be taken; raise it")
