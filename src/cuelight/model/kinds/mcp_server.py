"""API of type mcp-server: tools that agents call, with where they are served instead of a definition. Opt-in, as in Backstage."""

from cuelight.model.kind import OWNER, SYSTEM, Kind
from cuelight.model.shapes import array_of, filled, record, text

_remote = record({"type": text, "url": text}, required=("type", "url"))

KIND = Kind(
    name="API",
    type="mcp-server",
    spec=record(
        {**dict.fromkeys(("type", "lifecycle", "owner", "system"), text), "remotes": filled(array_of(_remote))},
        required=("type", "lifecycle", "owner", "remotes"),
    ),
    references=(OWNER, SYSTEM),
    opt_in=True,
)
