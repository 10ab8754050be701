"""How two commits of a repository differ."""

from typing import Final

from cuelight.integrations.github.access import Access
from cuelight.integrations.github.answers import ChangedFile, CompareAnswer, decoded
from cuelight.integrations.github.lookup import Lookup, path
from cuelight.integrations.github.segments import segment
from cuelight.scm import Comparison, Repository

FILES_TOLD: Final = 300
"""Files that GitHub tells of a comparison, however it is paged."""


async def compare(access: Access, repository: Repository, base: str, head: str) -> Comparison:
    """How *base* and *head* differ: GitHub compares *head* with their merge base, which is *base* where that is an ancestor.

    404 stands for a commit that is gone (and for two without a common ancestor), but for a hidden repository too.
    """
    # https://docs.github.com/en/rest/commits/commits#compare-two-commits
    span = f"{segment(base)}...{segment(head)}"
    answer = await access.read(f"{path(repository.full_name)}/compare/{span}?per_page=1", "compare")
    if answer.status == 404:
        await Lookup(repository.host, access).require(repository)
        return Comparison(ancestor=False, paths=None)
    found = decoded(answer, CompareAnswer)
    if found.status not in {"ahead", "identical"}:
        return Comparison(ancestor=False, paths=None)
    if found.files is None or len(found.files) >= FILES_TOLD:
        return Comparison(ancestor=True, paths=None)
    return Comparison(ancestor=True, paths=tuple(sorted(set().union(*map(_names, found.files)))))


def _names(file: ChangedFile) -> set[str]:
    """The paths at which *file* differs: one that was renamed is gone from its old one. A copy leaves its source as it was."""
    return {file.filename, file.previous_filename or file.filename} if file.status == "renamed" else {file.filename}
