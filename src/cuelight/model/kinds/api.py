"""API: an interface that components provide and consume, with its definition as text."""

from cuelight.model.kind import OWNER, SYSTEM, Kind
from cuelight.model.shapes import record, text

KIND = Kind(
    name="API",
    spec=record(
        dict.fromkeys(("type", "lifecycle", "owner", "system", "definition"), text),
        required=("type", "lifecycle", "owner", "definition"),
    ),
    references=(OWNER, SYSTEM),
)
