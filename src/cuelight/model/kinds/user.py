"""User: a person, and the groups that they belong to."""

from cuelight.model.kind import PROFILE, Kind, Reference
from cuelight.model.shapes import record, texts

KIND = Kind(
    name="User",
    spec=record({"profile": PROFILE, "memberOf": texts}, required=("memberOf",)),
    references=(Reference("memberOf", "Group", "memberOf", "hasMember"),),
)
