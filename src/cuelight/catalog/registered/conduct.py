"""How registering behaves, as the configuration has it."""

from typing import Literal

import msgspec

from cuelight.errors import NotAllowedError

OnConflict = Literal["reject", "refresh"]
"""What becomes of a location that is registered already: refused, or looked at again."""


class Registering(msgspec.Struct, frozen=True, kw_only=True):
    """Whether anything may be registered, and what becomes of what is registered already."""

    readonly: bool = False
    on_conflict: OnConflict = "reject"

    def permit(self) -> None:
        """NotAllowedError where nothing may be registered, moved or unregistered."""
        if self.readonly:
            raise NotAllowedError("This operation not allowed in readonly mode")
