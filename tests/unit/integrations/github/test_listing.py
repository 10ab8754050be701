from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import httpx2
import pytest

from cuelight.errors import HostDenied, HostUnavailable, InputError
from cuelight.fetch import FetchSection
from cuelight.options import ByteSize
from cuelight.scm import Scope
from tests.unit.integrations.github.fake import Document, GitHub, shown

LISTED = "/orgs/acme/repos?per_page=100&sort=created&direction=asc"
OF_USER = "/users/acme/repos?per_page=100&sort=created&direction=asc"
OWN = "/user/repos?affiliation=owner&per_page=100&sort=created&direction=asc"
SOMEBODY = {"login": "somebody"}


def page(repositories: Sequence[Document], following: str | None = None) -> httpx2.Response:
    links = '<https://api.github.com/x?page=1>; rel="first"'
    if following:
        links = f'<https://api.github.com{following}>; rel="next", {links}'
    return httpx2.Response(200, json=repositories, headers={"link": links})


async def listed(github: GitHub) -> list[str]:
    return [one.full_name async for one in github.host.repositories(Scope(owner="acme"))]


async def test_an_organisation_is_listed_to_its_last_page():
    github = GitHub(
        {
            LISTED: page([shown(1, "a")], "/organizations/9/repos?page=2"),
            "/organizations/9/repos?page=2": page([shown(2, "b")], "/organizations/9/repos?page=3"),
            "/organizations/9/repos?page=3": page([shown(3, "c")]),
        }
    )

    assert await listed(github) == ["acme/a", "acme/b", "acme/c"]


async def test_a_page_that_follows_a_full_one_since_the_last_time_is_read():
    first = page([shown(1, "a")])
    github = GitHub({LISTED: first, "/page2": page([shown(2, "b")])})
    first.headers["etag"] = '"1"'
    await listed(github)

    def grown(request: httpx2.Request) -> httpx2.Response:
        if request.headers.get("if-none-match") == '"1"':
            return httpx2.Response(304, headers={"etag": '"1"'})
        return page([shown(1, "a")], "/page2")

    github.answers[LISTED] = grown
    assert await listed(github) == ["acme/a", "acme/b"]


async def test_a_repository_that_moves_to_another_page_meanwhile_is_listed_once():
    github = GitHub({LISTED: page([shown(1, "a")], "/page2"), "/page2": page([shown(1, "a"), shown(2, "b")])})

    assert await listed(github) == ["acme/a", "acme/b"]


class Shelf:
    """Pages of two repositories each, of what there is at the moment; *happen* is called before each page, with its number."""

    def __init__(self, happen: Callable[[list[Document], int], None]) -> None:
        self.repositories = [shown(number, f"r{number}") for number in range(1, 6)]
        self.pages = 0
        self.happen = happen

    def github(self) -> GitHub:
        later = {f"/page{number}": partial(self.page, number) for number in range(2, 5)}
        return GitHub({LISTED: partial(self.page, 1), **later})

    def page(self, number: int, _: httpx2.Request) -> httpx2.Response:
        self.pages += 1
        self.happen(self.repositories, self.pages)
        found = self.repositories[2 * number - 2 : 2 * number]
        return page(found, f"/page{number + 1}" if len(self.repositories) > 2 * number else None)


async def test_a_repository_that_moves_up_because_another_went_is_not_lost():
    def happen(repositories: list[Document], pages: int) -> None:
        if pages == 2:
            del repositories[0]

    found = await listed(Shelf(happen).github())

    assert {"acme/r2", "acme/r3", "acme/r4", "acme/r5"} <= set(found)


async def test_a_repository_that_moves_down_because_another_came_is_listed_once():
    def happen(repositories: list[Document], pages: int) -> None:
        if pages == 2:
            repositories.insert(0, shown(9, "older"))

    found = await listed(Shelf(happen).github())

    assert sorted(found) == ["acme/older", *(f"acme/r{number}" for number in range(1, 6))]


async def test_a_list_of_several_pages_that_stays_is_read_twice():
    shelf = Shelf(lambda *_: None)

    await listed(shelf.github())

    assert shelf.pages == 6


async def test_a_list_that_never_comes_to_rest_is_an_error():
    def happen(repositories: list[Document], pages: int) -> None:
        repositories[0] = shown(100 + pages, f"new{pages}")

    with pytest.raises(HostUnavailable, match="another list each of 5 times"):
        await listed(Shelf(happen).github())


async def test_a_second_reading_that_breaks_off_is_an_error():
    def happen(_: list[Document], pages: int) -> None:
        if pages >= 5:
            raise httpx2.ReadTimeout("")

    with pytest.raises(HostUnavailable, match="in time"):
        await listed(Shelf(happen).github())


async def test_a_page_that_fails_by_chance_is_asked_for_once_more_and_the_list_is_whole():
    def happen(_: list[Document], pages: int) -> None:
        if pages in {2, 4, 7}:
            raise httpx2.ReadTimeout("")

    assert await listed(Shelf(happen).github()) == [f"acme/r{number}" for number in range(1, 6)]


async def test_a_page_that_is_cut_off_is_asked_for_once_more():
    answers = [httpx2.Response(200, content=b'[{"id": 2, "full'), page([shown(2, "b")]), page([shown(2, "b")])]
    github = GitHub({LISTED: page([shown(1, "a")], "/page2"), "/page2": lambda _: answers.pop(0)})

    assert await listed(github) == ["acme/a", "acme/b"]


async def test_a_host_that_wants_a_pause_is_not_asked_for_the_page_at_once():
    limited = httpx2.Response(429, json={"message": "secondary rate limit"}, headers={"retry-after": "60"})
    github = GitHub({LISTED: page([shown(1, "a")], "/page2"), "/page2": limited})

    with pytest.raises(HostUnavailable, match="429"):
        await listed(github)
    assert github.paths.count("/page2") == 1


async def test_an_organisation_that_is_only_seen_as_a_user_is_unknown_and_not_what_is_public():
    public = {**shown(1, "a"), "owner": {"login": "acme", "type": "Organization"}}

    with pytest.raises(HostUnavailable, match="lists an organisation"):
        await listed(GitHub({OF_USER: page([public]), "/user": SOMEBODY}))


async def test_a_user_is_listed_where_there_is_no_such_organisation():
    assert await listed(GitHub({OF_USER: page([shown(1, "notes")]), "/user": SOMEBODY})) == ["acme/notes"]


async def test_a_user_whose_token_it_is_is_listed_with_what_is_private():
    github = GitHub({OWN: page([shown(1, "notes"), shown(2, "secret")]), "/user": {"login": "Acme"}})

    assert await listed(github) == ["acme/notes", "acme/secret"]


async def test_without_a_token_a_user_is_listed_and_nobody_is_asked_whose_token_it_is():
    github = GitHub({OF_USER: page([shown(1, "notes")])}, section={})

    assert await listed(github) == ["acme/notes"]
    assert github.paths == [LISTED, OF_USER]


async def test_an_owner_that_nobody_sees_is_denied_and_not_an_empty_list():
    with pytest.raises(HostDenied, match="no organisation or user acme"):
        await listed(GitHub({"/user": SOMEBODY}))


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'[{"id": "x"}]', b'[{"id": 1}', b"null", b'[{"id": 1e400}]'])
async def test_a_page_that_is_none_is_an_error_and_not_the_end(body):
    broken = httpx2.Response(200, content=body)

    with pytest.raises(
        HostUnavailable, match=r"GET https://api\.github\.com/page2 \(repositories, for events\) was answered"
    ):
        await listed(GitHub({LISTED: page([shown(1, "a")], "/page2"), "/page2": broken}))


async def test_a_page_past_the_limit_is_an_error_and_names_the_setting():
    github = GitHub({LISTED: page([shown(1, "a")])}, limits=FetchSection(response_limit=ByteSize(100)))

    with pytest.raises(HostUnavailable, match=r"raise backend\.fetch\.responseLimit"):
        await listed(github)


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_a_listing_that_is_refused_is_an_error_and_not_an_empty_list(status):
    with pytest.raises((HostDenied, HostUnavailable), match=str(status)):
        await listed(GitHub({LISTED: (status, {"message": "No"})}))


async def test_a_listing_that_breaks_off_is_an_error_and_not_a_shorter_list():
    github = GitHub({LISTED: page([shown(1, "a")], "/page2"), "/page2": (502, {"message": "Bad Gateway"})})

    with pytest.raises(HostUnavailable, match="502"):
        await listed(github)


async def test_a_page_that_is_missing_is_an_error_and_not_the_end():
    with pytest.raises(HostUnavailable, match="404"):
        await listed(GitHub({LISTED: page([shown(1, "a")], "/page2")}))


async def test_a_listing_without_end_is_an_error():
    endless: dict[str, Any] = {"/again": page([shown(1)], "/again")}

    with pytest.raises(HostUnavailable, match="more than 1000 pages"):
        await listed(GitHub({LISTED: page([shown(1)], "/again"), **endless}))


async def test_a_next_page_on_another_host_is_not_followed():
    elsewhere = httpx2.Response(200, json=[], headers={"link": '<https://evil.example/x>; rel="next"'})

    with pytest.raises(HostUnavailable, match=r"evil\.example"):
        await listed(GitHub({LISTED: elsewhere}))


async def test_something_that_is_no_repository_leaves_the_list_unknown():
    with pytest.raises(HostUnavailable, match="without id"):
        await listed(GitHub({LISTED: page([{"id": 1}])}))


async def test_a_scope_of_nobody_is_refused():
    with pytest.raises(InputError):
        [one async for one in GitHub().host.repositories(Scope())]
