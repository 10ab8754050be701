"""Query parameters: declared as a Struct, read and refused as Backstage does it.

    class Listing(Query, frozen=True, kw_only=True):
        facet: tuple[str, ...]
        filter: tuple[str, ...] = ()
        limit: Annotated[int, Meta(ge=0)] | None = None

A parameter that is unknown, empty or missing, a number that is none or past its range: 400, in Backstage's words (the
words of its OpenAPI validator) for the first thing that is wrong. A parameter of a tuple type may be repeated, any
other may not.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import unquote

import msgspec
from msgspec import inspect

from cuelight.errors import InputError

MAX_QUERY = 64 * 1024
"""Bytes of a query string."""
MAX_PARAMETERS = 1000

MAX_INTEGER = 2**53 - 1
"""What every JSON reader and every database still counts exactly."""
MOST_DIGITS = 32
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
"""As JavaScript takes text for a number."""
_INDEX = re.compile(r"\[[0-9]{0,2}\]$")
"""What may follow the name of a parameter that is repeated: `filter[]`, `filter[0]`."""

Listed = Annotated[tuple[str, ...], msgspec.Meta(extra={"explode": False})]
"""Several values in one parameter, parted by commas, which whoever reads them parts; or repeated."""


class Query(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The parameters that an endpoint takes; this one takes none. A field without a default has to be sent."""


Q = TypeVar("Q", bound=Query)
Read = Callable[[Sequence[str]], Any]
"""From what was sent for one parameter to its value; ValueError says what it must be: `must be integer`."""


class QueryReader(Generic[Q]):
    """Reads the parameters that *query* declares."""

    def __init__(self, query: type[Q]) -> None:
        described = inspect.type_info(query)
        if not isinstance(described, inspect.StructType):
            raise TypeError(f"{query} is no Query")
        self.query = query
        hints = get_type_hints(query, include_extras=True)
        self._reads: Mapping[str, Read] = {
            field.encode_name: _read(field.type, hints[field.name]) for field in described.fields
        }
        self._names = {field.encode_name: field.name for field in described.fields}
        self._required = [field.encode_name for field in described.fields if field.required]
        self._nothing = None if self._required else query()

    def read(self, query_string: bytes) -> Q:
        """Read *query_string*; InputError with the first thing that is wrong with it."""
        if not query_string and self._nothing is not None:
            return self._nothing
        sent = _parse(query_string)
        for name, values in sent.items():
            self._expect(name, values)
        for name in self._required:
            if name not in sent:
                raise InputError(f"request/query must have required property '{name}'")
        return self._query_of(sent)

    def described(self) -> Iterator[dict[str, Any]]:
        """The parameters in the words of OpenAPI."""
        (_,), schemas = msgspec.json.schema_components([self.query])
        schema = schemas[self.query.__name__]
        listed = {field.encode_name for field in msgspec.structs.fields(self.query) if _is_listed(field.type)}
        for name, fragment in schema["properties"].items():
            parameter = {"name": name, "in": "query", "required": name in self._required, "schema": _present(fragment)}
            yield {**parameter, "style": "form", "explode": False} if name in listed else parameter

    def _expect(self, name: str, values: Sequence[str]) -> None:
        if name not in self._reads:
            raise InputError(f"Unknown query parameter '{name}'")
        if values == [""]:
            raise InputError(f"Empty value found for query parameter '{name}'")
        if any("\0" in value for value in values):
            raise InputError(
                f"request/query/{name} must not hold the character %00, which no database keeps; leave it out"
            )

    def _query_of(self, sent: Mapping[str, Sequence[str]]) -> Q:
        values: dict[str, Any] = {}
        for name, read in self._reads.items():
            if name in sent:
                try:
                    values[self._names[name]] = read(sent[name])
                except ValueError as error:
                    raise InputError(f"request/query/{name} {error}") from None
        return self.query(**values)


def _parse(query_string: bytes) -> dict[str, list[str]]:
    if len(query_string) > MAX_QUERY:
        raise InputError(
            f"the query string has {len(query_string)} bytes, at most {MAX_QUERY} are read; send fewer values"
        )
    pairs = [pair for pair in query_string.decode("latin-1").split("&") if pair and pair[0] != "="]
    if len(pairs) > MAX_PARAMETERS:
        raise InputError(
            f"the query string has {len(pairs)} parameters, at most {MAX_PARAMETERS} are read; send fewer values"
        )
    sent: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        sent.setdefault(_INDEX.sub("", _decoded(name)), []).append(_decoded(value))
    return sent


def _decoded(sent: str) -> str:
    """*sent* decoded; as it was sent, where that is not UTF-8."""
    # https://github.com/ljharb/qs/blob/v6.13.0/lib/utils.js
    plain = sent.replace("+", " ")
    try:
        return unquote(plain, errors="strict") if "%" in plain else plain
    except UnicodeDecodeError:
        return plain


def _read(declared: inspect.Type, hint: Any) -> Read:
    """How a parameter of the type *declared*, written as *hint*, is read."""
    match _plain(declared):
        case inspect.VarTupleType(item_type=item, max_length=most):
            return _each(_read(item, hint), most)
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


def _plain(declared: inspect.Type) -> inspect.Type:
    """*declared* without what it says besides, and without its being optional."""
    if isinstance(declared, inspect.Metadata):
        return _plain(declared.type)
    if isinstance(declared, inspect.UnionType):
        return _plain(next(each for each in declared.types if not isinstance(each, inspect.NoneType)))
    return declared


def _is_listed(hint: Any) -> bool:
    return any(
        isinstance(meta, msgspec.Meta) and meta.extra == {"explode": False}
        for meta in getattr(hint, "__metadata__", ())
    )


def _present(fragment: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that was sent: null stands for one that was not, and an empty text is refused."""
    present = next((each for each in fragment.get("anyOf", ()) if each != {"type": "null"}), fragment)
    if "enum" in present:
        return {"type": "string", **present}
    if present.get("type") == "string":
        return {**present, "minLength": 1}
    if present.get("type") == "integer":
        return {"maximum": MAX_INTEGER, **present}
    return present


def _single(sent: Sequence[str]) -> str:
    if len(sent) != 1:
        raise ValueError("must be string")
    return sent[0]


def _each(read: Read, most: int | None) -> Read:
    def read_all(sent: Sequence[str]) -> tuple[Any, ...]:
        if most is not None and len(sent) > most:
            raise ValueError(f"must NOT have more than {most} items")
        return tuple(read([value]) for value in sent)

    return read_all


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
        if len(sent) != 1 or len(sent[0]) > MOST_DIGITS or not NUMBER.fullmatch(sent[0]):
            raise ValueError(f"must be {word}")
        value = float(sent[0])
        if kind is int and not value.is_integer():
            raise ValueError(f"must be {word}")
        if least is not None and value < least:
            raise ValueError(f"must be >= {least}")
        if value > most:
            raise ValueError(f"must be <= {most}")
        return kind(value)

    return read
