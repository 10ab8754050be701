"""`cuelight validate`: what would become of descriptors, before they are anywhere."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from cyclopts import Parameter

from cuelight.cli.checking.checker import Checker
from cuelight.cli.checking.disk import Disk
from cuelight.cli.checking.findings import Described, Examination, Finding, Level
from cuelight.cli.checking.folders import LARGEST, descriptors
from cuelight.cli.checking.reports import Report, report
from cuelight.cli.client import Client
from cuelight.cli.output import note, print_lines
from cuelight.cli.parameters import LOCAL, Remote
from cuelight.cli.targets import mended
from cuelight.errors import InputError
from cuelight.model import Ref
from cuelight.options import ByteSize

_DRY_RUN: Final = "/api/catalog/locations?dryRun=true"
_STANDARD_INPUT: Final = "-"
_SHOWN: Final = "<stdin>"
"""What it is called in findings."""
_JSON: Final = {"content-type": "application/json"}


class Metadata(msgspec.Struct, frozen=True):
    """What an entity is called."""

    name: str
    namespace: str = "default"


class Entity(msgspec.Struct, frozen=True):
    """What its ref is made of."""

    kind: str
    metadata: Metadata


class Rehearsed(msgspec.Struct, frozen=True):
    """What the server says of a dry run."""

    entities: Sequence[Entity]


def validate(
    *places: Annotated[
        str,
        Parameter(
            help="Files, folders, - for standard input, or URLs, which the server reads.", allow_leading_hyphen=True
        ),
    ],
    strict: Annotated[bool, Parameter(negative="", help="Warnings fail, too.")] = False,
    notes: Annotated[bool, Parameter(negative="", help="Tell what is only worth knowing as well.")] = False,
    output: Annotated[Report, Parameter(name=["--output", "-o"], help="How findings are written.")] = Report.TEXT,
    remote: Remote = LOCAL,
) -> int:
    """Check descriptors: files and folders offline, URLs by a dry run of the server.

    Of a folder, what is called catalog-info*.yaml is checked, and every YAML file that says an apiVersion of Backstage's.
    The exit status is 0 where nothing is wrong, 1 where something is, 2 where there is nothing to check.

    For example:

        cuelight validate catalog-info.yaml
        cuelight validate . --strict -o sarif > cuelight.sarif
        render-template | cuelight validate -
        cuelight validate https://github.com/acme/shop/blob/main/catalog-info.yaml --server http://127.0.0.1:7007
    """
    _check_words(places)
    urls = [place for place in places if urlsplit(place).scheme in {"http", "https"}]
    held = {Path.cwd() / _SHOWN: _standard_input()} if _STANDARD_INPUT in places else {}
    paths = [*held, *descriptors([Path(place) for place in places if place not in {*urls, _STANDARD_INPUT}])]
    if not urls and not paths:
        raise InputError(
            f"{', '.join(places)} holds no descriptor: neither catalog-info*.yaml nor another that says so"
        )
    examination = _joined([asyncio.run(Checker(Disk(held)).check(paths)), *_by_server(urls, remote)])
    if text := report(examination, output, notes=notes):
        print_lines([text])
    note(_summary(examination))
    return int(examination.fails(strict=strict))


def _check_words(places: Sequence[str]) -> None:
    if not any(places):
        raise InputError("say what to check: files, folders or URLs, as in `cuelight validate .`")
    for place in places:
        if place.startswith("-") and place != _STANDARD_INPUT:
            raise InputError(f"Unknown option: {place}. See cuelight validate --help; a file of this name is ./{place}")


def _standard_input() -> bytes:
    content = sys.stdin.buffer.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise InputError(f"standard input is larger than {ByteSize(LARGEST)}; split it")
    return content


def _by_server(urls: Sequence[str], remote: Remote) -> Sequence[Examination]:
    if not urls:
        return []
    with Client(remote) as client:
        return [_dry_run(client, url) for url in urls]


def _dry_run(client: Client, url: str) -> Examination:
    """What the server says to registering *url*. What it refuses is a finding; any other error of its is an error."""
    try:
        answer = client.post(_DRY_RUN, msgspec.json.encode({"type": "url", "target": url}), _JSON)
    except InputError as error:
        refused = Finding(file=url, level=Level.ERROR, rule="dry-run", message=mended(error, url).message)
        return Examination(files=[url], entities=[], findings=[refused])
    entities = client.understood(answer, Rehearsed).entities
    return Examination(files=[url], entities=[_described(entity, url) for entity in entities], findings=[])


def _described(entity: Entity, url: str) -> Described:
    ref = str(Ref(entity.kind, entity.metadata.namespace, entity.metadata.name))
    return Described(ref=ref, file=url, line=1, valid=True)


def _joined(parts: Sequence[Examination]) -> Examination:
    return Examination(
        files=[file for part in parts for file in part.files],
        entities=[entity for part in parts for entity in part.entities],
        findings=[finding for part in parts for finding in part.findings],
    )


def _summary(examination: Examination) -> str:
    counts = {level: sum(each.level is level for each in examination.findings) for level in Level}
    found = ", ".join(_counted(count, level, f"{level}s") for level, count in counts.items())
    entities = _counted(len(examination.entities), "entity", "entities")
    return f"{entities} in {_counted(len(examination.files), 'file', 'files')}: {found}"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"
