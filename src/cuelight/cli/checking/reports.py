"""Findings as people read them (`file:line:column`), as programs do (JSON), and as code hosts do (SARIF 2.1.0)."""

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from cuelight import __version__
from cuelight.cli.checking.findings import Examination, Finding, Level

_SARIF: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME: Final = "https://backstage.io/docs/features/software-catalog/descriptor-format"
RULES: Final = {
    "case-collision": "Two fields differ only by case.",
    "conflicting-ref": "An entity is described in two files of one Location.",
    "dry-run": "The server refuses it.",
    "duplicate-ref": "An entity is described twice.",
    "entity-schema": "A field that every entity has is of another form.",
    "envelope": "It has no apiVersion, kind or metadata.name.",
    "field-format": "A name, label, tag or annotation is of another form.",
    "kind-schema": "A field of its kind is missing, or of another form.",
    "location-type": "A Location is of a type that is not read.",
    "managed-by": "It does not say where it is from.",
    "not-an-object": "A document is no object.",
    "not-read": "It names something that was not read.",
    "own-child": "A Location names itself.",
    "placeholder": "A file in whose place a placeholder stands cannot be read or understood.",
    "processing": "A processor failed.",
    "relation": "A reference names no entity.",
    "target-absent": "A Location names a file that is not there.",
    "target-folder": "A Location names a folder.",
    "target-type": "A Location names what nobody reads.",
    "target-unreadable": "A Location names a file that cannot be read.",
    "too-many-children": "A Location names too many entities.",
    "too-many-problems": "There are more problems than are told.",
    "too-many-targets": "A Location has too many targets.",
    "unknown-kind": "Nobody knows its kind under its apiVersion.",
    "unknown-root-field": "It has a field beside apiVersion, kind, metadata and spec.",
    "unknown-target": "It refers to an entity that was not checked.",
    "yaml-duplicate-key": "A key comes twice.",
    "yaml-limit": "A file is past a limit.",
    "yaml-syntax": "A file is no YAML.",
}
"""A sentence on each rule; a processor of a third party may have others."""


class Report(StrEnum):
    """How findings are written to standard output."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def report(examination: Examination, form: Report, *, notes: bool) -> str:
    """*examination* in *form*; text has notes only where *notes* asks for them."""
    match form:
        case Report.JSON:
            return json.dumps(msgspec.to_builtins(examination), ensure_ascii=False, indent=2)
        case Report.SARIF:
            return json.dumps(sarif(examination.findings), ensure_ascii=False, indent=2)
        case Report.TEXT:
            told = [each for each in examination.findings if notes or each.level is not Level.NOTE]
            return "\n".join(map(str, told))


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """*findings* as a log of one run."""
    rules = sorted({finding.rule for finding in findings})
    driver = {
        "name": "cuelight",
        "version": __version__,
        "informationUri": _HOME,
        "rules": [{"id": rule, "shortDescription": {"text": RULES.get(rule, rule)}} for rule in rules],
    }
    results = list(_results(findings, rules))
    # columns are counted as PyYAML counts them; section 3.14.17 of https://docs.oasis-open.org/sarif/sarif/v2.1.0/
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def _results(findings: Iterable[Finding], rules: Sequence[str]) -> Iterable[dict[str, Any]]:
    for finding in findings:
        region = {"startLine": finding.line, "startColumn": finding.column}
        place = {"artifactLocation": {"uri": _uri(finding.file)}, "region": region}
        yield {
            "ruleId": finding.rule,
            "ruleIndex": rules.index(finding.rule),
            "level": str(finding.level),
            "message": {"text": finding.message},
            "locations": [{"physicalLocation": place}],
        }


def _uri(file: str) -> str:
    """*file*, a path or a URL, as a URI reference."""
    if urlsplit(file).scheme in {"http", "https"}:
        return file
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
