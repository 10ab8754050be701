"""`backend.ingress`: how much a sender may ask of us."""

from cuelight.options import ByteSize, Duration, Section


class IngressSection(Section, frozen=True):
    """Limits of the webhooks' entry point.

    `body_limit` is one request's body; `deadline` how long its arrival may take; `bytes_in_flight` all bodies that are
    in memory at one time; `minimum_free_disk` what stays free on the journal's disk.
    """

    body_limit: ByteSize = ByteSize(25 * 1024**2)
    deadline: Duration = Duration(10)
    bytes_in_flight: ByteSize = ByteSize(256 * 1024**2)
    minimum_free_disk: ByteSize = ByteSize(200 * 1024**2)

    def __post_init__(self) -> None:
        if self.bytes_in_flight < self.body_limit:
            raise ValueError("bytesInFlight is smaller than bodyLimit: such a body would never be taken; raise it")
