"""`repair`: how often the hosts are asked what no webhook said. A schedule of Backstage's providers is passed over."""

from cuelight.options import Duration, Section


class RepairSection(Section, frozen=True):
    """Sweeps, scans and confirmations.

    `sweep_interval` lies between two sweeps, `scan_interval` between two full discoveries (None, written `false`, is
    never); a head that only a payload vouches for is confirmed by its host within `confirm_within`.
    """

    sweep_interval: Duration | None = Duration(5 * 60)
    scan_interval: Duration | None = Duration(3 * 3600)
    confirm_within: Duration = Duration(20)

    def __post_init__(self) -> None:
        for name, value in (("sweepInterval", self.sweep_interval), ("scanInterval", self.scan_interval)):
            if value is not None and value < 1:
                raise ValueError(f"{name} is under a second: every host would be asked without a pause; raise it")
        if self.confirm_within < 1:
            raise ValueError("confirmWithin is under a second: nothing could be asked together; raise it")
