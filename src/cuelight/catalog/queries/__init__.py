"""Reading the catalog: entities by filter, name and id, what changed, what was deleted or is held
back, what is wrong, how fast it went.

Nothing here changes a row. Entities leave as the JSON text that stitching stored, so that a list reaches the wire
without being decoded. Lists are paged by keyset: what comes in between neither repeats nor hides a row.
"""

from cuelight.catalog.queries.changes import Change, ChangeDetail, get_change, list_changes, newest_sequence
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
    Order,
    count_entities,
    entity_by_ref,
    entity_by_uid,
    page_of_entities,
    run_of_entities,
    runs_of_entities,
)
from cuelight.catalog.queries.freshness import Freshness, measure_freshness
from cuelight.catalog.queries.problems import Problem, ProblemKey, list_problems

__all__ = [
    "Batch",
    "Change",
    "ChangeDetail",
    "Counts",
    "Deletion",
    "DeletionDetail",
    "Freshness",
    "Key",
    "KindCount",
    "Listing",
    "Order",
    "Problem",
    "ProblemKey",
    "count_catalog",
    "count_entities",
    "entity_by_ref",
    "entity_by_uid",
    "get_change",
    "get_deletion",
    "held_back",
    "list_changes",
    "list_deletions",
    "list_problems",
    "list_providers",
    "measure_freshness",
    "newest_sequence",
    "page_of_entities",
    "run_of_entities",
    "runs_of_entities",
]
