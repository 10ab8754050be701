"""Absolute URLs, as JavaScript's `new URL` decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.model.weburl import is_url

# Each verdict is that of `new URL(text)` in Node 20.
GOOD = [
    "https://example.com/dash",
    "http:example.com",
    "https:\\\\example.com",
    "  https://example.com\n",
    "HTTPS://user:pass@example.com:8443/a?b#c",
    "https://exämple.com",
    "https://a_b.example",
    "http://[::1]:80/",
    "http://1.2.3.4",
    "http://0x7f.1",
    "http://a.b.",
    "mailto:someone@example.com",
    "urn:isbn:1",
    "javascript:alert(1)",
    "file:",
    "file:///etc/hosts",
    "file://C:/x",
    "foo://",
    "foo://a:99/b",
    "C:/windows",
    "slack://channel?id=1",
]
BAD = [
    "",
    "not a url",
    "example.com",
    "//example.com",
    "/path",
    "http://",
    "https:///",
    "http://a b",
    "http://a:99999",
    "http://a:b",
    "http://[::1",
    "http://[::g]",
    "http://256.1.1.1",
    "http://1.2.3.4.5",
    "http://a<b",
    "http://%00",
    "http://user@",
    "foo://a b",
    "foo://:80",
    "file://a b/",
    "1http://a",
]


@pytest.mark.parametrize("text", GOOD)
def test_an_absolute_url_is_one(text):
    assert is_url(text)


@pytest.mark.parametrize("text", BAD)
def test_what_no_browser_would_open_is_no_url(text):
    assert not is_url(text)


@given(st.text() | st.text(alphabet="htps:/[]@.%0x1 #?\\"))
def test_any_text_has_a_verdict(text):
    assert is_url(text) in {True, False}
