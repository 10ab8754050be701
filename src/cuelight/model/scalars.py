"""Scalars: as YAML 1.2's core schema reads them, and as JavaScript writes them.

Backstage's catalog is JavaScript: its YAML parser makes every number a double, and search rows and object keys hold
what `String(value)` gives. Here that is said once.
"""

import math
import re
from typing import Any

# https://yaml.org/spec/1.2.2/#103-core-schema
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INTEGER = re.compile(r"[-+]?[0-9]+").fullmatch
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)").fullmatch
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?").fullmatch
_NUMERIC_STARTS = frozenset("0123456789+-.")

_EXACT = 2**53
_LONGEST_INTEGER = 400
"""Digits past which any integer is infinite as a double."""

_TYPES: dict[str, tuple[type, ...]] = {
    "tag:yaml.org,2002:int": (int,),
    "tag:yaml.org,2002:float": (float, int),
    "tag:yaml.org,2002:bool": (bool,),
    "tag:yaml.org,2002:null": (type(None),),
}


def resolve(text: str) -> Any:
    """What an untagged plain scalar stands for: None, a bool, a number (perhaps infinite or NaN), or *text* itself."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _NUMERIC_STARTS else text


def resolve_tagged(tag: str, text: str) -> Any:
    """What a scalar with an explicit tag stands for: the tag's type where *text* spells one, else *text* itself."""
    types = _TYPES.get(tag)
    if types is None:
        return text
    value = resolve(text)
    is_integer = _INTEGER(text) or _BASED(text)
    if tag.endswith((":int", ":float")) and (tag.endswith(":int") is not bool(is_integer)):
        return text
    return value if type(value) in types else text


def jsonable(value: Any) -> Any:
    """The scalar as JSON can hold it: what is not a finite number becomes None, as in `JSON.stringify`."""
    return None if type(value) is float and not math.isfinite(value) else value


def javascript_text(value: Any) -> str:
    """`String(value)` of a scalar: `true`, `null`, `1.5`, `1e+21`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else number_text(value)


def number_text(value: float) -> str:
    """A number as JavaScript writes a double: no `.0`, plain digits between 1e-7 and 1e21, else an exponent."""
    # https://tc39.es/ecma262/#sec-numeric-types-number-tostring
    if isinstance(value, int) and -_EXACT <= value <= _EXACT:
        return str(value)
    number = _double(value)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    return _finite_text(number)


def _finite_text(number: float) -> str:
    if number == 0:
        return "0"
    mantissa, _, exponent = f"{abs(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return ("-" if number < 0 else "") + _placed(digits.rstrip("0"), point)


def _placed(digits: str, point: int) -> str:
    """Significant *digits* with the decimal point after *point* of them, in JavaScript's notation."""
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    shown = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{shown}e{point - 1:+d}"


def _number(text: str) -> Any:
    if _INTEGER(text):
        return _normal(float(text) if len(text) > _LONGEST_INTEGER else int(text))
    if _BASED(text):
        return _normal(int(text[2:], 8 if text[1] == "o" else 16))
    return _normal(float(text)) if _FLOAT(text) else text


def _normal(number: float) -> float:
    """The double nearest to *number*; an int where it is whole and a 64-bit integer holds it."""
    if isinstance(number, int) and -_EXACT <= number <= _EXACT:
        return number
    double = _double(number)
    return int(double) if abs(double) < 2**63 and double.is_integer() else double


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
