"""`cuelight verify`: is the catalog what the hosts hold now?"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from cuelight.cli.client import Client, Document
from cuelight.cli.output import Row, note, print_list, print_one
from cuelight.cli.parameters import LOCAL, Form, Output, Remote
from cuelight.cli.runs import Timeout, expect_done, expect_said, follow, result_of, start
from cuelight.errors import ServiceUnavailableError

DRIFT: Final = 1
"""The exit status where there is drift."""
EXPLAINED: Final = 20
"""How many differences that are no drift a table tells."""
_COLUMNS: Final = {"PART": "part", "SUBJECT": "subject", "REASON": "reason"}


class Coverage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """As much of a report's coverage as a table tells."""

    checked: int
    excluded: int
    gone: int
    entities: int
    unknown: Sequence[Mapping[str, str]]
    unknown_count: int
    moving: Sequence[str]
    unlisted: Sequence[str] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """As much of a report as a table tells."""

    started_at: str
    finished_at: str
    digest: str
    drift_count: int
    drift: Sequence[Row]
    explained_count: int
    explained: Sequence[Mapping[str, str | None]] = ()
    coverage: Coverage
    repaired: Document | None = None


def verify(
    *,
    repair: Annotated[
        bool, Parameter(negative="", help="Have what differs looked at again, then verify again.")
    ] = False,
    timeout: Timeout = 3600.0,
    output: Output = Form.TABLE,
    remote: Remote = LOCAL,
) -> int:
    """Compare the catalog with what its hosts hold now: heads, files, and the entities that an empty database would be given.

    Exit status 1 says that there is drift; 7 that nothing could be checked, or that there is no drift but the list of a
    provider could not be read, so that what is not listed could not be checked; 8 that the time was up.

    For example:

        cuelight verify
        cuelight verify --repair
        cuelight verify -o json
    """
    with Client(remote) as client:
        run, _ = start(client, "verifications", {"repair": repair})
        ended = follow(client, run, timeout)
    expect_done(ended)
    report = result_of(ended, Report)
    if output is Form.TABLE:
        _print_table(report)
    else:
        print_one(ended.result, output)
    coverage = report.coverage
    expect_said(coverage.checked + len(coverage.moving), coverage.unknown_count - len(coverage.unlisted), "branches")
    if report.drift_count:
        return DRIFT
    _expect_listed(coverage.unlisted)
    return 0


def _expect_listed(unlisted: Sequence[str]) -> None:
    """Raise ServiceUnavailableError where lists of providers could not be read: what is new there nobody knows."""
    if unlisted:
        raise ServiceUnavailableError(
            f"the list of {', '.join(unlisted)} could not be read: what is not listed could not be checked; "
            "the reasons are above"
        )


def _print_table(report: Report) -> None:
    """The drift as a table; the rest in sentences, for a person."""
    print_list(report.drift, _COLUMNS, Form.TABLE, whole=True)
    coverage = report.coverage
    for each in coverage.unknown:
        note(f"not checked: {each.get('repository')}: {each.get('reason')}")
    for name in coverage.moving:
        note(f"moved while it was verified: {name}")
    for item in report.explained[:EXPLAINED]:
        note(f"explained: {item.get('subject')}: {item.get('explainedBy')}")
    if report.explained_count > EXPLAINED:
        note(f"explained: {report.explained_count - EXPLAINED} more; with -o json all are told that the report has")
    if report.repaired is not None:
        note(f"repaired: {report.repaired.get('drift')} differences were found at first")
    note(
        f"{report.drift_count} drift, {report.explained_count} explained; {coverage.checked} branches checked, "
        f"{coverage.unknown_count} unknown, {len(coverage.moving)} moving, {coverage.entities} entities; "
        f"between {report.started_at} and {report.finished_at}; digest {report.digest}"
    )
