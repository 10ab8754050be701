from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import pytest

from cuelight.clock import parse_iso
from cuelight.errors import HostDenied, HostError, HostUnavailable
from cuelight.fetch import FetchSection, spending
from cuelight.options import ByteSize
from cuelight.scm import Author, Commit, FileAt, Look, Repository, Seen, Unseen, blob_id
from tests.unit.integrations.github.fake import HEAD, REPO, TREE, Document, GitHub, redirect, shown

BASE = "b" * 40
MISSING = {"type": "NOT_FOUND", "message": "Could not resolve to a Repository with the name 'acme/web'."}


def tip(sha: str = HEAD, history: Sequence[tuple[str, int]] | None = None) -> Document:
    """A commit as GraphQL tells it; *history* has each commit with how many parents it has."""
    document: Document = {
        "oid": sha,
        "tree": {"oid": TREE},
        "message": "Change",
        "committedDate": "2026-01-02T03:04:05Z",
        "author": {"name": "A Developer", "email": "developer@example.com", "user": {"login": "a-developer"}},
    }
    if history is not None:
        document["history"] = {"nodes": [{"oid": oid, "parents": {"totalCount": count}} for oid, count in history]}
    return document


def node(number: int = 7, name: str = "acme/web", branch: Any = "main", **target: Any) -> Document:
    """A repository as GraphQL tells it, with the branch that was asked for."""
    return {
        "databaseId": number,
        "nameWithOwner": name,
        "url": f"https://github.com/{name}",
        "isArchived": False,
        "isFork": True,
        "visibility": "INTERNAL",
        "repositoryTopics": {"nodes": [{"topic": {"name": "a"}}, {"topic": {"name": "b"}}]},
        "defaultBranchRef": {"name": "main"} if branch else None,
        "branch": {"name": branch, "target": target.get("target", tip())} if branch else None,
    }


class Repositories:
    """Answers each alias of a question by its name; NOT_FOUND where there is none."""

    def __init__(self, known: Mapping[str, Document]) -> None:
        self.known = known
        self.asked: list[Document] = []

    def __call__(self, _query: str, variables: Document) -> Document:
        self.asked.append(variables)
        count = sum(name.startswith("o") for name in variables)
        names = [f"{variables[f'o{index}']}/{variables[f'n{index}']}" for index in range(count)]
        data = {f"r{index}": self.known.get(name) for index, name in enumerate(names)}
        errors = [{**MISSING, "path": [alias]} for alias, found in data.items() if found is None]
        return {"data": data, **({"errors": errors} if errors else {})}


def look(name: str = "acme/web", number: str | None = "7", **more: Any) -> Look:
    return Look(repository_id=number, full_name=name, **more)


async def asked(answer: Any, *looks: Look, rest: Mapping[str, Any] | None = None) -> Any:
    """What comes of one look, or of each of several, where GraphQL gives *answer*."""
    given = answer if callable(answer) else lambda *_: answer
    found = await GitHub(rest, graph=given).host.heads(looks or [look()])
    return list(found) if len(looks) > 1 else found[0]


async def test_a_repository_and_its_head_are_told_in_neutral_words():
    found = await asked({"data": {"r0": node()}})

    assert found == Seen(
        repository=Repository(
            host="github.com",
            id="7",
            full_name="acme/web",
            web_url="https://github.com/acme/web",
            default_branch="main",
            archived=False,
            fork=True,
            visibility="internal",
            topics=("a", "b"),
        ),
        branch="main",
        commit=Commit(
            sha=HEAD,
            tree=TREE,
            author=Author(name="A Developer", email="developer@example.com", login="a-developer"),
            message="Change",
            committed_at=parse_iso("2026-01-02T03:04:05Z"),
        ),
    )


async def test_names_and_branches_travel_as_variables_and_never_in_the_text():
    texts = []

    def answer(query: str, variables: Document) -> Document:
        texts.append((query, variables))
        return {"data": {"r0": node(branch='a"b')}}

    await asked(answer, look('acme/we"b', branch='a"b'))

    [(query, variables)] = texts
    assert variables == {"o0": "acme", "n0": 'we"b', "b0": 'refs/heads/a"b'}
    assert '"' not in query


async def test_a_thousand_repositories_cost_ten_requests():
    known = {f"acme/r{number}": node(number, f"acme/r{number}") for number in range(1000)}
    github = GitHub(graph=Repositories(known))

    found = await github.host.heads([look(name, str(one["databaseId"])) for name, one in known.items()])

    assert [isinstance(one, Seen) and one.repository.full_name for one in found] == list(known)
    assert github.paths == ["POST /graphql"] * 10


async def test_no_look_asks_for_nothing():
    assert list(await GitHub().host.heads([])) == []


async def test_a_branch_that_is_not_there_is_absent():
    found = await asked({"data": {"r0": {**node(), "branch": None}}}, look(branch="gone"))

    assert (found.branch, found.commit) == ("gone", None)


@pytest.mark.parametrize("asked_for", [None, "main"])
async def test_a_default_branch_that_is_named_and_not_given_is_not_absent(asked_for):
    found = await asked({"data": {"r0": {**node(), "branch": None}}}, look(branch=asked_for))

    assert isinstance(found, HostUnavailable)


@pytest.mark.parametrize("default", [None, {"name": "other"}])
async def test_a_default_branch_that_is_given_and_named_otherwise_is_no_answer(default):
    found = await asked({"data": {"r0": {**node(), "defaultBranchRef": default}}})

    assert isinstance(found, HostUnavailable)


async def test_an_empty_repository_has_no_branch():
    found = await asked({"data": {"r0": node(branch=None)}})

    assert (found.repository.default_branch, found.branch, found.commit) == (None, None, None)


@pytest.mark.parametrize("target", [None, {}])
async def test_a_branch_without_its_commit_is_unknown_and_not_absent(target):
    assert isinstance(await asked({"data": {"r0": node(target=target)}}), HostUnavailable)


async def test_a_renamed_repository_is_seen_under_its_new_name():
    found = await asked({"data": {"r0": node(name="acme/new")}})

    assert found.repository.full_name == "acme/new"


async def test_a_name_that_another_repository_took_over_is_looked_up_by_its_number():
    known = {"acme/web": node(8), "acme/moved": node(7, "acme/moved")}

    found = await asked(Repositories(known), rest={"/repositories/7": shown(7, "moved")})

    assert (found.repository.id, found.repository.full_name) == ("7", "acme/moved")


async def test_a_repository_whose_name_another_took_over_and_that_is_gone_is_unseen():
    found = await asked(Repositories({"acme/web": node(8)}))

    assert isinstance(found, Unseen)
    assert "another repository" in found.reason


async def test_a_repository_that_neither_name_nor_number_finds_is_unseen():
    github = GitHub(graph=Repositories({}))

    [found] = await github.host.heads([look()])

    assert isinstance(found, Unseen)
    assert github.paths == ["POST /graphql", "/repositories/7"]


async def test_a_repository_whose_redirect_is_gone_is_found_by_its_number():
    found = await asked(
        Repositories({"other/moved": node(7, "other/moved")}), rest={"/repositories/7": shown(7, "moved", "other")}
    )

    assert found.repository.full_name == "other/moved"


async def test_a_repository_that_its_number_finds_and_its_name_does_not_is_unknown():
    found = await asked(Repositories({}), rest={"/repositories/7": shown(7)})

    assert isinstance(found, HostUnavailable)


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_repository_whose_number_cannot_be_asked_for_is_unknown(status):
    found = await asked(Repositories({}), rest={"/repositories/7": (status, {"message": "No"})})

    assert isinstance(found, HostError)


async def test_a_repository_known_by_name_alone_is_seen_or_unseen():
    first, second = await asked(Repositories({"acme/web": node()}), look(number=None), look("acme/no", None))

    assert isinstance(first, Seen)
    assert isinstance(second, Unseen)


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([], HostUnavailable),
        ([{"type": "FORBIDDEN", "path": ["r0"], "message": "Resource not accessible"}], HostDenied),
        ([{"type": "SERVICE_UNAVAILABLE", "path": ["r0"], "message": "timeout"}], HostUnavailable),
        ([{"path": ["r0"], "message": "Something went wrong"}], HostUnavailable),
        ([{**MISSING, "path": ["r0", "branch"]}], HostUnavailable),
        ([{**MISSING, "path": ["r0"]}, {"type": "FORBIDDEN", "path": ["r0"], "message": "No"}], HostDenied),
    ],
)
async def test_null_is_unknown_unless_its_only_error_says_that_it_is_not_found(errors, kind):
    found = await asked({"data": {"r0": None}, "errors": errors})

    assert isinstance(found, kind)


async def test_a_branch_that_is_null_because_of_an_error_is_unknown():
    forbidden = {"type": "FORBIDDEN", "path": ["r0", "branch"], "message": "Resource not accessible"}

    found = await asked({"data": {"r0": {**node(), "branch": None}}, "errors": [forbidden]})

    assert isinstance(found, HostDenied)
    assert "Resource not accessible" in found.message


async def test_an_error_of_one_repository_leaves_the_others_known():
    forbidden = {"type": "FORBIDDEN", "path": ["r1"], "message": "No"}
    answer = {"data": {"r0": node(1, "acme/a"), "r1": None}, "errors": [forbidden]}

    first, second = await asked(answer, look("acme/a", "1"), look("acme/b", "2"))

    assert isinstance(first, Seen)
    assert isinstance(second, HostDenied)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"data": None, "errors": [{"message": "Something went wrong"}]}, HostUnavailable),
        ({"data": {"r0": None}, "errors": [{"message": "timeout"}]}, HostUnavailable),
        ({"errors": [{"type": "FORBIDDEN", "message": "SAML"}]}, HostDenied),
        ({}, HostUnavailable),
        ([], HostUnavailable),
        ((502, {"message": "Bad gateway"}), HostUnavailable),
        ((404, {"message": "Not Found"}), HostUnavailable),
        ((401, {"message": "Bad credentials"}), HostDenied),
        (httpx2.Response(200, content=b"<html>"), HostUnavailable),
    ],
)
async def test_an_error_of_the_whole_answer_is_raised(answer, kind):
    with pytest.raises(kind):
        await asked(answer)


@pytest.mark.parametrize(
    "data",
    [{}, {"r1": {"databaseId": 2}}, {"r1": "acme/b"}, {"r1": {**node(2, "acme/b"), "databaseId": None}}, {"r1": []}],
)
async def test_a_part_that_makes_no_sense_is_unknown_and_leaves_the_others_known(data):
    answer = {"data": {"r0": node(1, "acme/a"), **data}}

    first, second = await asked(answer, look("acme/a", "1"), look("acme/b", "2"))

    assert isinstance(first, Seen)
    assert isinstance(second, HostUnavailable)


async def test_of_a_batch_some_of_which_is_null_with_errors_only_those_are_unknown():
    known = {f"acme/r{number}": node(number, f"acme/r{number}") for number in range(9)}
    failing = [
        {"type": kind, "path": [f"r{i}"], "message": "No"} for i, kind in enumerate(("INTERNAL", "FORBIDDEN", None))
    ]
    parts = {f"r{i}": None if i < 3 else one for i, one in enumerate(known.values())}

    found = await asked({"data": parts, "errors": failing}, *(look(name, name[6:]) for name in known))

    assert [type(one) for one in found] == [HostUnavailable, HostDenied, HostUnavailable, *[Seen] * 6]


async def test_a_batch_that_fails_leaves_the_others_known():
    known = {f"acme/r{number}": node(number, f"acme/r{number}") for number in range(150)}
    repositories = Repositories(known)

    def answer(query: str, variables: Document) -> Any:
        return repositories(query, variables) if variables["n0"] == "r100" else (502, {})

    found = await asked(answer, *(look(name, str(one["databaseId"])) for name, one in known.items()))

    assert [isinstance(one, Seen) for one in found] == [False] * 100 + [True] * 50


@pytest.mark.parametrize(
    "error",
    [{"type": "RATE_LIMITED"}, {"type": "RATE_LIMIT"}, {"message": "You have exceeded a secondary rate limit."}],
)
async def test_a_rate_limit_in_the_answer_is_a_pause_that_is_kept(error):
    limited = httpx2.Response(200, json={"errors": [error]}, headers={"retry-after": "30"})
    github = GitHub(graph=lambda *_: limited)
    with pytest.raises(HostUnavailable):
        await github.host.heads([look()])

    with pytest.raises(HostUnavailable) as caught:
        await github.host.heads([look()])

    assert (caught.value.retry_after, len(github.asked)) == (30, 1)


@pytest.mark.parametrize("spent", [{}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "0"}])
async def test_a_rate_limit_in_the_answer_that_names_no_time_to_come_is_a_pause_all_the_same(spent):
    limited = httpx2.Response(200, json={"errors": [{"type": "RATE_LIMITED", "message": "API"}]}, headers=spent)
    github = GitHub(graph=lambda *_: limited)
    with pytest.raises(HostUnavailable):
        await github.host.heads([look()])

    with pytest.raises(HostUnavailable) as caught:
        await github.host.heads([look()])

    assert caught.value.retry_after
    assert len(github.asked) == 1


async def test_more_than_one_answer_takes_is_asked_for_in_halves():
    known = {f"acme/r{number}": node(number, f"acme/r{number}") for number in range(8)}
    github = GitHub(graph=Repositories(known), limits=FetchSection(response_limit=ByteSize(2000)))

    found = await github.host.heads([look(name, str(one["databaseId"])) for name, one in known.items()])

    assert [isinstance(one, Seen) and one.repository.full_name for one in found] == list(known)
    assert len(github.asked) > 1


async def test_a_single_answer_past_the_limit_is_unknown():
    github = GitHub(graph=Repositories({"acme/web": node()}), limits=FetchSection(response_limit=ByteSize(100)))

    with pytest.raises(HostUnavailable):
        await github.host.heads([look()])


async def test_a_spent_hour_of_graphql_is_waited_for():
    reset = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767225700"}
    limited = httpx2.Response(200, json={"errors": [{"type": "RATE_LIMITED"}]}, headers=reset)
    github = GitHub(graph=lambda *_: limited)
    with pytest.raises(HostUnavailable):
        await github.host.heads([look()])

    with pytest.raises(HostUnavailable) as caught:
        await github.host.heads([look()])

    assert (caught.value.retry_after, len(github.asked)) == (100, 1)


async def test_a_sweep_is_not_sent_when_too_little_is_left_for_events():
    left = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "700", "x-ratelimit-reset": "1767225700"}
    github = GitHub(graph=lambda *_: httpx2.Response(200, json={"data": {"r0": node()}}, headers=left))
    await github.host.heads([look()])

    with spending("sweep"), pytest.raises(HostUnavailable, match="purpose sweep"):
        await github.host.heads([look()])

    assert isinstance((await github.host.heads([look()]))[0], Seen)


@pytest.mark.parametrize(
    ("history", "commits", "straight"),
    [
        ([(HEAD, 1), (BASE, 1)], 1, True),
        ([(HEAD, 1), ("a" * 40, 1), (BASE, 2)], 2, True),
        ([(BASE, 1)], 0, True),
        ([(HEAD, 1), ("a" * 40, 1)], 1, False),
        ([(HEAD, 2), (BASE, 1)], 1, False),
        ([(HEAD, 1), ("a" * 40, 0)], 5, False),
        ([(HEAD, 1)], 5, None),
    ],
)
async def test_whether_a_head_is_straight_is_read_from_its_history(history, commits, straight):
    found = await asked({"data": {"r0": node(target=tip(history=history))}}, look(since=BASE, commits=commits))

    assert found.straight is straight


async def test_a_history_is_asked_for_only_where_that_is_wanted_and_short():
    repositories = Repositories({"acme/web": node()})

    found = await asked(repositories, look(), look(since=BASE, commits=3), look(since=BASE, commits=100))

    assert repositories.asked[0] == {
        "o0": "acme",
        "n0": "web",
        "o1": "acme",
        "n1": "web",
        "c1": 4,
        "o2": "acme",
        "n2": "web",
    }
    assert [one.straight for one in found] == [None, None, None]


async def test_two_branches_of_one_repository_are_two_looks():
    answer = {"data": {"r0": {**node(), "branch": None}, "r1": node(branch="dev", target=tip("e" * 40))}}

    first, second = await asked(answer, look(branch="no"), look(branch="dev"))

    assert (first.commit, second.branch, second.commit.sha) == (None, "dev", "e" * 40)


def branch(name: str = "main") -> Document:
    """A branch as the REST API shows it."""
    signature = {"name": "A Developer", "email": "developer@example.com", "date": "2026-01-02T03:04:05Z"}
    facts = {"author": signature, "committer": signature, "message": "Change", "tree": {"sha": TREE}}
    return {"name": name, "commit": {"sha": HEAD, "commit": facts, "author": {"login": "a-developer"}}}


def anonymous(answers: Mapping[str, Any]) -> GitHub:
    return GitHub(answers, section={})


async def test_without_credentials_a_head_is_asked_for_over_rest():
    github = anonymous({"/repositories/7": shown(7), f"{REPO}/branches/main": branch()})

    [found] = await github.host.heads([look()])

    assert isinstance(found, Seen)
    assert found.commit == Commit(
        sha=HEAD,
        tree=TREE,
        author=Author(name="A Developer", email="developer@example.com", login="a-developer"),
        message="Change",
        committed_at=parse_iso("2026-01-02T03:04:05Z"),
    )
    assert all("authorization" not in request.headers for request in github.asked)


async def test_without_credentials_a_repository_is_found_by_its_old_name():
    github = anonymous(
        {
            "/repos/acme/old": redirect("https://api.github.com/repositories/7"),
            "/repositories/7": shown(7),
            f"{REPO}/branches/main": branch(),
        }
    )

    [found] = await github.host.heads([look("acme/old", None)])

    assert isinstance(found, Seen)
    assert found.repository.full_name == "acme/web"


async def test_without_credentials_a_branch_is_absent_where_its_repository_is_readable():
    github = anonymous(
        {
            "/repositories/7": shown(7),
            f"{REPO}/branches/master": redirect(f"https://api.github.com{REPO}/branches/main"),
            f"{REPO}/branches/main": branch("main"),
        }
    )

    [found] = await github.host.heads([look(branch="master")])

    assert isinstance(found, Seen)
    assert (found.branch, found.commit) == ("master", None)


async def test_without_credentials_what_is_not_seen_is_unseen_and_an_error_is_unknown():
    github = anonymous({"/repositories/2": (500, {})})

    unseen, unknown = await github.host.heads([look(number="1"), look(number="2")])

    assert isinstance(unseen, Unseen)
    assert isinstance(unknown, HostUnavailable)


@pytest.mark.parametrize("name", ["../orgs", "../../orgs/acme", "acme/..", "acme/web/../../x", "acme/we?b#c"])
async def test_a_name_stays_within_its_place_in_the_path(name):
    github = anonymous({})

    await github.host.heads([look(name, None)])

    assert github.paths[0].startswith("/repos/")
    assert github.paths[0].count("/") == 3


async def test_a_repository_without_visibility_is_private_or_public():
    document = shown(7)
    del document["visibility"]
    github = anonymous({"/repositories/7": document})

    [found] = await github.host.heads([look()])

    assert isinstance(found, Seen)
    assert found.repository.visibility == "private"


TEXT = "kind: Component\n"
LOOKED_FOR = ("catalog-info.yaml", "gone.yaml")


def entry(text: str | None, **more: Any) -> Document:
    """A file as GraphQL tells it."""
    blob = {"byteSize": len(TEXT), "isBinary": False, "isTruncated": False, "text": text, **more}
    return {"mode": 33188, "type": "blob", "oid": blob_id(TEXT.encode(), like=HEAD), "object": blob}


def telling(**files: Any) -> Document:
    """An answer with the head and *files* by alias."""
    return {"data": {"r0": node(target={**tip(), **files})}}


async def test_files_are_told_along_with_the_head_and_null_is_one_that_is_not_there():
    found = await asked(telling(f0=entry(TEXT), f1=None), look(paths=LOOKED_FOR))
    content = FileAt(blob=blob_id(TEXT.encode(), like=HEAD), content=TEXT.encode())
    assert found.files == {"catalog-info.yaml": content, "gone.yaml": None}


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(entry(None, isBinary=True), id="binary"),
        pytest.param(entry("kind: C", isTruncated=True), id="cut"),
        pytest.param(entry("kind: Other\n"), id="in another encoding"),
    ],
)
async def test_where_a_file_is_not_told_whole_none_is_and_the_head_is(file: Document):
    found = await asked(telling(f0=file, f1=None), look(paths=LOOKED_FOR))
    assert (found.commit.sha, found.files) == (HEAD, None)


async def test_a_file_that_failed_leaves_its_repository_unknown_and_no_other():
    other = node(number=8, name="acme/api", target={**tip(), "f0": None, "f1": None})
    failed = {"message": "timeout", "path": ["r0", "branch", "target", "f0"]}
    answer = {"data": {**telling(f0=None, f1=None)["data"], "r1": other}, "errors": [failed]}
    first, second = await asked(answer, look(paths=LOOKED_FOR), look("acme/api", "8", paths=LOOKED_FOR))
    assert isinstance(first, HostUnavailable)
    assert second.files == dict.fromkeys(LOOKED_FOR)


async def test_a_file_that_the_answer_lacks_is_not_taken_for_absent():
    assert isinstance(await asked(telling(f0=None), look(paths=LOOKED_FOR)), HostUnavailable)


async def test_files_that_are_too_much_for_one_answer_are_left_out():
    def answer(query: str, _variables: Document) -> Document:
        too_much = {"errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much"}]}
        return too_much if "file(path" in query else telling()

    found = await asked(answer, look(paths=LOOKED_FOR))
    assert (found.commit.sha, found.files) == (HEAD, None)
