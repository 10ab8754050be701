"""What the engine tells about its work while it works: for metrics and logs, never for decisions."""

from collections.abc import Sequence

import structlog

from cuelight.catalog.cause import Cause

_log = structlog.get_logger(__name__)


class Observer:
    """Told of each step. This one logs what failed; metrics override the methods."""

    def processed(self, outcome: str) -> None:
        """A run of the pipeline ended: *outcome* is `changed`, `unchanged`, `errors`, `held` (as it was) or `lost` (its claim was)."""

    def stitched(self, looked_at: int, changed: int) -> None:
        """So many refs were stitched, of which so many final entities changed."""

    def visible(self, causes: Sequence[Cause], at: int) -> None:
        """Final entities that changed because of *causes*, one each, are written since *at*."""

    def failed(self, step: str, ref: str, error: Exception) -> None:
        """An unforeseen error in `processing` or `stitching` of *ref*; it is tried again."""
        _log.error("entity_failed", step=step, entity=ref, exc_info=error)
