"""GitHub's API that compares two commits: how they descend from one another, and which files differ."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from cuelight.errors import NotFoundError
from cuelight.simulator.core import CommitFacts, Repository
from cuelight.simulator.core.comparison import Compared, FileChange, compared
from cuelight.simulator.core.repository import commit_of
from cuelight.simulator.github import documents
from cuelight.simulator.github.answers import Page, Refusal, json_response, linked, missing
from cuelight.simulator.github.documents import Addresses, Document
from cuelight.simulator.github.sight import repository_of
from cuelight.simulator.knobs import Knobs

DOCS: Final = "/commits/commits#compare-two-commits"
COMMITS_SHOWN: Final = 250
"""Commits of an answer that was not asked for by the page."""


class Comparisons:
    """The endpoint."""

    def __init__(self, at: Addresses, knobs: Knobs) -> None:
        self._at = at
        self._knobs = knobs

    def show(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/compare/{base}...{head}`: files on the first page only, and only so many."""
        repository = repository_of(request, self._at.base)
        base, head = self._ends(repository, request.path_params["basehead"])
        found = compared(repository, base, head)
        if found is None:
            raise Refusal(404, f"No common ancestor between {base.sha} and {head.sha}.", docs=DOCS)
        if not {"page", "per_page"} & request.query_params.keys():
            document = self._document(repository, found, found.ahead[:COMMITS_SHOWN], first=True)
            return json_response(document)
        page = Page.of(request)
        document = self._document(repository, found, page.cut(found.ahead), first=page.number == 1)
        return linked(request, self._at.base, len(found.ahead), document)

    def _ends(self, repository: Repository, basehead: str) -> tuple[CommitFacts, CommitFacts]:
        base, dots, head = basehead.partition("...")
        try:
            if not dots:
                raise missing(DOCS)
            return tuple(commit_of(repository, name.rpartition(":")[2]) for name in (base, head))  # type: ignore[return-value] # two names, two commits
        except NotFoundError as error:
            raise missing(DOCS) from error

    def _document(
        self, repository: Repository, found: Compared, commits: Sequence[CommitFacts], *, first: bool
    ) -> Document:
        metadata = repository.metadata
        name = f"{found.base.sha}...{found.head.sha}"
        url, page = f"{self._at.repository(metadata)}/compare/{name}", f"{self._at.page(metadata)}/compare/{name}"
        shown = found.files[: self._knobs.compare_files] if first else ()
        return {
            "url": url,
            "html_url": page,
            "permalink_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "base_commit": documents.commit(self._at, metadata, found.base),
            "merge_base_commit": documents.commit(self._at, metadata, found.met),
            "status": status(len(found.ahead), found.behind),
            "ahead_by": len(found.ahead),
            "behind_by": found.behind,
            "total_commits": len(found.ahead),
            "commits": [documents.commit(self._at, metadata, one) for one in commits],
            "files": [self._file(repository, found.head.sha, one) for one in shown],
        }

    def _file(self, repository: Repository, sha: str, change: FileChange) -> Document:
        page, url = self._at.page(repository.metadata), self._at.repository(repository.metadata)
        path = quote(change.path)
        document = {
            "sha": change.sha,
            "filename": change.path,
            "status": change.status,
            "additions": 0,
            "deletions": 0,
            "changes": 0,
            "blob_url": f"{page}/blob/{sha}/{path}",
            "raw_url": f"{page}/raw/{sha}/{path}",
            "contents_url": f"{url}/contents/{path}?ref={sha}",
        }
        return document | ({"previous_filename": change.previous} if change.previous else {})


def status(ahead: int, behind: int) -> str:
    """Return GitHub's word for how a head stands to its base."""
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"
