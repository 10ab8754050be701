"""The scalars of configuration that YAML has no type for: secrets, durations, sizes."""

import re
from collections.abc import Mapping
from typing import Final, Protocol, Self
from urllib.parse import urlsplit, urlunsplit

MASK: Final = "***"
"""What is shown in place of a secret."""


class Word(Protocol):
    """A type that reads itself from a raw value."""

    @classmethod
    def from_config(cls, raw: object) -> Self:
        """*raw* as this type; ValueError says what it should look like."""
        ...


class Secret:
    """Text that never shows itself: `repr`, `str`, formatting and JSON give `***`. `reveal()` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def from_config(cls, raw: object) -> Self:
        """*raw* as a secret; ValueError unless it is text that is not empty."""
        if not isinstance(raw, str):
            raise ValueError("expected a secret; put it in quotes")  # noqa: TRY004 - msgspec passes a ValueError's text on
        if not raw:
            raise ValueError("is empty; give the secret, or remove the key")
        return cls(raw)

    def reveal(self) -> str:
        """The text itself. Only for whoever signs, verifies or logs in with it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class SecretUrl(Secret):
    """A URL that may carry a password: shown with the password masked, `reveal()` gives it whole."""

    __slots__ = ()

    def __str__(self) -> str:
        parts = urlsplit(self._text)
        user, colon, rest = parts.netloc.rpartition("@")[0].partition(":")
        if not colon and not rest:
            return self._text
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{user}:{MASK}@{host}"))


_SECONDS: Final = {
    "milliseconds": 0.001,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 7 * 86400.0,
    "months": 30 * 86400.0,
    "years": 365 * 86400.0,
}
_SHORT: Final = {
    "ms": "milliseconds",
    "s": "seconds",
    "sec": "seconds",
    "m": "minutes",
    "min": "minutes",
    "h": "hours",
    "hr": "hours",
    "d": "days",
    "w": "weeks",
}
_UNITS: Final = {unit: unit for unit in _SECONDS} | {unit[:-1]: unit for unit in _SECONDS} | _SHORT
_HUMAN: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]+)", re.IGNORECASE)
_NUMBER: Final = r"\d{1,12}(?:[.,]\d{1,6})?"
_ISO: Final = re.compile(
    rf"P(?=.)(?:(?P<years>{_NUMBER})Y)?(?:(?P<months>{_NUMBER})M)?(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=.)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER})S)?)?"
)
_LONGEST: Final = 100 * _SECONDS["years"]


class Duration(float):
    """Seconds, read from Backstage's forms: `PT3H`, `3h`, `90s`, `1.5 hours`, `{hours: 3}`."""

    __slots__ = ()

    @classmethod
    def from_config(cls, raw: object) -> Self:
        """*raw* as a duration; ValueError names the forms. A bare number is refused: its unit would be a guess."""
        seconds = _from_text(raw.strip()) if isinstance(raw, str) else _from_map(raw)
        if seconds is None or seconds > _LONGEST:
            raise ValueError("expected a duration of at most 100 years: 90s, 3h, PT3H or {hours: 3}")
        return cls(seconds)

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"

    def __str__(self) -> str:
        for letter, seconds in (("d", 86400), ("h", 3600), ("m", 60)):
            if self and self % seconds == 0:
                return f"{int(self // seconds)}{letter}"
        return f"{float(self):g}s"


def _from_text(text: str) -> float | None:
    if match := _ISO.fullmatch(text.upper()):
        return sum(float(value.replace(",", ".")) * _SECONDS[unit] for unit, value in match.groupdict("0").items())
    match = _HUMAN.fullmatch(text)
    unit = _UNITS.get(match[2].lower()) if match else None
    return float(match[1]) * _SECONDS[unit] if match and unit else None


def _from_map(raw: object) -> float | None:
    if not isinstance(raw, Mapping) or not raw or not raw.keys() <= _SECONDS.keys():
        return None
    if not all(isinstance(value, int | float) and value >= 0 for value in raw.values()):
        return None
    return sum(float(value) * _SECONDS[unit] for unit, value in raw.items())


_POWERS: Final = {"": 0, "b": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_SIZE: Final = re.compile(r"(\d{1,15})\s*(b|[kmgt](?:i?b)?)?", re.IGNORECASE)


class ByteSize(int):
    """Bytes, read from `25MB`, `512 KiB` or a number. A step is 1024, with or without the i, as in Express."""

    @classmethod
    def from_config(cls, raw: object) -> Self:
        """*raw* as a size; ValueError names the forms."""
        match = _SIZE.fullmatch(str(raw).strip()) if isinstance(raw, str | int) and not isinstance(raw, bool) else None
        if match is None:
            raise ValueError("expected a size: 25MB, 512KB or a number of bytes")
        return cls(int(match[1]) * 1024 ** _POWERS[(match[2] or "")[:1].lower()])

    def __repr__(self) -> str:
        return f"ByteSize({str(self)!r})"

    def __str__(self) -> str:
        for letter, power in (("G", 3), ("M", 2), ("K", 1)):
            if self and self % 1024**power == 0:
                return f"{self // 1024**power}{letter}B"
        return f"{int(self)}B"
