import asyncio
import base64
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from cuelight.errors import HostDenied, HostUnavailable
from cuelight.fetch import Fetch, FetchSection
from cuelight.integrations.github.client import GitHubHost
from cuelight.integrations.github.config import HostSection
from cuelight.integrations.github.files import BLOB_LIMIT
from cuelight.options import ByteSize, convert
from cuelight.scm import FileAt, blob_id
from tests.unit.integrations.github.fake import HEAD, REPO, WEB, Document, GitHub, raw

PLAIN, EXECUTABLE, LINK = 33188, 33261, 40960
CAFE = "name: café ☕\r\n"


def oid(data: bytes) -> str:
    return blob_id(data, like="0" * 40)


def blob(text: str | None = "kind: API\n", **different: Any) -> Document:
    """A plain file as GraphQL tells it."""
    data = (text or "").encode()
    contents = {"byteSize": len(data), "isBinary": False, "isTruncated": False, "text": text}
    return {"mode": PLAIN, "type": "blob", "oid": oid(data), "object": contents, **different}


class Contents:
    """The files of the commit by path, as GraphQL answers them by alias."""

    def __init__(self, files: Mapping[str, Document | None]) -> None:
        self.files = files
        self.counts: list[int] = []

    def __call__(self, _query: str, variables: Document) -> Document:
        paths = {name: path for name, path in variables.items() if name[0] == "p"}
        self.counts.append(len(paths))
        return answered({f"f{name[1:]}": self.files.get(path) for name, path in paths.items()})


def answered(files: Document) -> Document:
    return {"data": {"repository": {"databaseId": 7, "object": {"__typename": "Commit", **files}}}}


async def read(files: Mapping[str, Document | None], *paths: str, rest: Mapping[str, Any] | None = None) -> Any:
    return await GitHub(rest, graph=Contents(files)).host.files(WEB, HEAD, paths or list(files))


async def test_a_file_is_told_with_its_blob_and_its_bytes():
    found = await read({"catalog-info.yaml": blob(CAFE), "run.sh": blob("x", mode=EXECUTABLE)})

    assert found == {
        "catalog-info.yaml": FileAt(blob=oid(CAFE.encode()), content=CAFE.encode()),
        "run.sh": FileAt(blob=oid(b"x"), content=b"x"),
    }


async def test_an_empty_file_is_a_file():
    assert (await read({"a": blob("")}))["a"].content == b""


async def test_a_path_that_the_commit_lacks_is_absent():
    assert await read({}, "gone") == {"gone": None}


@pytest.mark.parametrize(
    "entry",
    [
        blob(mode=LINK),
        blob(type="tree", mode=16384, object={}),
        blob(type="commit", mode=57344, object=None),
    ],
)
async def test_links_folders_and_submodules_are_no_files(entry):
    assert await read({"a": entry}) == {"a": None}


async def test_paths_and_commit_travel_as_variables_and_never_in_the_text():
    asked = []

    def answer(query: str, variables: Document) -> Document:
        asked.append((query, variables))
        return answered({"f0": None})

    await GitHub(graph=answer).host.files(WEB, HEAD, ['a"b'])

    assert asked[0][1] == {"owner": "acme", "name": "web", "commit": HEAD, "p0": 'a"b'}
    assert '"' not in asked[0][0]


async def test_a_hundred_files_are_one_request_and_each_is_asked_for_once():
    contents = Contents({})
    paths = [f"f{number}" for number in range(101)]

    found = await GitHub(graph=contents).host.files(WEB, HEAD, [*paths, *paths])

    assert (list(found), contents.counts) == (paths, [100, 1])


async def test_no_path_asks_for_nothing():
    assert await GitHub().host.files(WEB, HEAD, []) == {}


@pytest.mark.parametrize(
    "entry",
    [
        blob(None, object={"byteSize": 3, "isBinary": True, "isTruncated": False, "text": None}),
        blob(None, object={"byteSize": 3, "isBinary": False, "isTruncated": True, "text": "kin"}),
        blob(None, object={"byteSize": 3, "isBinary": None, "isTruncated": False, "text": "caf\ufffd"}),
        blob(None, object=None),
    ],
)
async def test_what_graphql_does_not_tell_to_the_last_byte_is_read_as_a_blob(entry):
    data = b"caf\xe9"
    entry = {**entry, "oid": oid(data)}

    found = await read({"a": entry}, rest={f"{REPO}/git/blobs/{oid(data)}": raw(data)})

    assert found == {"a": FileAt(blob=oid(data), content=data)}


async def test_a_blob_is_asked_for_raw_and_once():
    entry = blob(None)
    github = GitHub({f"{REPO}/git/blobs/{oid(b'')}": raw(b"")}, graph=Contents({"a": entry, "b": entry}))

    await github.host.files(WEB, HEAD, ["a", "b"])

    assert github.paths == ["POST /graphql", f"{REPO}/git/blobs/{oid(b'')}"]
    assert github.asked[1].headers["accept"] == "application/vnd.github.raw+json"


async def test_a_blob_may_come_in_json_from_a_host_that_gives_nothing_raw():
    data = b"kind: Component\n" * 20
    carried = {"content": base64.encodebytes(data).decode(), "encoding": "base64"}

    found = await read({"a": blob(None, oid=oid(data))}, rest={f"{REPO}/git/blobs/{oid(data)}": carried})

    assert found["a"].content == data


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"kind: Compo"),
        raw(b""),
        httpx2.Response(200, content=b"<html>Sign in</html>", headers={"content-type": "text/html"}),
        {"content": base64.encodebytes(b"kind: Other").decode(), "encoding": "base64"},
        {"content": "a2luZDog!!Q29t", "encoding": "base64"},
        {"content": "kind: Component", "encoding": "utf-8"},
        httpx2.Response(200, content=b'{"content": "a2', headers={"content-type": "application/json"}),
        (404, {}),
    ],
)
async def test_bytes_that_are_not_the_blobs_are_unknown_and_no_file(answer):
    blob_oid = oid(b"kind: Component")

    with pytest.raises(HostUnavailable, match=f"git/blobs/{blob_oid}"):
        await read({"a": blob(None, oid=blob_oid)}, rest={f"{REPO}/git/blobs/{blob_oid}": answer})


async def test_a_file_past_the_limit_is_there_without_its_contents():
    large = {f"{REPO}/git/blobs/b1": raw(b"x" * (BLOB_LIMIT + 1))}

    found = await read({"a": blob(None, oid="b1"), "b": blob("x")}, rest=large)

    assert found == {
        "a": FileAt(blob="b1", content=None, reason="it is larger than 5MB"),
        "b": FileAt(blob=oid(b"x"), content=b"x"),
    }


async def test_a_missing_blob_leaves_all_of_them_unknown():
    with pytest.raises(HostUnavailable, match="b1"):
        await read({"a": blob(None, oid="b1"), "b": blob("x")})


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"repository": {"databaseId": 7, "object": None}}},
        {"data": {"repository": {"databaseId": 7, "object": {"__typename": "Tree"}}}},
        {"data": {"repository": {"databaseId": 8, "object": {"__typename": "Commit", "f0": None}}}},
        {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "path": ["repository"], "message": "No"}]},
        {"data": {"repository": None}},
        answered({}),
        answered({"f0": {"mode": "x"}}),
        {**answered({"f0": None}), "errors": [{"path": ["repository", "object", "f0"], "message": "timeout"}]},
        {**answered({"f0": None}), "errors": [{"message": "timeout"}]},
        (502, {}),
    ],
)
async def test_a_commit_that_is_not_wholly_answered_is_unknown(answer):
    with pytest.raises(HostUnavailable):
        await GitHub(graph=lambda *_: answer).host.files(WEB, HEAD, ["a"])


async def test_a_commit_that_these_credentials_may_not_read_is_denied():
    forbidden = {"type": "FORBIDDEN", "path": ["repository", "object"], "message": "Resource not accessible"}
    answer = {"data": {"repository": {"databaseId": 7, "object": None}}, "errors": [forbidden]}

    with pytest.raises(HostDenied, match="Resource not accessible"):
        await GitHub(graph=lambda *_: answer).host.files(WEB, HEAD, ["a"])


async def test_more_than_one_answer_takes_is_asked_for_in_halves():
    contents = Contents({f"f{number}": blob("x" * 300) for number in range(8)})
    github = GitHub(graph=contents, limits=FetchSection(response_limit=ByteSize(2000)))

    found = await github.host.files(WEB, HEAD, list(contents.files))

    assert contents.counts == [8, 4, 4]
    assert {one.content for one in found.values() if one} == {b"x" * 300}


async def test_a_question_that_is_too_large_for_github_is_asked_in_halves():
    too_much = {"data": None, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits"}]}
    contents = Contents({"a": blob("a"), "b": blob("b")})

    def answer(query: str, variables: Document) -> Document:
        return too_much if "p1" in variables else contents(query, variables)

    found = await GitHub(graph=answer).host.files(WEB, HEAD, ["a", "b"])

    assert [one.content for one in found.values() if one] == [b"a", b"b"]


async def test_without_credentials_files_are_read_by_the_commits_tree():
    entries = [
        {"path": "a", "mode": "100644", "type": "blob", "sha": oid(b"{}")},
        {"path": "link", "mode": "120000", "type": "blob", "sha": "b2"},
    ]
    github = GitHub(
        {
            f"{REPO}/git/trees/{HEAD}?recursive=1": {"sha": HEAD, "tree": entries, "truncated": False},
            f"{REPO}/git/blobs/{oid(b'{}')}": raw(b"{}"),
        },
        section={},
    )

    found = await github.host.files(WEB, HEAD, ["a", "link", "gone"])

    assert found == {"a": FileAt(blob=oid(b"{}"), content=b"{}"), "link": None, "gone": None}


async def test_no_more_than_eight_blobs_are_under_way():
    under_way, most = 0, 0
    blobs = {oid(b"%d" % number): b"%d" % number for number in range(30)}
    entries = {f"f{number}": blob(None, oid=one) for number, one in enumerate(blobs)}

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal under_way, most
        if request.method == "POST":
            return httpx2.Response(200, json=answered({f"f{i}": one for i, one in enumerate(entries.values())}))
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return raw(blobs[request.url.path.rpartition("/")[2]])

    github = GitHub()
    fetch = Fetch(FetchSection(), github.clock, transport=httpx2.MockTransport(answer))
    host = GitHubHost(convert({"host": "github.com", "token": "x"}, HostSection), fetch)

    await host.files(WEB, HEAD, list(entries))

    assert most == 8
