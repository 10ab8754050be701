"""The plain values of a query, as JavaScript has them."""

from typing import Any

import msgspec

from cuelight.model.scalars import javascript_text


def is_primitive(value: Any) -> bool:
    """Whether it is a text, a number or a truth."""
    return isinstance(value, str | int | float)


def text_of(value: Any) -> str:
    """A primitive as search rows hold it."""
    return javascript_text(value).lower()


def written(value: Any) -> str:
    """The value as JSON, for a message."""
    return msgspec.json.encode(value).decode()
