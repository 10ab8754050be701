"""Resource: what a component needs at run time: a database, a bucket, a topic."""

from cuelight.model.kind import DEPENDENCIES, OWNER, SYSTEM, Kind
from cuelight.model.shapes import record, text, texts

KIND = Kind(
    name="Resource",
    spec=record({"type": text, "owner": text, "dependsOn": texts, "system": text}, required=("type", "owner")),
    references=(OWNER, *DEPENDENCIES, SYSTEM),
)
