"""Where two pictures of the same catalog differ: the one comparison, for verification and for every test. Pure.

A picture is what a host holds now, or what the catalog's rows say; a part that is missing in either (None) is not compared.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from cuelight.model import changed_paths

_VOLATILE = ("uid", "etag")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A catalog at an instant.

    `heads`: branch (`host/repository id@branch`) → commit. `sources`: branch → path → blob, of descriptors.
    `refs`: file (`branch:path`) → refs of the entities that it declares. `entities`: ref → final entity.
    """

    heads: Mapping[str, str] | None = None
    sources: Mapping[str, Mapping[str, str]] | None = None
    refs: Mapping[str, frozenset[str]] | None = None
    entities: Mapping[str, Mapping[str, Any]] | None = None


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: in what, of which thing, what it should be (None: absent), what it is (None: absent)."""

    part: Literal["head", "source", "ref", "entity"]
    subject: str
    expected: str | None
    actual: str | None


def compare(expected: Picture, actual: Picture) -> list[Drift]:
    """Every difference between what should be and what is, ordered by part and subject; none means: no drift."""
    return [
        *_differences("head", expected.heads, actual.heads),
        *_differences("source", _flat(expected.sources), _flat(actual.sources)),
        *_differences("ref", _joined(expected.refs), _joined(actual.refs)),
        *_entities(expected.entities, actual.entities),
    ]


def digest(picture: Picture) -> str:
    """What tells *picture* from every other: the same for the same catalog, in whichever database.

    SHA-256, in hexadecimal, of one JSON object with sorted keys: `heads`, `sources` (branches without any left out) and
    `entities` without uid and etag, each as in `Picture`.
    """
    steady = {
        "heads": dict(picture.heads or {}),
        "sources": {branch: dict(paths) for branch, paths in (picture.sources or {}).items() if paths},
        "entities": {ref: _steady(entity) for ref, entity in (picture.entities or {}).items()},
    }
    return hashlib.sha256(msgspec.json.encode(steady, order="sorted")).hexdigest()


def _differences(
    part: Literal["head", "source", "ref"], expected: Mapping[str, str] | None, actual: Mapping[str, str] | None
) -> Iterable[Drift]:
    if expected is None or actual is None:
        return
    for subject in sorted(expected.keys() | actual.keys()):
        wanted, found = expected.get(subject), actual.get(subject)
        if wanted != found:
            yield Drift(part=part, subject=subject, expected=wanted, actual=found)


def _entities(
    expected: Mapping[str, Mapping[str, Any]] | None, actual: Mapping[str, Mapping[str, Any]] | None
) -> Iterable[Drift]:
    if expected is None or actual is None:
        return
    for ref in sorted(expected.keys() | actual.keys()):
        wanted, found = _steady(expected.get(ref)), _steady(actual.get(ref))
        if wanted != found:
            yield Drift(part="entity", subject=ref, **_described(wanted, found))


def _described(wanted: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> dict[str, str | None]:
    """The two sides of a difference between entities: present or absent, or the fields that differ."""
    if wanted is None or found is None:
        return {"expected": wanted and "present", "actual": found and "present"}  # type: ignore[dict-item]
    paths = ", ".join(changed_paths(wanted, found))
    return {"expected": f"other values of {paths}", "actual": f"its values of {paths}"}


def _steady(entity: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """*entity* without what differs from database to database."""
    if entity is None:
        return None
    metadata = {name: value for name, value in entity["metadata"].items() if name not in _VOLATILE}
    return {**entity, "metadata": metadata}


def _flat(sources: Mapping[str, Mapping[str, str]] | None) -> dict[str, str] | None:
    if sources is None:
        return None
    return {f"{branch}:{path}": blob for branch, paths in sources.items() for path, blob in paths.items()}


def _joined(refs: Mapping[str, frozenset[str]] | None) -> dict[str, str] | None:
    return None if refs is None else {file: ", ".join(sorted(names)) for file, names in refs.items()}
