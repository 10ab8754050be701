"""Values as a person reads them, on the server and in the browser alike."""

import pytest

from cuelight.clock import SECOND, isoformat
from cuelight.ui.words import duration, elapsed, web_link

NOW = 1_767_225_600 * SECOND


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (1.9, "just now"),
        (2, "2 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (3_600, "1 h ago"),
        (86_400, "1 d ago"),
    ],
)
def test_an_instant_is_told_by_its_distance(seconds: float, words: str):
    assert elapsed(isoformat(NOW - int(seconds * SECOND)), NOW) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (None, "—"),
        (0, "1 ms"),
        (38.4, "38 ms"),
        (999, "999 ms"),
        (1_040, "1.0 s"),
        (59_900, "59.9 s"),
        (61_000, "1 min"),
        (7_300_000, "2 h"),
        (200_000_000, "2 d"),
    ],
)
def test_a_duration_needs_few_digits(milliseconds: float | None, words: str):
    assert duration(milliseconds) == words


@pytest.mark.parametrize("url", ["http://a/b", "https://a/b", "HTTPS://a"])
def test_a_web_address_may_be_a_link(url: str):
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//a", "http://["]
)
def test_anything_else_may_not(url: str | None):
    assert web_link(url) is None
