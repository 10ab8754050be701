"""What is wrong with entities and their files: what a person must mend."""

from typing import Literal

import msgspec

from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.asgi import Access, Call, get
from cuelight.catalog.queries import Problem, ProblemFilter, ProblemKey, list_problems
from cuelight.clock import isoformat
from cuelight.model import parse_ref


class ProblemWindow(Window, frozen=True, kw_only=True):
    """Of one entity, of a level, of a rule, in files whose URL begins with `url`; or all.

    A `further` problem is an error that stands behind another one, which alone shows in the entity's status.
    """

    ref: str | None = None
    level: Literal["error", "further", "warning"] | None = None
    rule: str | None = None
    url: str | None = None


class ProblemItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A problem: which entity and rule, how bad, and where: file, line, column and field, as far as known."""

    entity_ref: str
    uid: str
    rule: str
    level: str
    name: str
    message: str
    url: str | None
    line: int | None
    column: int | None
    path: str | None
    since: str


@get("/api/cuelight/v1/problems", ProblemWindow, access=Access.READ)
async def problems(context: Context, call: Call[ProblemWindow, None]) -> ItemList[ProblemItem]:
    """Problems, newest first."""
    query = call.query
    ref = None if query.ref is None else str(parse_ref(query.ref))
    asked = ProblemFilter(ref=ref, level=query.level, rule=query.rule, url=query.url)
    after = read_cursor(query.after, ProblemKey)
    found = await list_problems(context.db, limit=query.limit, after=after, asked=asked)
    more = len(found) == query.limit
    return ItemList(items=[_item(each) for each in found], next_cursor=write_cursor(found[-1].key) if more else None)


ENDPOINTS = (problems,)


def _item(found: Problem) -> ProblemItem:
    return ProblemItem(
        entity_ref=found.entity_ref,
        uid=found.key.entity_id,
        rule=found.rule,
        level=found.level,
        name=found.name,
        message=found.message,
        url=found.url,
        line=found.line,
        column=found.column,
        path=found.path,
        since=isoformat(found.key.since),
    )
