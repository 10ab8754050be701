"""Neutral words for code hosts, and what a code host must be able to do for us. Pure: no I/O here.

Two things pass through this room. Inwards, a `Delivery` (one webhook request) becomes `Change`s: what the
sender says happened. Outwards, a `Host` answers what is true now: which repositories there are, which
commit a branch points at, which files that commit has, and what is in them. Each folder of
`cuelight.integrations` speaks one host's language and lends both; the rest of the program knows only this room.
"""

from cuelight.scm.blobs import blob_id, is_blob
from cuelight.scm.changes import (
    Action,
    Author,
    Change,
    Push,
    Repository,
    RepositoryChange,
    Translated,
    change_from_json,
    change_to_json,
)
from cuelight.scm.delivery import Delivery, Identity
from cuelight.scm.globs import Globs, is_name
from cuelight.scm.host import (
    Commit,
    Comparison,
    Customs,
    FileAt,
    Host,
    Look,
    Place,
    Scope,
    Seen,
    Tree,
    Unseen,
    Urls,
)
from cuelight.scm.integration import Integration, Module, Provider, Sections, Selection, Webhook

__all__ = [
    "Action",
    "Author",
    "Change",
    "Commit",
    "Comparison",
    "Customs",
    "Delivery",
    "FileAt",
    "Globs",
    "Host",
    "Identity",
    "Integration",
    "Look",
    "Module",
    "Place",
    "Provider",
    "Push",
    "Repository",
    "RepositoryChange",
    "Scope",
    "Sections",
    "Seen",
    "Selection",
    "Translated",
    "Tree",
    "Unseen",
    "Urls",
    "Webhook",
    "blob_id",
    "change_from_json",
    "change_to_json",
    "is_blob",
    "is_name",
]
