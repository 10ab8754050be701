"""What is wrong with entities and their files: what a person must mend."""

import msgspec

from cuelight.api.context import Context
from cuelight.api.lists import ItemList, Window, read_cursor, write_cursor
from cuelight.asgi import Access, Call, get
from cuelight.catalog.queries import Problem, ProblemKey, list_problems
from cuelight.clock import isoformat


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


@get("/api/cuelight/v1/problems", Window, access=Access.READ)
async def problems(context: Context, call: Call[Window, None]) -> ItemList[ProblemItem]:
    """Problems, newest first."""
    after = read_cursor(call.query.after, ProblemKey)
    found = await list_problems(context.db, limit=call.query.limit, after=after)
    more = len(found) == call.query.limit
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
