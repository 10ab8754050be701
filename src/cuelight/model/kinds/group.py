"""Group: a team, a department, any unit that owns things."""

from cuelight.model.kind import PROFILE, Kind, Reference
from cuelight.model.shapes import record, text, texts

KIND = Kind(
    name="Group",
    spec=record(
        {"type": text, "profile": PROFILE, "parent": text, "children": texts, "members": texts},
        required=("type", "children"),
    ),
    references=(
        Reference("parent", "Group", "childOf", "parentOf"),
        Reference("children", "Group", "parentOf", "childOf"),
        Reference("members", "User", "hasMember", "memberOf"),
    ),
)
