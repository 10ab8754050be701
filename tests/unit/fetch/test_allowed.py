"""Which addresses outside of the configured hosts may be read."""

import pytest

from cuelight.fetch import Allowed, AllowedHost

ALLOWED = Allowed(
    [
        AllowedHost(host="Example.com"),
        AllowedHost(host="*.below.example"),
        AllowedHost(host="ports.example:8000-8999"),
        AllowedHost(host="[::1]:80"),
        AllowedHost(host="paths.example", paths=["/open/", "/file.yaml"]),
    ]
)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a",
        "http://EXAMPLE.com",
        "http://example.com:80/",
        "https://example.com:443/",
        "https://a.below.example/",
        "https://a.b.below.example/",
        "http://ports.example:8000/",
        "http://ports.example:8999/",
        "http://[::1]/",
        "https://paths.example/open/a/b?c#d",
        "https://paths.example/open/",
        "https://paths.example/x/../open/a",
        "https://paths.example/file.yaml",
    ],
)
def test_what_is_named_may_be_read(url: str):
    assert ALLOWED.covers(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "https://example.com.evil.example/",
        "https://evil-example.com/",
        "https://example.com:8443/",
        "https://below.example/",
        "https://evilbelow.example/",
        "http://ports.example/",
        "http://ports.example:9000/",
        "https://[::1]/",
        "https://paths.example/",
        "https://paths.example/open",
        "https://paths.example/open/../secret",
        "https://paths.example/open/%2e%2e/secret",
        "https://paths.example/open/%2E%2E%2Fsecret",
        "https://paths.example/open/..\\secret",
        "https://paths.example/open/%5c..%5c..%5csecret",
        "https://paths.example//open/a",
        "https://user@example.com/",
        "https://example.com@evil.example/",
        "https://evil.example\\@example.com/",
        "https://evil.example#@example.com/",
        "file://example.com/etc/passwd",
        "ftp://example.com/",
        "example.com/a",
        "//example.com/a",
        "https://",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://ex ample.com/",
        "https://example.com/" + "a" * 9000,
        "",
        "https://[broken/",
    ],
)
def test_nothing_else_may_be_read(url: str):
    assert not ALLOWED.covers(url)


def test_where_nothing_is_named_nothing_may_be_read():
    assert not Allowed().covers("https://example.com/")
