"""From raw values to sections, with every reason why not.

msgspec stops at the first thing that is wrong, and an operator wants to hear of all of them: so the walk over
sections, lists and maps is done here, and msgspec reads the leaves.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo

from cuelight.errors import CuelightError
from cuelight.options.findings import Finding, InvalidConfiguration, Unreadable
from cuelight.options.section import Section

T = TypeVar("T")

FAILED: Final = object()
"""What `Conversion.value` answers where a finding was made."""

_ALIKE: Final = 0.85
"""From this likeness on, an unknown key is taken for a slip even where other programs' keys may stand."""

_NAMES: Final = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "a map",
    "array": "a list",
    "null": "nothing",
}


def convert(raw: Any, kind: type[T], path: str = "") -> T:
    """*raw* as a *kind*; InvalidConfiguration with everything that is wrong, each under its key's path below *path*."""
    conversion = Conversion()
    value = conversion.value(raw, kind, path)
    if conversion.findings:
        raise InvalidConfiguration(conversion.findings)
    converted: T = value
    return converted


class Conversion:
    """One reading of raw values: collects what is wrong, and the paths of keys that nobody here wants.

    `respelled` has the paths that nobody wrote and that a section made of another spelling.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.passed_over: list[str] = []
        self.respelled: list[str] = []

    def value(self, raw: Any, kind: Any, path: str) -> Any:
        """*raw* as a *kind* (a type or an annotation); FAILED where it is none, with the findings that say why."""
        if isinstance(raw, Unreadable):
            return self._fail(path, raw.message)
        origin = get_origin(kind)
        if origin in {Union, UnionType}:
            return self._union(raw, kind, path)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._section(raw, kind, path)
        if origin in {Sequence, list, tuple}:
            return self._sequence(raw, get_args(kind)[0], path)
        if origin in {Mapping, dict}:
            return self._mapping(raw, get_args(kind)[1], path)
        return self._anything(raw, path) if kind in {Any, object} else self._leaf(raw, kind, path)

    def _fail(self, path: str, message: str) -> Any:
        self.findings.append(Finding(path=path, message=message))
        return FAILED

    def _union(self, raw: Any, kind: Any, path: str) -> Any:
        wanted = [member for member in get_args(kind) if member is not NoneType]
        if NoneType in get_args(kind) and (raw is None or (raw is False and bool not in wanted)):
            return None
        if len(wanted) == 1:
            return self.value(raw, wanted[0], path)
        return self._leaf(raw, kind, path)

    def _section(self, raw: Any, kind: type[msgspec.Struct], path: str) -> Any:
        try:
            given = self._respelled(raw, kind, path)
        except ValueError as error:
            return self._fail(path, str(error))
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        if not isinstance(given, Mapping):
            return self._fail(path, f"expected a map with the keys {', '.join(fields)}; got {_described(raw)}")
        self._unknown(given, kind, path)
        values = {field.name: self._field(given, field, path) for field in fields.values() if _present(given, field)}
        if FAILED in values.values():
            return FAILED
        try:
            return kind(**values)
        except (ValueError, CuelightError) as error:
            return self._fail(path, str(error))

    def _respelled(self, raw: Any, kind: type[msgspec.Struct], path: str) -> Any:
        written = _parsed(raw)
        given = kind.respell(written) if issubclass(kind, Section) else written
        if given is not written and isinstance(given, Mapping):
            known = written if isinstance(written, Mapping) else {}
            self.respelled += [_below(path, key) for key in given if key not in known]
        return given

    def _field(self, given: Mapping[str, Any], field: FieldInfo, path: str) -> Any:
        key = field.encode_name
        if given.get(key) is None:
            return self._fail(_below(path, key), "is missing; add it")
        return self.value(given[key], field.type, _below(path, key))

    def _unknown(self, given: Mapping[str, Any], kind: type[msgspec.Struct], path: str) -> None:
        known = [field.encode_name for field in msgspec.structs.fields(kind)]
        for key in [key for key in given if key not in known]:
            message = _verdict(key, known, kind)
            if message is None:
                self.passed_over.append(_below(path, key))
            else:
                self._fail(_below(path, key), message)

    def _sequence(self, raw: Any, kind: Any, path: str) -> Any:
        given = _parsed(raw)
        if not isinstance(given, Sequence) or isinstance(given, str):
            return self._fail(path, f"expected a list; got {_described(raw)}")
        values = [self.value(item, kind, f"{path}[{index}]") for index, item in enumerate(given)]
        return FAILED if FAILED in values else tuple(values)

    def _mapping(self, raw: Any, kind: Any, path: str) -> Any:
        given = _parsed(raw)
        if not isinstance(given, Mapping):
            return self._fail(path, f"expected a map; got {_described(raw)}")
        values = {key: self.value(item, kind, _below(path, key)) for key, item in given.items()}
        return FAILED if FAILED in values.values() else values

    def _anything(self, raw: Any, path: str) -> Any:
        if isinstance(raw, Mapping):
            return self._mapping(raw, Any, path)
        return self._sequence(raw, Any, path) if isinstance(raw, list | tuple) else raw

    def _leaf(self, raw: Any, kind: Any, path: str) -> Any:
        try:
            return msgspec.convert(raw, kind, strict=False, dec_hook=_word)
        except msgspec.ValidationError as error:
            return self._fail(path, _explained(str(error), kind))


def _word(kind: Any, raw: Any) -> Any:
    reader = getattr(kind, "from_config", None)
    if reader is None:
        raise NotImplementedError(f"{kind} has no from_config")
    return reader(raw)


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _present(given: Mapping[str, Any], field: FieldInfo) -> bool:
    """Whether the field has to be looked at: it is given, or it must be."""
    return field.required or given.get(field.encode_name) is not None


def _parsed(raw: Any) -> Any:
    """A list or map that travelled as text, in an environment variable, as what it stands for."""
    if not isinstance(raw, str) or not raw.lstrip().startswith(("[", "{")):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _verdict(key: str, known: Sequence[str], kind: type[msgspec.Struct]) -> str | None:
    """What is wrong with the unknown *key* of a *kind*; None where it is passed over."""
    shared = issubclass(kind, Section) and kind.shared
    if issubclass(kind, Section) and key in kind.passed_over:
        return None
    near = difflib.get_close_matches(key, known, n=1, cutoff=_ALIKE if shared else 0.6)
    if near:
        return f"is unknown; did you mean {near[0]}?"
    return None if shared else f"is unknown; known here: {', '.join(sorted(known))}"


def _explained(message: str, kind: Any) -> str:
    """What msgspec says, in the words of a configuration file."""
    text = re.sub(r"`(\w+)`", lambda name: _NAMES.get(name[1], name[0]), message.partition(" - at ")[0])
    text = text.replace("Invalid enum value", "Is")
    if get_origin(kind) is Literal:
        return f"{text[0].lower()}{text[1:]}; choose one of {', '.join(map(str, get_args(kind)))}"
    return f"{text[0].lower()}{text[1:]}{'; put it in quotes' if text.startswith('Expected text') else ''}"


def _described(raw: Any) -> str:
    if isinstance(raw, str):
        return _NAMES["str"]
    if isinstance(raw, Mapping):
        return _NAMES["object"]
    return _NAMES["array"] if isinstance(raw, Sequence) else _NAMES.get(type(raw).__name__, type(raw).__name__)
