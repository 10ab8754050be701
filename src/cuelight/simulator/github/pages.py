"""The pages that people open from a link: an owner, a repository, a folder, a file, a commit. Plain HTML, no more."""

from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from cuelight.errors import NotFoundError
from cuelight.simulator.core import CodeHost, Repository, TreeEntry
from cuelight.simulator.core.history import changed_files
from cuelight.simulator.core.repository import commit_of

LARGEST_SHOWN = 1024 * 1024
STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{overflow:auto;padding:1rem;border:1px solid #ccc}"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"


class Pages:
    """Endpoints; each returns a page."""

    def __init__(self, host: CodeHost) -> None:
        self._host = host

    def owner(self, request: Request) -> Response:
        """`/{owner}`: its repositories."""
        owner = self._host.owner(request.path_params["owner"])
        found = sorted(self._host.repositories(owner.login), key=lambda one: one.metadata.name)
        lines = [
            _link(f"/{one.metadata.full_name}", one.metadata.name, one.metadata.description or "") for one in found
        ]
        return _page(owner.login, f"<ul>{''.join(lines)}</ul>")

    def repository(self, request: Request) -> Response:
        """`/{owner}/{repo}`: the root folder of the default branch."""
        repository = self._repository(request)
        if not repository.heads():
            return _page(repository.metadata.full_name, "<p>This repository is empty.</p>")
        return self._folder(repository, repository.metadata.default_branch, "")

    def tree(self, request: Request) -> Response:
        """`/{owner}/{repo}/tree/{branch}/{path}`: a folder."""
        repository = self._repository(request)
        ref, path = split_ref(repository, request.path_params["rest"])
        return self._folder(repository, ref, path)

    def blob(self, request: Request) -> Response:
        """`/{owner}/{repo}/blob/{branch}/{path}`: a file."""
        repository = self._repository(request)
        ref, path = split_ref(repository, request.path_params["rest"])
        text = self._data(repository, ref, path)[:LARGEST_SHOWN].decode("utf-8", "replace")
        name = repository.metadata.full_name
        raw = f'<a href="/{quote(name)}/raw/{quote(ref)}/{quote(path)}">raw</a>'
        return _page(f"{name}: {path}", f"<p>{escape(ref)} · {raw}</p><pre>{escape(text)}</pre>")

    def raw(self, request: Request) -> Response:
        """`/{owner}/{repo}/raw/{branch}/{path}`: a file's bytes, never to be run."""
        repository = self._repository(request)
        ref, path = split_ref(repository, request.path_params["rest"])
        guard = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": f"{POLICY}; sandbox"}
        return Response(self._data(repository, ref, path), media_type="text/plain; charset=utf-8", headers=guard)

    def commit(self, request: Request) -> Response:
        """`/{owner}/{repo}/commit/{sha}`: a message and the changed files."""
        repository = self._repository(request)
        facts = commit_of(repository, request.path_params["sha"])
        files = changed_files(repository, facts)
        marked = [("+", files.added), ("-", files.removed), ("~", files.modified)]
        lines = [f"{mark} {path}" for mark, paths in marked for path in paths]
        text = "\n".join([f"commit {facts.sha}", f"author {facts.author.name}", "", facts.message, "", *lines])
        return _page(f"{repository.metadata.full_name}: {facts.sha[:12]}", f"<pre>{escape(text)}</pre>")

    def _folder(self, repository: Repository, ref: str, path: str) -> Response:
        tree = commit_of(repository, ref).tree
        entry = repository.objects.entry(tree, path) if path else TreeEntry("", 0o040000, tree)
        if entry is None or entry.kind != "tree":
            raise NotFoundError(f"no folder {path[:200]!r} at {ref} of {repository.metadata.full_name}")
        root = f"/{repository.metadata.full_name}"
        names = [(one, f"{path}/{one.path}" if path else one.path) for one in repository.objects.tree(entry.sha)]
        lines = [
            _link(f"{root}/{'tree' if one.kind == 'tree' else 'blob'}/{ref}/{below}", one.path) for one, below in names
        ]
        return _page(
            f"{repository.metadata.full_name}: {path or '/'}", f"<p>{escape(ref)}</p><ul>{''.join(lines)}</ul>"
        )

    def _data(self, repository: Repository, ref: str, path: str) -> bytes:
        entry = repository.objects.entry(commit_of(repository, ref).tree, path)
        if entry is None or entry.kind != "blob":
            raise NotFoundError(f"no file {path[:200]!r} at {ref} of {repository.metadata.full_name}")
        return repository.objects.blob(entry.sha)

    def _repository(self, request: Request) -> Repository:
        return self._host.repository(f"{request.path_params['owner']}/{request.path_params['repo']}")


def split_ref(repository: Repository, rest: str) -> tuple[str, str]:
    """Part `feature/login/docs/index.md` into the ref and the path: a branch may contain slashes, the longest wins."""
    segments = rest.strip("/").split("/")
    for count in range(min(len(segments), 10), 0, -1):
        ref = "/".join(segments[:count])
        if repository.resolve(ref) is not None:
            return ref, "/".join(segments[count:])
    raise NotFoundError(f"no branch, tag or commit at the start of {rest[:200]!r}")


def not_found(_request: Request, error: Exception) -> Response:
    """Return the page for what is not there."""
    return PlainTextResponse(f"{error}\n", 404)


def _link(path: str, name: str, note: str = "") -> str:
    return f'<li><a href="{escape(quote(path))}">{escape(name)}</a> {escape(note)}</li>'


def _page(title: str, body: str) -> Response:
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return HTMLResponse(f"{head}<h1>{escape(title)}</h1>{body}", headers={"Content-Security-Policy": POLICY})
