"""The catalog engine: from what providers give and files hold to the entities that the API serves.

What passes through: a provider's `Deferred` entities are applied in the provider's own transaction (`apply`), and
changed files make what was read from them due again (`refresh`). The engine processes what is due (checks it, reads
what it names through the `Reader`, finds relations and children), and stitches what that touched into final entities,
search rows and the change log. Each step is one transaction that queues the next and wakes it with its commit; what
is wrong, contested, orphaned or deleted is a row as well, and every row carries the `Cause` that it exists because of.
Of what a provider brought, only so much is deleted within a while as the `Brake` lets pass; the rest stays until
somebody approves.
"""

from cuelight.catalog.brake import Brake, brake_in_force, engage
from cuelight.catalog.cause import Cause, cause_of
from cuelight.catalog.connection import (
    Deferred,
    add,
    apply,
    delete_entity,
    keys_in_use,
    owned,
    refresh,
    refresh_entity,
    replace,
)
from cuelight.catalog.deletions import Choice, Decision, approve, forget_deletions, restore
from cuelight.catalog.engine import CatalogEngine, Conduct, at_rest
from cuelight.catalog.locations import StaticLocation, configure, location_entity, location_ref
from cuelight.catalog.mutation import replace_all
from cuelight.catalog.ownership import Applied
from cuelight.catalog.reader import Absent, Answer, File, Found, Pending, Reader, Unreadable
from cuelight.catalog.rules import Rules

__all__ = [
    "Absent",
    "Answer",
    "Applied",
    "Brake",
    "CatalogEngine",
    "Cause",
    "Choice",
    "Conduct",
    "Decision",
    "Deferred",
    "File",
    "Found",
    "Pending",
    "Reader",
    "Rules",
    "StaticLocation",
    "Unreadable",
    "add",
    "apply",
    "approve",
    "at_rest",
    "brake_in_force",
    "cause_of",
    "configure",
    "delete_entity",
    "engage",
    "forget_deletions",
    "keys_in_use",
    "location_entity",
    "location_ref",
    "owned",
    "refresh",
    "refresh_entity",
    "replace",
    "replace_all",
    "restore",
]
