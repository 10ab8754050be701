"""GitHub's API of what is in a repository: trees, blobs, and files by their path."""

import base64
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from cuelight.simulator.core import Repository, TreeEntry
from cuelight.simulator.core.repository import commit_of
from cuelight.simulator.github.answers import Refusal, json_response, missing
from cuelight.simulator.github.documents import Addresses, Document, node_id
from cuelight.simulator.github.sight import repository_of
from cuelight.simulator.knobs import Knobs

RAW = ("application/vnd.github.raw", "application/vnd.github.raw+json", "application/vnd.github.v3.raw")
INLINE_BYTES = 1024 * 1024
"""Past this a file's contents come raw only."""
LARGEST_BLOB = 100 * 1024 * 1024
ENTRY_BYTES = 220
"""What an entry takes in the answer, besides its path; for the limit in bytes."""
SYMLINK = 0o120000


class Contents:
    """Endpoints; each takes a request and returns GitHub's answer."""

    def __init__(self, at: Addresses, knobs: Knobs) -> None:
        self._at = at
        self._knobs = knobs

    def tree(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/git/trees/{sha}`: a tree, or what a branch, tag or commit holds (`sha` is then the commit's).

        Any value of `recursive` walks down, as at GitHub.
        """
        repository, name = self._repository(request), request.path_params["sha"]
        if not repository.heads():
            raise Refusal(409, "Git Repository is empty.", docs="/git/trees#get-a-tree")
        sha, tree = self._tree_of(repository, name)
        recursive = "recursive" in request.query_params
        entries = repository.objects.listing(tree) if recursive else repository.objects.tree(tree)
        shown = list(self._within(entries)) if recursive else list(entries)
        url = self._at.repository(repository.metadata)
        document = {
            "sha": sha,
            "url": f"{url}/git/trees/{sha}",
            "tree": [self._line(repository, url, entry) for entry in shown],
            "truncated": len(shown) < len(entries),
        }
        return json_response(document)

    def blob(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/git/blobs/{sha}`: base64 in JSON, or the bytes where raw is asked for."""
        repository, sha = self._repository(request), request.path_params["sha"]
        if repository.objects.kind(sha) != "blob":
            raise missing("/git/blobs#get-a-blob")
        data = repository.objects.blob(sha)
        if len(data) > LARGEST_BLOB:
            raise Refusal(403, "This API returns blobs up to 100 MB in size.", docs="/git/blobs#get-a-blob")
        if wants_raw(request):
            return raw(data)
        document = {
            "sha": sha,
            "node_id": node_id("Blob", f"{repository.metadata.id}:{sha}"),
            "size": len(data),
            "url": f"{self._at.repository(repository.metadata)}/git/blobs/{sha}",
            "content": _base64(data),
            "encoding": "base64",
        }
        return json_response(document)

    def path(self, request: Request) -> Response:
        """`GET /repos/{owner}/{repo}/contents/{path}?ref=`: a file, or the entries of a folder."""
        repository, path = self._repository(request), request.path_params["path"].strip("/")
        ref = request.query_params.get("ref") or repository.metadata.default_branch
        docs = "/repos/contents#get-repository-content"
        if not repository.heads():
            raise Refusal(404, "This repository is empty.", docs=docs)
        if repository.resolve(ref) is None:
            raise Refusal(404, f"No commit found for the ref {ref}", docs="/v3/repos/contents/")
        tree = commit_of(repository, ref).tree
        entry = repository.objects.entry(tree, path) if path else TreeEntry("", 0o040000, tree)
        if entry is None:
            raise missing(docs)
        if entry.kind == "tree":
            below = repository.objects.tree(entry.sha)
            return json_response([self._entry(repository, ref, _moved(one, path)) for one in below])
        return self._file(request, repository, ref, entry)

    def _file(self, request: Request, repository: Repository, ref: str, entry: TreeEntry) -> Response:
        if entry.kind != "blob":
            return json_response(self._entry(repository, ref, entry))
        data = repository.objects.blob(entry.sha)
        if len(data) > LARGEST_BLOB:
            raise Refusal(
                403, "This API returns blobs up to 100 MB in size.", docs="/repos/contents#get-repository-content"
            )
        if wants_raw(request):
            return raw(data)
        inline = len(data) <= INLINE_BYTES
        carried = {"content": _base64(data) if inline else "", "encoding": "base64" if inline else "none"}
        return json_response({**self._entry(repository, ref, entry), **carried})

    def _entry(self, repository: Repository, ref: str, entry: TreeEntry) -> Document:
        path, name = quote(entry.path), quote(ref)
        url, page = self._at.repository(repository.metadata), self._at.page(repository.metadata)
        kind = {"tree": "dir", "commit": "submodule"}.get(entry.kind, "symlink" if entry.mode == SYMLINK else "file")
        own = f"{url}/contents/{path}?ref={name}"
        git = f"{url}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
        html = f"{page}/{'tree' if kind == 'dir' else 'blob'}/{name}/{path}"
        return {
            "name": entry.path.rpartition("/")[2],
            "path": entry.path,
            "sha": entry.sha,
            "size": repository.objects.size(entry.sha) if entry.kind == "blob" else 0,
            "url": own,
            "html_url": html,
            "git_url": git,
            "download_url": f"{self._at.base}/{repository.metadata.full_name}/raw/{name}/{path}"
            if kind == "file"
            else None,
            "type": kind,
            "_links": {"self": own, "git": git, "html": html},
        }

    def _line(self, repository: Repository, url: str, entry: TreeEntry) -> Document:
        line: Document = {"path": entry.path, "mode": f"{entry.mode:06o}", "type": entry.kind, "sha": entry.sha}
        if entry.kind == "blob":
            line["size"] = repository.objects.size(entry.sha)
        if entry.kind != "commit":
            line["url"] = f"{url}/git/{entry.kind}s/{entry.sha}"
        return line

    def _within(self, entries: Sequence[TreeEntry]) -> Iterable[TreeEntry]:
        room = self._knobs.tree_bytes
        for entry in entries[: self._knobs.tree_entries]:
            room -= ENTRY_BYTES + len(entry.path)
            if room < 0:
                return
            yield entry

    def _tree_of(self, repository: Repository, name: str) -> tuple[str, str]:
        if repository.objects.kind(name) == "tree":
            return name, name
        commit = commit_of(repository, name)
        return commit.sha, commit.tree

    def _repository(self, request: Request) -> Repository:
        return repository_of(request, self._at.base)


def wants_raw(request: Request) -> bool:
    """Tell whether the client asks for bytes instead of JSON."""
    return any(kind.partition(";")[0].strip() in RAW for kind in request.headers.get("accept", "").split(","))


def raw(data: bytes) -> Response:
    """Return a file's bytes as GitHub's raw media type."""
    return Response(data, media_type="application/vnd.github.raw+json; charset=utf-8")


def _base64(data: bytes) -> str:
    return base64.encodebytes(data).decode()


def _moved(entry: TreeEntry, folder: str) -> TreeEntry:
    return TreeEntry(f"{folder}/{entry.path}" if folder else entry.path, entry.mode, entry.sha)
