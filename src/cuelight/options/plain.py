"""The way back: a section as the plain values that would spell it, secrets masked."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from cuelight.options.words import MASK, SecretUrl

_TELLTALE: Final = re.compile(r"secret|token|passw|credential|apikey|privatekey|accesskey", re.IGNORECASE)
_SCALARS: Final = {type(None), bool, int, float}
"""What stands for itself; a word (`Secret`, `Duration`, `ByteSize`) is its text."""


def plain(value: Any, *, key: str = "") -> Any:
    """*value* as maps, lists and scalars under its configuration keys, with every secret as `***`.

    Text that no section typed (an engine's own options) is masked where *key*, its name, tells that it is secret.
    Fields that are None are left out.
    """
    match value:
        case msgspec.Struct():
            named = [(field.encode_name, getattr(value, field.name)) for field in msgspec.structs.fields(value)]
            return {name: plain(item, key=name) for name, item in named if item is not None}
        case str():
            return _masked(value, key)
        case Mapping():
            return {str(name): plain(item, key=str(name)) for name, item in value.items()}
        case Sequence() | frozenset():
            return [plain(item, key=key) for item in value]
    return value if type(value) in _SCALARS else str(value)


def _masked(text: str, key: str) -> str:
    if _TELLTALE.search(key):
        return MASK
    return str(SecretUrl(text)) if "@" in text and urlsplit(text).scheme else text
