"""Which right an endpoint asks for. Data, so that one table can be read, tested and enforced."""

from enum import StrEnum


class Access(StrEnum):
    """What a caller must be allowed to do. Each endpoint names exactly one."""

    OPEN = "open"
    """Nothing: probes of load balancers, which have no credentials."""
    READ = "read"
    """See the catalog, its deliveries and its history."""
    REFRESH = "refresh"
    """Have something looked at again."""
    WRITE = "write"
    """Register and remove what the catalog holds."""
    OPERATE = "operate"
    """Replay, drop, approve, read metrics: run the server."""
