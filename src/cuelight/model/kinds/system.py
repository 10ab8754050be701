"""System: components, APIs and resources that together do one thing."""

from cuelight.model.kind import OWNER, Kind, Reference
from cuelight.model.shapes import record, text

KIND = Kind(
    name="System",
    spec=record(dict.fromkeys(("owner", "domain", "type"), text), required=("owner",)),
    references=(OWNER, Reference("domain", "Domain", "partOf", "hasPart")),
)
