"""Domain: systems that share a language and a purpose."""

from cuelight.model.kind import OWNER, Kind, Reference
from cuelight.model.shapes import record, text

KIND = Kind(
    name="Domain",
    spec=record(dict.fromkeys(("owner", "subdomainOf", "type"), text), required=("owner",)),
    references=(OWNER, Reference("subdomainOf", "Domain", "partOf", "hasPart")),
)
