"""Component: a piece of software, usually one that is deployed or linked on its own."""

from cuelight.model.kind import DEPENDENCIES, OWNER, SYSTEM, Kind, Reference
from cuelight.model.shapes import record, text, texts

KIND = Kind(
    name="Component",
    spec=record(
        {
            **dict.fromkeys(("type", "lifecycle", "owner", "system", "subcomponentOf"), text),
            **dict.fromkeys(("providesApis", "consumesApis", "dependsOn"), texts),
        },
        required=("type", "lifecycle", "owner"),
    ),
    references=(
        OWNER,
        Reference("subcomponentOf", "Component", "partOf", "hasPart"),
        Reference("providesApis", "API", "providesApi", "apiProvidedBy"),
        Reference("consumesApis", "API", "consumesApi", "apiConsumedBy"),
        *DEPENDENCIES,
        SYSTEM,
    ),
)
