"""Query parameters: declared as a Struct, read and refused as Backstage does it.

    class Listing(Query, frozen=True, kw_only=True):
        filter: tuple[str, ...] = ()
        limit: Annotated[int, Meta(ge=0)] | None = None

An unknown parameter, an empty one, a number that is none or past its range: 400, in Backstage's words (the words
of its OpenAPI validator). A parameter of a tuple type may be repeated, any other may not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from msgspec import inspect

from cuelight.errors import InputError

MAX_QUERY = 64 * 1024
"""Bytes of a query string."""
MAX_PARAMETERS = 1000

MAX_INTEGER = 2**53 - 1
"""What every JSON reader and every database still counts exactly."""


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The parameters that an endpoint takes; this one takes none. Subclasses add fields, each with a default."""


Q = TypeVar("Q", bound=Query)
Read = Callable[[Sequence[str]], Any]
"""From what was sent for one parameter to its value; ValueError says what it must be: `must be integer`."""


class QueryReader(Generic[Q]):
    """Reads the parameters that *query* declares."""

    def __init__(self, query: type[Q]) -> None:
        described = inspect.type_info(query)
        if not isinstance(described, inspect.StructType):
            raise TypeError(f"{query} is no Query")
        self._query = query
        hints = get_type_hints(query)
        self._reads: Mapping[str, Read] = {
            field.encode_name: _read(field.type, hints[field.name]) for field in described.fields
        }
        self._names = {field.encode_name: field.name for field in described.fields}

    def read(self, query_string: bytes) -> Q:
        """Read *query_string*; InputError with everything that is wrong with it."""
        sent = _parse(query_string)
        for name, values in sent.items():
            self._expect(name, values)
        converted, wrong = self._convert(sent)
        if wrong:
            raise InputError(", ".join(wrong))
        return self._query(**converted)

    def _expect(self, name: str, values: Sequence[str]) -> None:
        if name not in self._reads:
            raise InputError(f"Unknown query parameter '{name}'")
        if values == [""]:
            raise InputError(f"Empty value found for query parameter '{name}'")

    def _convert(self, sent: Mapping[str, Sequence[str]]) -> tuple[dict[str, Any], list[str]]:
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for name, read in self._reads.items():
            if name in sent:
                try:
                    values[self._names[name]] = read(sent[name])
                except ValueError as error:
                    wrong.append(f"request/query/{name} {error}")
        return values, wrong


def _parse(query_string: bytes) -> dict[str, list[str]]:
    if len(query_string) > MAX_QUERY:
        raise InputError(
            f"the query string has {len(query_string)} bytes, at most {MAX_QUERY} are read; send fewer values"
        )
    try:
        pairs = parse_qsl(
            query_string.decode("latin-1"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError as error:
        raise InputError(f"the query string cannot be read: {error}") from error
    sent: dict[str, list[str]] = {}
    for name, value in pairs:
        sent.setdefault(name, []).append(value)
    return sent


def _read(declared: inspect.Type, hint: Any) -> Read:
    """How a parameter of the type *declared*, written as *hint*, is read."""
    match declared:
        case inspect.UnionType(types=types):
            return _read(next(each for each in types if not isinstance(each, inspect.NoneType)), hint)
        case inspect.VarTupleType(item_type=item):
            return _each(_read(item, hint))
        case inspect.IntType(ge=least, le=most):
            return _number(int, "integer", least, most)
        case inspect.FloatType(ge=least, le=most):
            return _number(float, "number", least, most)
        case inspect.LiteralType():
            return _one_of(_literals(hint))
        case inspect.StrType():
            return _single
        case _:
            raise TypeError(f"no query parameter can be a {declared}")


def _single(sent: Sequence[str]) -> str:
    if len(sent) != 1:
        raise ValueError("must be string")
    return sent[0]


def _each(read: Read) -> Read:
    return lambda sent: tuple(read([value]) for value in sent)


def _one_of(allowed: tuple[str, ...]) -> Read:
    def read(sent: Sequence[str]) -> str:
        if len(sent) != 1 or sent[0] not in allowed:
            raise ValueError(f"must be equal to one of the allowed values: {', '.join(allowed)}")
        return sent[0]

    return read


def _literals(hint: Any) -> tuple[str, ...]:
    """The values of the `Literal` in *hint*, as they were written: `inspect` sorts them."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return next((found for part in get_args(hint) if (found := _literals(part))), ())


def _number(kind: type[int] | type[float], word: str, least: float | None, most: float | None) -> Read:
    most = MAX_INTEGER if most is None else most

    def read(sent: Sequence[str]) -> float:
        if len(sent) != 1 or not sent[0].isascii() or "_" in sent[0] or len(sent[0]) > 32:
            raise ValueError(f"must be {word}")
        try:
            value = kind(sent[0])
        except ValueError:
            raise ValueError(f"must be {word}") from None
        if least is not None and not value >= least:
            raise ValueError(f"must be >= {least}")
        if not value <= most:
            raise ValueError(f"must be <= {most}")
        return value

    return read
