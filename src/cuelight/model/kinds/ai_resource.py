"""AiResource: a skill, a rule, a plugin or a marketplace of them, for tools that write code. Opt-in, as in Backstage."""

from typing import Any

from cuelight.model.kind import OWNER, SYSTEM, Kind, Reference
from cuelight.model.shapes import Fault, Shape, at_most, record, text, texts

_NEEDED = ("type", "lifecycle", "owner")
_shared = dict.fromkeys((*_NEEDED, "system"), text)
_types: dict[str, Shape] = {
    "rule": record(
        {**_shared, "disciplines": texts, **dict.fromkeys(("category", "rationale"), text)},
        required=(*_NEEDED, "category", "rationale"),
    ),
    "plugin": record({**_shared, "skills": texts, "version": text}, required=(*_NEEDED, "skills")),
    "marketplace": record({**_shared, "plugins": texts, "version": text}, required=(*_NEEDED, "plugins")),
    "skill": record(
        {
            **_shared,
            **dict.fromkeys(("disciplines", "categories", "agents", "dependsOn"), texts),
            **dict.fromkeys(("allowedTools", "license"), text),
            "compatibility": at_most(500),
        },
        required=_NEEDED,
    ),
}
_other = record(_shared, required=_NEEDED)


def _spec(value: Any) -> Fault | None:
    """The shape that the type of *value* asks for."""
    kind = value.get("type") if isinstance(value, dict) else None
    return _types.get(kind, _other)(value) if isinstance(kind, str) else _other(value)


KIND = Kind(
    name="AiResource",
    api_versions=("backstage.io/v1alpha1",),
    spec=_spec,
    references=(
        OWNER,
        SYSTEM,
        Reference("dependsOn", "AiResource", "dependsOn", "dependencyOf"),
        Reference("skills", "AiResource", "hasPart", "partOf"),
        Reference("plugins", "AiResource", "hasPart", "partOf"),
    ),
    opt_in=True,
)
