import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cuelight.integrations.github.urls import GitHubUrls
from cuelight.scm import Place
from tests.corpus import corpus

PUBLIC = GitHubUrls("github.com", "https://raw.githubusercontent.com")
ENTERPRISE = GitHubUrls("ghe.example.com:8443", "https://ghe.example.com:8443/raw")
OWN = GitHubUrls("127.0.0.1:9000", "http://127.0.0.1:9000")


def place(ref: str | None, path: str, host: str = "github.com") -> Place:
    return Place(host=host, full_name="acme/web", ref=ref, path=path)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/acme/web/blob/main/a/b.yaml", place("main", "a/b.yaml")),
        ("https://github.com/acme/web/tree/main/a/b.yaml", place("main", "a/b.yaml")),
        ("https://github.com/acme/web/raw/main/a/b.yaml", place("main", "a/b.yaml")),
        ("https://github.com/acme/web/edit/main/a/b.yaml", place("main", "a/b.yaml")),
        ("https://GitHub.com/acme/web/blob/main/a.yaml?plain=1#L3", place("main", "a.yaml")),
        ("https://raw.githubusercontent.com/acme/web/main/a.yaml", place("main", "a.yaml")),
        ("https://raw.githubusercontent.com/acme/web/refs/heads/main/a.yaml", place("main", "a.yaml")),
        ("https://github.com/acme/web/blob/refs/tags/v1/a.yaml", place("v1", "a.yaml")),
        ("https://github.com/acme/web/blob/HEAD/a.yaml", place(None, "a.yaml")),
        ("https://github.com/acme/web/blob/release%2F1/a.yaml", place("release/1", "a.yaml")),
        ("https://github.com/acme/web/blob/release/1/a.yaml", place("release", "1/a.yaml")),
        ("https://github.com/acme/web/blob/main/with%20space/%C3%A9.yaml", place("main", "with space/é.yaml")),
        ("https://github.com/acme/web/blob/main/**/catalog-info.yaml", place("main", "**/catalog-info.yaml")),
        ("https://github.com/acme/web/blob/main/{a,b}.yaml", place("main", "{a,b}.yaml")),
        ("https://github.com/acme/web/blob/main/a/./x/../b.yaml", place("main", "a/b.yaml")),
        ("https://github.com/acme/web/tree/main", place("main", "")),
        ("https://github.com/acme/web/tree/main/", place("main", "")),
        ("https://github.com/acme/web", None),
        ("https://github.com/acme/web/issues/1/a.yaml", None),
        ("https://github.com/acme/../blob/main/a.yaml", None),
        ("https://github.com/acme/%2e%2e/blob/main/a.yaml", None),
        ("https://github.com/acme/we%2Fb/blob/main/a.yaml", None),
        ("https://github.com/acme/web/blob/main/a%00.yaml", None),
        ("https://github.com/acme/web/blob/main/" + "a" * 1025, None),
        ("https://github.com@evil.example/acme/web/blob/main/a.yaml", None),
        ("https://evil.example//github.com/acme/web/blob/main/a.yaml", None),
        ("https://github.com.evil.example/acme/web/blob/main/a.yaml", None),
        ("https://gitlab.com/acme/web/-/blob/main/a.yaml", None),
        ("ftp://github.com/acme/web/blob/main/a.yaml", None),
        ("file:///etc/passwd", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_a_place_is_found_in_any_spelling_of_the_host(url, expected):
    assert PUBLIC.place(url) == expected


@pytest.mark.parametrize(
    ("urls", "url", "expected"),
    [
        (ENTERPRISE, "https://ghe.example.com:8443/acme/web/blob/main/a.yaml", "ghe.example.com:8443"),
        (ENTERPRISE, "https://ghe.example.com:8443/raw/acme/web/main/a.yaml", "ghe.example.com:8443"),
        (OWN, "http://127.0.0.1:9000/acme/web/raw/main/a.yaml", "127.0.0.1:9000"),
        (OWN, "http://127.0.0.1:9000/acme/web/main/a.yaml", "127.0.0.1:9000"),
    ],
)
def test_a_host_of_ones_own_is_read_alike(urls, url, expected):
    assert urls.place(url) == place("main", "a.yaml", host=expected)


def test_the_host_without_its_port_is_another():
    assert ENTERPRISE.place("https://ghe.example.com/acme/web/blob/main/a.yaml") is None


def test_the_page_of_a_file_keeps_what_a_browser_keeps():
    assert (
        PUBLIC.blob("https://github.com/acme/web", "release/1", "a dir/é#1(x).yaml")
        == "https://github.com/acme/web/blob/release%2F1/a%20dir/%C3%A9%231(x).yaml"
    )


names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda name: "/" not in name and name not in {".", "..", "HEAD", "refs"}
)


@given(st.lists(names, min_size=1, max_size=2).map("/".join), st.lists(names, min_size=1, max_size=4).map("/".join))
def test_the_page_of_a_file_is_read_back_as_that_file(branch, path):
    assert PUBLIC.place(PUBLIC.blob("https://github.com/acme/web", branch, path)) == place(branch, path)


BASE = "https://github.com/acme/web/blob/main/sub/c.yaml"


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("./x.yaml", BASE, "https://github.com/acme/web/tree/main/sub/x.yaml"),
        ("x.yaml", BASE, "https://github.com/acme/web/tree/main/sub/x.yaml"),
        ("../x.yaml", BASE, "https://github.com/acme/web/tree/main/x.yaml"),
        ("/x.yaml", BASE, "https://github.com/acme/web/tree/main/x.yaml"),
        ("/x/../y.yaml", BASE, "https://github.com/acme/web/tree/main/y.yaml"),
        ("/x y.yaml", BASE, "https://github.com/acme/web/tree/main/x%20y.yaml"),
        ("./*.yaml", BASE, "https://github.com/acme/web/tree/main/sub/*.yaml"),
        ("./x.yaml", BASE + "?a=1#L1", "https://github.com/acme/web/tree/main/sub/x.yaml?a=1"),
        ("https://github.com/acme/api/blob/main/x.yaml", BASE, "https://github.com/acme/api/tree/main/x.yaml"),
        ("https://gitlab.com/g/p/blob/main/x.yaml", BASE, "https://gitlab.com/g/p/blob/main/x.yaml"),
        ("/x.yaml", "https://github.com/acme/web/blob/release%2F1/c.yaml", "https://github.com/acme/web/tree/release%2F1/x.yaml"),
        ("/x.yaml", "https://github.com/acme/web/blob/refs/heads/main/a/c.yaml", "https://github.com/acme/web/tree/refs/heads/main/x.yaml"),
        ("/x.yaml", "https://raw.githubusercontent.com/acme/web/main/a/c.yaml", "https://raw.githubusercontent.com/acme/web/main/x.yaml"),
        ("./x.yaml", "https://raw.githubusercontent.com/acme/web/main/a/c.yaml", "https://raw.githubusercontent.com/acme/web/main/a/x.yaml"),
    ],
)  # fmt: skip
def test_a_target_is_meant_inside_its_file(url, base, expected):
    assert PUBLIC.resolve(url, base) == expected


def test_the_root_of_a_raw_address_below_a_folder_is_found():
    base = "https://ghe.example.com:8443/raw/acme/web/main/a/c.yaml"

    assert ENTERPRISE.resolve("/x.yaml", base) == "https://ghe.example.com:8443/raw/acme/web/main/x.yaml"


def test_a_file_is_edited_on_its_edit_page():
    assert PUBLIC.edit(BASE) == "https://github.com/acme/web/edit/main/sub/c.yaml"


@pytest.mark.parametrize(
    "url",
    [
        f"https://github.com/acme/web/blob/{'a1' * 20}/c.yaml",
        "https://raw.githubusercontent.com/acme/web/main/c.yaml",
        "https://gitlab.com/acme/web/blob/main/c.yaml",
    ],
)
def test_a_pinned_commit_and_what_is_no_page_cannot_be_edited(url):
    assert PUBLIC.edit(url) is None


def test_the_source_is_the_folder_of_the_file():
    assert PUBLIC.source(BASE) == "https://github.com/acme/web/tree/main/sub/"


@given(st.text("ab./-:%?#;~", max_size=20))
@example("a/../b.yaml")
@example("a//b/./..")
def test_the_source_of_any_address_is_where_a_dot_leads(tail: str):
    url = f"https://github.com/acme/web/blob/main/{tail}"
    assert PUBLIC.source(url) == PUBLIC.resolve("./", url)


def annotations() -> list[Mapping[str, str]]:
    """The annotations of every entity in the recorded answers."""

    def found(value: Any) -> Iterator[Mapping[str, str]]:
        if isinstance(value, dict):
            if "backstage.io/source-location" in (value.get("annotations") or {}):
                yield value["annotations"]
            for item in value.values():
                yield from found(item)
        elif isinstance(value, list):
            for item in value:
                yield from found(item)

    return list(found(json.loads(corpus("golden", "cases.json").read_text())))


def test_edit_and_source_are_those_of_backstage():
    recorded = annotations()

    for one in recorded:
        target = one["backstage.io/managed-by-location"].removeprefix("url:")
        assert PUBLIC.edit(target) == one["backstage.io/edit-url"]
        assert f"url:{PUBLIC.source(target)}" == one["backstage.io/source-location"]
        assert PUBLIC.resolve(target, target) == target.replace("/blob/", "/tree/")
    assert len(recorded) > 20


@example("https://github.com/acme/web/blob/refs/heads", "")
@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_makes_the_addresses_fail(url, rest):
    PUBLIC.place(url)
    PUBLIC.place(f"https://github.com/{rest}")
    PUBLIC.resolve(url, BASE)
    PUBLIC.edit(f"https://github.com/acme/web/blob/{rest}")


@pytest.mark.parametrize(
    "url", ["https://github.com/acme/shop", "https://GitHub.com/acme/", "https://github.com/acme/shop/pulls"]
)
def test_an_address_of_the_host_that_is_no_files_is_flawed_in_backstages_words(url):
    flaw = f"Error: Incorrect URL: {url}, Error: Invalid GitHub URL or file path"
    assert PUBLIC.flaw(url) == flaw


@pytest.mark.parametrize(
    "url", ["https://github.com/acme/shop/blob/main/a.yaml", "https://elsewhere.example/acme/shop", "acme/shop", "//["]
)
def test_a_file_s_address_and_what_is_elsewhere_have_no_flaw(url):
    assert PUBLIC.flaw(url) is None
