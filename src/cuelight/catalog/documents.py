"""Entities as the catalog stores them: JSON text, the digest that tells whether it changed, and the id it goes by."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

import msgspec

_IDS = UUID("5a3f1c56-2c0b-5b8e-9f57-6c0f3a1d7e42")

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode

Entity = dict[str, Any]
"""An entity as JSON."""


def dump(value: Any) -> str:
    """*value* as JSON text."""
    return encode(value).decode()


def refs_parameter(refs: Iterable[str]) -> str:
    """Strings as the one JSON parameter of `words.each`; sorted, so that equal sets are equal parameters."""
    return dump(sorted(refs))


def uid_of(ref: str) -> str:
    """The `metadata.uid` of *ref*: the same each time that it comes back, in every database."""
    return str(uuid5(_IDS, ref))


def source_of(ref: str) -> str:
    """How an entity is named as the source of a reference: `entity:<ref>`."""
    return f"entity:{ref}"


def provider_source(name: str) -> str:
    """How a provider is named as the source of a reference: `provider:<name>`."""
    return f"provider:{name}"


def held_source(deletion: str) -> str:
    """How a deletion that is held back is named as the source of a reference: `held:<id>`."""
    return f"held:{deletion}"


def holds_among(sources: Iterable[str]) -> list[str]:
    """The ids of those *sources* that are deletions held back."""
    return [source.removeprefix("held:") for source in sources if source.startswith("held:")]


def providers_among(sources: Iterable[str]) -> list[str]:
    """The names of those *sources* that are providers."""
    return [source.removeprefix("provider:") for source in sources if source.startswith("provider:")]


def entities_among(sources: Iterable[str]) -> list[str]:
    """The refs of those *sources* that are entities."""
    return [source.removeprefix("entity:") for source in sources if source.startswith("entity:")]
