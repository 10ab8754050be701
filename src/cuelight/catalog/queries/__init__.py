"""Reading the catalog: entities by filter, name and id, what changed, what was deleted or is held
back, what is wrong, how fast it went.

Nothing here changes a row. Entities leave as the JSON text that stitching stored, so that a list reaches the wire
without being decoded. Lists are paged by keyset: what comes in between neither repeats nor hides a row.
"""

from cuelight.catalog.queries.ancestry import Ancestor, ancestry_of
from cuelight.catalog.queries.changes import (
    Change,
    ChangeDetail,
    ChangeFilter,
    Onwards,
    changes_onwards,
    get_change,
    list_changes,
    newest_change,
    newest_sequence,
)
from cuelight.catalog.queries.columns import Columns
from cuelight.catalog.queries.conflicts import Conflict, ConflictKey, list_conflicts
from cuelight.catalog.queries.counts import Counts, KindCount, count_catalog
from cuelight.catalog.queries.deletions import (
    Deletion,
    DeletionDetail,
    get_deletion,
    held_back,
    list_deletions,
    list_providers,
)
from cuelight.catalog.queries.entities import (
    Batch,
    Key,
    Listing,
    entity_by_ref,
    entity_by_uid,
    page_of_entities,
    run_of_entities,
    runs_of_entities,
)
from cuelight.catalog.queries.facets import Facet, facets_of
from cuelight.catalog.queries.freshness import Freshness, measure_freshness
from cuelight.catalog.queries.paging import Part, QueryPage, continue_query, query_entities
from cuelight.catalog.queries.problems import Problem, ProblemFilter, ProblemKey, list_problems
from cuelight.catalog.queries.question import FullText, Order, Question
from cuelight.catalog.queries.refs import entities_by_refs

__all__ = [
    "Ancestor",
    "Batch",
    "Change",
    "ChangeDetail",
    "ChangeFilter",
    "Columns",
    "Conflict",
    "ConflictKey",
    "Counts",
    "Deletion",
    "DeletionDetail",
    "Facet",
    "Freshness",
    "FullText",
    "Key",
    "KindCount",
    "Listing",
    "Onwards",
    "Order",
    "Part",
    "Problem",
    "ProblemFilter",
    "ProblemKey",
    "QueryPage",
    "Question",
    "ancestry_of",
    "changes_onwards",
    "continue_query",
    "count_catalog",
    "entities_by_refs",
    "entity_by_ref",
    "entity_by_uid",
    "facets_of",
    "get_change",
    "get_deletion",
    "held_back",
    "list_changes",
    "list_conflicts",
    "list_deletions",
    "list_problems",
    "list_providers",
    "measure_freshness",
    "newest_change",
    "newest_sequence",
    "page_of_entities",
    "query_entities",
    "run_of_entities",
    "runs_of_entities",
]
