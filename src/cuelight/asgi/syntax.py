"""What is wrong with a text that is not JSON, in the words of V8's `JSON.parse`: what Backstage's callers get to read.

Pure, and only asked once a text could not be read. Positions count UTF-16 code units, as JavaScript does.
https://github.com/v8/v8/blob/main/src/json/json-parser.cc
"""

import re
from array import array
from typing import Final

CONTEXT: Final = 10
"""Characters on either side of the one that was not expected that are shown."""

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_DIGITS: Final = re.compile(r"[0-9]*")
_LITERALS: Final = {"t": "true", "f": "false", "n": "null"}
_SPECIAL: Final = frozenset({"NaN", "Infinity", "undefined", "[object Object]"})
_CLOSING: Final = {
    "}": "Expected ',' or '}' after property value in JSON",
    "]": "Expected ',' or ']' after array element in JSON",
}


def syntax_flaw(text: str) -> str | None:
    """Say what is wrong with *text*, a request's body; None where it is an object or an array in JSON.

    Anything else than these two is refused as Express' body parser does, by its first character.
    """
    scanner = _Scanner(text)
    try:
        scanner.structure()
    except _Flaw as flaw:
        return str(flaw).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return None


class _Flaw(Exception):
    """Its message is V8's."""


class _Scanner:
    def __init__(self, text: str) -> None:
        units = array("H", text.encode("utf-16-le", "surrogatepass"))
        self._text = "".join(map(chr, units))
        self._at = 0
        self._open: list[str] = []
        """What closes each container that is open."""

    def structure(self) -> None:
        """Go over an object or an array with nothing after it; `_Flaw` at what is no JSON."""
        first = self._peek()
        if first and first not in "{[":
            raise self._token(first)
        self._value()
        while self._another():
            self._value()

    def _value(self) -> None:
        """Go over a scalar, an empty container, or what opens containers before one."""
        while self._opened():
            pass

    def _opened(self) -> bool:
        """Go over one value; True where it opened a container, and a value follows in it."""
        match self._peek():
            case "{":
                return self._container("}")
            case "[":
                return self._container("]")
            case '"':
                self._string()
            case "t" | "f" | "n" as letter:
                self._literal(_LITERALS[letter])
            case letter if letter and letter in "-0123456789":
                self._number()
            case _:
                raise self._unexpected()
        return False

    def _container(self, closing: str) -> bool:
        self._at += 1
        if self._peek() == closing:
            self._at += 1
            return False
        if closing == "}":
            self._name(first=True)
        self._open.append(closing)
        return True

    def _another(self) -> bool:
        """After a value: whether another one follows; containers that end are closed."""
        while self._open:
            letter, closing = self._peek(), self._open[-1]
            if letter == ",":
                self._at += 1
                if closing == "}":
                    self._name(first=False)
                return True
            if letter != closing:
                raise self._flaw(_CLOSING[closing])
            self._at += 1
            self._open.pop()
        if self._peek():
            raise self._flaw("Unexpected non-whitespace character after JSON")
        return False

    def _name(self, *, first: bool) -> None:
        if self._peek() != '"':
            wanted = "property name or '}'" if first else "double-quoted property name"
            raise self._flaw(f"Expected {wanted} in JSON")
        self._string()
        if self._peek() != ":":
            raise self._flaw("Expected ':' after property name in JSON") if first else self._unexpected()
        self._at += 1

    def _string(self) -> None:
        self._at += 1
        while (letter := self._skip(_PLAIN)) != '"':
            if not letter:
                raise self._flaw("Unterminated string in JSON")
            if letter != "\\":
                raise self._flaw("Bad control character in string literal in JSON")
            self._escape()
        self._at += 1

    def _escape(self) -> None:
        self._at += 1
        letter = self._here()
        if not letter:
            raise self._unexpected()
        if letter not in 'bfnrtu"\\/':
            raise self._flaw("Bad escaped character in JSON")
        self._at += 1
        for _ in range(4 if letter == "u" else 0):
            if not self._here() or self._here() not in "0123456789abcdefABCDEF":
                raise self._flaw("Bad Unicode escape in JSON")
            self._at += 1

    def _number(self) -> None:
        if self._here() == "-":
            self._at += 1
            self._digit("No number after minus sign in JSON")
        if self._here() == "0":
            self._at += 1
            if _digit(self._here()):
                raise self._unexpected()
        if self._skip(_DIGITS) == ".":
            self._at += 1
            self._digit("Unterminated fractional number in JSON")
            self._skip(_DIGITS)
        if self._here() in ("e", "E"):
            self._at += 1
            if self._here() in ("+", "-"):
                self._at += 1
            self._digit("Exponent part is missing a number in JSON")
            self._skip(_DIGITS)

    def _digit(self, otherwise: str) -> None:
        if not _digit(self._here()):
            raise self._flaw(otherwise)

    def _literal(self, word: str) -> None:
        for letter in word:
            if self._here() != letter:
                raise self._unexpected()
            self._at += 1

    def _here(self) -> str:
        """The character that comes next, empty at the end."""
        return self._text[self._at : self._at + 1]

    def _skip(self, passed: re.Pattern[str]) -> str:
        """Go over what *passed* matches; the character that comes then."""
        found = passed.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._here()

    def _peek(self) -> str:
        return self._skip(_BLANK)

    def _unexpected(self) -> _Flaw:
        letter = self._here()
        if not letter:
            return _Flaw("Unexpected end of JSON input")
        if letter in "-0123456789":
            return self._flaw("Unexpected number in JSON")
        if letter == '"':
            return self._flaw("Unexpected string in JSON")
        if self._text in _SPECIAL:
            return _Flaw(f'"{self._text}" is not valid JSON')
        return self._token(letter)

    def _token(self, letter: str) -> _Flaw:
        """A character that nothing begins with, within a few others."""
        start, end = self._at - CONTEXT, self._at + CONTEXT
        if len(self._text) <= 2 * CONTEXT:
            return _Flaw(f"Unexpected token '{letter}', \"{self._text}\" is not valid JSON")
        before = "..." if start >= 0 else ""
        after = "..." if end < len(self._text) or start < 0 else ""
        shown = self._text[max(0, start) : end]
        return _Flaw(f"Unexpected token '{letter}', {before}\"{shown}\"{after} is not valid JSON")

    def _flaw(self, what: str) -> _Flaw:
        lines = re.split(r"\r\n|\r|\n", self._text[: self._at])
        return _Flaw(f"{what} at position {self._at} (line {len(lines)} column {len(lines[-1]) + 1})")


def _digit(letter: str) -> bool:
    return bool(letter) and letter in "0123456789"
