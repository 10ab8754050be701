"""Names of entities: `component:default/payments`, as texts, as parts, and from entities.

A ref's text is lower case wherever it identifies something (rows, relations, URLs); its parts keep the case
that somebody wrote. Reading checks the form alone: which characters a name may have is `fields`' concern.
"""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from cuelight.errors import InputError

DEFAULT_NAMESPACE = "default"
"""The namespace of an entity that names none."""


class Ref(msgspec.Struct, frozen=True):
    """The three parts of an entity's name, in the case that was written; `str()` is its lower-case text."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}:{self.namespace.lower()}/{self.name.lower()}"

    @classmethod
    def of(cls, entity: Mapping[str, Any]) -> "Ref":
        """The ref of *entity*, in its own case; an entity without a namespace is in `default`."""
        metadata = entity["metadata"]
        return cls(entity["kind"], metadata.get("namespace") or DEFAULT_NAMESPACE, metadata["name"])


def parse_ref(text: str, *, default_kind: str | None = None, default_namespace: str = DEFAULT_NAMESPACE) -> Ref:
    """Read `[kind:][namespace/]name`; InputError where a part is empty, or the kind is missing and has no default.

    The first colon and the first slash divide; a colon after a slash belongs to the name.
    """
    if not text:
        raise InputError("Entity reference must not be empty")
    slash = text.find("/")
    colon = text.find(":", 0, slash if slash >= 0 else len(text))
    kind = text[:colon] if colon >= 0 else default_kind
    namespace = text[colon + 1 : slash] if slash >= 0 else default_namespace or DEFAULT_NAMESPACE
    name = text[max(colon, slash) + 1 :]
    if colon == 0 or not namespace or not name:
        raise InputError(f'Entity reference "{text}" was not on the form [<kind>:][<namespace>/]<name>')
    if not kind:
        raise _missing("kind", text)
    return Ref(kind, namespace, name)


def ref_of(entity: Mapping[str, Any]) -> str:
    """The lower-case text that identifies *entity*, which has passed the envelope check."""
    metadata = entity["metadata"]
    namespace = metadata.get("namespace") or DEFAULT_NAMESPACE
    return f"{entity['kind'].lower()}:{namespace.lower()}/{metadata['name'].lower()}"


def read_ref(value: Any, *, default_kind: str | None = None, default_namespace: str = DEFAULT_NAMESPACE) -> Ref:
    """Read a reference as a descriptor may write it: a text, or an object of its parts; InputError where it is neither."""
    if isinstance(value, str):
        return parse_ref(value, default_kind=default_kind, default_namespace=default_namespace)
    if not isinstance(value, Mapping):
        raise _missing("kind", value)
    parts = {"kind": default_kind, "namespace": default_namespace, **value}
    for part in ("kind", "namespace", "name"):
        if not (parts.get(part) and isinstance(parts[part], str)):
            raise _missing(part, value)
    return Ref(str(parts["kind"]), str(parts["namespace"]), str(parts["name"]))


def _missing(part: str, reference: Any) -> InputError:
    written = json.dumps(reference, ensure_ascii=False, separators=(",", ":"))
    hint = ' (e.g. did not start with "component:" or similar)' if part == "kind" else ""
    return InputError(f"Entity reference {written} had missing or empty {part}{hint}")
