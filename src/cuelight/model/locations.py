"""Names of locations: `url:https://host/path`, which say where an entity was read from.

They travel in annotations and are location keys, so their text is exact: trimmed, never lower-cased.
"""

import hashlib
import re

import msgspec

from cuelight.errors import InputError

# Browsers pass over control characters before a scheme and over line breaks and tabs within it.
_SCRIPT = re.compile(r"[\x00-\x1f ]*" + r"[\r\n\t]*".join("javascript:"), re.IGNORECASE)


class LocationRef(msgspec.Struct, frozen=True):
    """Where something is: a type (`url`, `file`) and a target; `str()` is `type:target`."""

    type: str
    target: str

    def __str__(self) -> str:
        return f"{self.type}:{self.target}"


def parse_location_ref(text: str) -> LocationRef:
    """Read `type:target`, trimmed; InputError where a part is empty, `url:` was forgotten, or it is a script."""
    kind, colon, target = text.partition(":")
    kind, target = kind.strip(), target.strip()
    if not (colon and kind and target):
        raise InputError(
            f"Unable to parse location ref '{text}', expected '<type>:<target>', e.g. 'url:https://host/path'"
        )
    if kind in {"http", "https"}:
        raise InputError(f"Invalid location ref '{text}', please prefix it with 'url:', e.g. 'url:{text}'")
    if is_script(target):
        raise InputError(f"Invalid location ref '{text}', target is a javascript: URL")
    return LocationRef(kind, target)


def stringify_location_ref(kind: str, target: str) -> str:
    """Write `type:target`; InputError where a part is empty or the target is a script."""
    if not kind:
        raise InputError("Unable to stringify location ref, empty type")
    if not target:
        raise InputError("Unable to stringify location ref, empty target")
    if is_script(target):
        raise InputError(f"Invalid location ref '{kind}:{target}', target is a javascript: URL")
    return f"{kind}:{target}"


def is_script(url: str) -> bool:
    """Whether a browser would run *url* as a script, however it is disguised."""
    return _SCRIPT.match(url) is not None


def generated_name(kind: str, target: str) -> str:
    """The name of the Location entity that stands for `type:target`: `generated-` and the SHA-1 of that text."""
    return f"generated-{hashlib.sha1(f'{kind}:{target}'.encode(), usedforsecurity=False).hexdigest()}"
