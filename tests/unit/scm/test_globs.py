import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuelight.errors import InputError
from cuelight.scm import Globs


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("catalog-info.yaml", "catalog-info.yaml", True),
        ("/catalog-info.yaml", "catalog-info.yaml", True),
        ("catalog-info.yaml", "Catalog-Info.yaml", False),
        ("catalog-info.yaml", "sub/catalog-info.yaml", False),
        ("catalog-info.yaml", "catalog-info.yaml.bak", False),
        ("catalog-info.yaml", "catalog-infoXyaml", False),
        ("*.yaml", "a.yaml", True),
        ("*.yaml", ".yaml", False),
        ("*.yaml", ".hidden.yaml", False),
        (".*.yaml", ".hidden.yaml", True),
        ("*.yaml", "sub/a.yaml", False),
        ("*", "a", True),
        ("*", ".a", False),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "aXbYbZ", False),
        ("a*", "a", True),
        ("?.yaml", "a.yaml", True),
        ("?.yaml", "..yaml", False),
        ("a?c", "a/c", False),
        ("services/*/catalog-info.yaml", "services/pay/catalog-info.yaml", True),
        ("services/*/catalog-info.yaml", "services/pay/deep/catalog-info.yaml", False),
        ("services/*/catalog-info.yaml", "services/.pay/catalog-info.yaml", False),
        ("**/catalog-info.yaml", "catalog-info.yaml", True),
        ("**/catalog-info.yaml", "a/b/c/catalog-info.yaml", True),
        ("**/catalog-info.yaml", "a/.github/catalog-info.yaml", False),
        ("**/catalog-info.yaml", "a/xcatalog-info.yaml", False),
        (".github/**", ".github/a/b.yaml", True),
        (".github/**", ".github", False),
        ("**", "a/b", True),
        ("**", "a/.b", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "ab", False),
        ("a/**/b/**/c", "a/b/x/b/y/c", True),
        ("a/**/b/**/c", "a/x/c", False),
        ("**/a/*/b/**/c.yaml", "a/x/a/y/b/z/c.yaml", True),
        ("a**b", "aXXb", True),
        ("a**b", "aX/Xb", False),
        ("{a,b}.yaml", "b.yaml", True),
        ("{a,b}.yaml", "c.yaml", False),
        ("catalog-info{,-all}.{yaml,yml}", "catalog-info-all.yml", True),
        ("catalog-info{,-all}.{yaml,yml}", "catalog-info.yaml", True),
        ("{a,b/{c,d}}/x", "b/d/x", True),
        ("{a,b/{c,d}}/x", "b/x", False),
        ("{.a,b}/x", ".a/x", True),
        ("{a}", "{a}", True),
        ("{a", "{a", True),
        ("{a,b", "{a,b", True),
        ("x{a{b,c}", "x{ab", True),
        ("[ab].yaml", "a.yaml", True),
        ("[!ab].yaml", "a.yaml", False),
        ("[^ab].yaml", "c.yaml", True),
        ("[!ab].yaml", ".yaml", False),
        ("[a-c]", "b", True),
        ("[c-a]", "b", False),
        ("[a", "[a", True),
        ("[]]", "]", True),
        ("[.]a", ".a", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        (r"\{a,b\}", "{a,b}", True),
        ("+(a|b)", "+(a|b)", True),
        ("line*end", "line\nend", True),
        ("a/", "a/", False),
        ("日本/*", "日本/é", True),
    ],
)
def test_a_pattern_means_what_minimatch_means(pattern, path, expected):
    assert Globs((pattern,)).matches(path) is expected


def test_any_of_several_patterns_may_match():
    globs = Globs(("catalog-info.yaml", "services/*.yaml"))

    assert [path for path in ("catalog-info.yaml", "services/a.yaml", "b.yaml") if globs.matches(path)] == [
        "catalog-info.yaml",
        "services/a.yaml",
    ]


def test_no_pattern_matches_nothing():
    assert not Globs(()).matches("catalog-info.yaml")


def test_globs_of_the_same_patterns_are_equal():
    assert (Globs(("/a",)), hash(Globs(("/a",)))) == (Globs(("a",)), hash(Globs(("a",))))


def test_iterating_gives_the_patterns_without_their_leading_slash():
    assert list(Globs(("/a", "b/*"))) == ["a", "b/*"]


@pytest.mark.parametrize("pattern", ["", "/", "a" * 1025])
def test_a_pattern_that_names_nothing_or_too_much_is_refused(pattern):
    with pytest.raises(InputError):
        Globs((pattern,))


def test_more_choices_than_allowed_are_taken_literally():
    assert Globs(("{a,b}" * 7,)).matches("{a,b}" * 7)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 500, "a" * 4000 + "b"),
        ("**/" + "*a*/**/" * 140 + "x", "a/" * 2000 + "y"),
        ("{" * 1000, "{" * 999),
        ("{*a,*aa}" * 6 + "*a" * 400, "a" * 4000 + "b"),
    ],
)
def test_no_pattern_makes_matching_slow(pattern, path):
    started = time.process_time()

    assert not Globs((pattern,)).matches(path)
    assert time.process_time() - started < 5


def naive(pattern: str, path: str) -> bool:
    """What a pattern without braces and classes means, written to be read and not to be fast."""
    return _segments(pattern.split("/"), path.split("/"))


def _segments(pattern: list[str], path: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        shorter = bool(path) and not path[0].startswith(".") and _segments(pattern, path[1:])
        return shorter or (_segments(pattern[1:], path) if pattern[1:] else _last(path))
    return bool(path) and _visible(pattern[0], path[0]) and _segments(pattern[1:], path[1:])


def _last(path: list[str]) -> bool:
    return len(path) == 1 and not path[0].startswith(".")


def _visible(pattern: str, name: str) -> bool:
    return not (name.startswith(".") and pattern[:1] in {"*", "?"}) and _name(pattern, name)


def _name(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return _name(pattern[1:], name) or (bool(name) and _name(pattern, name[1:]))
    return bool(name) and pattern[0] in {"?", name[0]} and _name(pattern[1:], name[1:])


names = st.text("ab.", min_size=1, max_size=4)
paths = st.lists(names, min_size=1, max_size=5).map("/".join)
segments = st.one_of(st.just("**"), st.text("ab.*?", min_size=1, max_size=5))
patterns = st.lists(segments, min_size=1, max_size=5).map("/".join)


@given(patterns, paths)
@settings(max_examples=1000, deadline=None)
def test_matching_agrees_with_the_naive_reading(pattern, path):
    assert Globs((pattern,)).matches(path) is naive(pattern, path)


@given(st.lists(st.lists(names, min_size=2, max_size=3), min_size=1, max_size=3), paths)
@settings(deadline=None)
def test_braces_are_the_same_as_every_pattern_written_out(choices, path):
    pattern, written = "", [""]
    for options in choices:
        pattern += "{" + ",".join(options) + "}"
        written = [before + option for before in written for option in options]

    assert Globs((pattern,)).matches(path) is Globs(written).matches(path)


@given(st.text(min_size=1, max_size=30))
@settings(deadline=None)
def test_any_text_is_a_pattern(text):
    if text != "/":
        Globs((text,)).matches("a/b")


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (("catalog-info.yaml", "/docs/api.yaml"), ("catalog-info.yaml", "docs/api.yaml")),
        (("catalog-info.yaml", "*/catalog-info.yaml"), None),
        (("catalog-info.{yaml,yml}",), None),
        (("a[1].yaml",), None),
        (("./catalog-info.yaml",), None),
        (("docs//api.yaml",), None),
        ((), ()),
    ],
)
def test_names_are_told_where_nothing_else_can_match(patterns: tuple[str, ...], names: tuple[str, ...] | None):
    assert Globs(patterns).names == names
