"""`eventSystem`: which engine carries the events, and each engine's own options."""

from collections.abc import Mapping
from typing import Any

from cuelight.options import Section


class EventSystemSection(Section, frozen=True):
    """The event system. `client` names an engine (`db`); `engines` has the options of each, by its name.

    In the configuration an engine's options stand beside `client`, as `eventSystem.<engine>`. The engine reads them:
    it knows its own section.
    """

    client: str = "db"
    engines: Mapping[str, Mapping[str, Any]] = {}

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Gather the engines' maps under one key."""
        if not isinstance(raw, Mapping):
            return raw
        engines = {key: value for key, value in raw.items() if isinstance(value, Mapping)}
        return {**{key: value for key, value in raw.items() if key not in engines}, "engines": engines}
