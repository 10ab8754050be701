"""The shape of one room's part of the configuration."""

from typing import Any, ClassVar

import msgspec


class Section(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One room's part of the configuration: a frozen Struct whose keys are the camelCase names of its fields.

    A field is a plain type, a word (`Secret`, `Duration`, `ByteSize`, or any type with `from_config`), another
    Section, or a `Sequence`, `Mapping` or optional of these; where `T | None` is allowed, `false` means None.
    Rules that hold between fields go into `__post_init__`, which raises ValueError saying what to do.
    """

    passed_over: ClassVar[frozenset[str]] = frozenset()
    """Keys that Backstage has here and Cuelight does not use: listed by `config check`, never an error."""

    shared: ClassVar[bool] = False
    """Whether any other key may belong to some other program; it is then passed over like these."""

    @classmethod
    def respell(cls, raw: Any) -> Any:
        """Turn Backstage's other spellings of this section into the one of its fields; ValueError where it is none.

        *raw* is whatever was written: a map as a rule, text where a short form exists.
        """
        return raw
