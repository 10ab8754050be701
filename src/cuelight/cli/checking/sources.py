"""A file of descriptors as it is written, so that a finding can name the line."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cuelight.catalog.problem import Problem
from cuelight.cli.checking.disk import DISK_URLS, Disk, address, path_at
from cuelight.model import Document, InvalidEntity, check_envelope, locate, parse_documents, ref_of


class Place(msgspec.Struct, frozen=True):
    """A place in a file, counted from 1."""

    url: str
    line: int
    column: int = 1


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The file at `url`, with the documents of its entities by ref."""

    url: str
    content: bytes
    documents: Mapping[str, Document]

    def line(self, ref: str) -> int:
        """Where the entity *ref* begins."""
        document = self.documents.get(ref)
        return document.line if document else 1

    def place(self, problem: Problem, ref: str) -> Place:
        """Where *problem* of the entity *ref* is: where it says, where its target is named, or where the entity begins."""
        if problem.line is not None and problem.url is not None and path_at(problem.url) is not None:
            return Place(problem.url, problem.line, problem.column or 1)
        return self._named(problem, ref) or Place(self.url, self.line(ref))

    def _named(self, problem: Problem, ref: str) -> Place | None:
        """Where the entity *ref* names the target, or has the field, that *problem* is about."""
        document = self.documents.get(ref)
        if document is None or document.value is None:
            return None
        for path, target in _targets(document.value):
            if problem.url is not None and DISK_URLS.resolve(target, self.url) == problem.url:
                return Place(self.url, *locate(self.content, document.index, path))
        return None


def source_at(path: Path, disk: Disk) -> Source:
    """The file at *path* of *disk*; one that cannot be read has no documents."""
    try:
        content = disk.content(path)
    except OSError:
        content = b""
    return Source(url=address(path), content=content, documents=dict(_described(content)))


def shown(url: str) -> str:
    """*url* as people name it: a path from where they are, where that is below."""
    path = path_at(url)
    if path is None:
        return url
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _described(content: bytes) -> Iterator[tuple[str, Document]]:
    for document in parse_documents(content):
        try:
            check_envelope(document.value)
        except InvalidEntity:
            continue
        yield ref_of(document.value or {}), document


def _targets(entity: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What a Location names, each with its path; nothing of what is no Location."""
    spec = entity.get("spec")
    if entity["kind"] != "Location" or not isinstance(spec, dict):
        return
    targets = spec.get("targets")
    listed = enumerate(targets) if isinstance(targets, list) else ()
    named = [(("spec", "target"), spec.get("target")), *((("spec", "targets", index), each) for index, each in listed)]
    yield from ((path, target) for path, target in named if isinstance(target, str))
