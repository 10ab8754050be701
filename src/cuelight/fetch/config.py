"""`backend.fetch`: how much we ask of a code host, and how much of its answers we take."""

from cuelight.options import ByteSize, Duration, Section


class FetchSection(Section, frozen=True):
    """Limits of requests to code hosts.

    `connect_timeout` is for a connection to stand, `timeout` for the whole of a request, once it has its turn;
    `response_limit` is one answer, unpacked; `concurrency` the requests that one host gets at one time.
    """

    connect_timeout: Duration = Duration(5)
    timeout: Duration = Duration(30)
    response_limit: ByteSize = ByteSize(25 * 1024**2)
    concurrency: int = 16

    def __post_init__(self) -> None:
        if self.concurrency < 1 or not self.timeout or not self.connect_timeout:
            raise ValueError("concurrency and both time-outs must be more than 0, or nothing is ever asked")
