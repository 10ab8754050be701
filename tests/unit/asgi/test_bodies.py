"""Bodies have a limit, a media type and a declared shape."""

from typing import Any

import msgspec
import pytest

from cuelight.asgi.bodies import decode, read_body
from cuelight.errors import InputError


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    entity_ref: str
    inner: Inner | None = None
    several: tuple[int, ...] = ()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"{}", "request/body must have required property 'entityRef'"),
        (b"", "request/body must have required property 'entityRef'"),
        (b'{"entityRef":"a","x":1}', "request/body must NOT have additional properties"),
        (b'{"entityRef":1}', "request/body/entityRef must be str"),
        (b'{"entityRef":"a","inner":{}}', "request/body/inner must have required property 'name'"),
        (b'{"entityRef":"a","several":[1,"x"]}', "request/body/several/1 must be int"),
        (b"[]", "request/body must be object"),
    ],
)
def test_what_does_not_fit_is_refused_in_backstages_words(sent: bytes, message: str):
    with pytest.raises(InputError) as refused:
        decode(sent, Body, media_type="application/json")
    assert refused.value.message == message


def test_a_body_that_fits_is_decoded():
    assert decode(b'{"entityRef":"a"}', Body, media_type="application/json; charset=utf-8") == Body("a")


def test_what_is_not_json_is_refused():
    with pytest.raises(InputError, match="not JSON"):
        decode(b"{", Body, media_type="application/json")


@pytest.mark.parametrize(("media_type", "named"), [(None, "undefined"), ("text/plain", "text/plain")])
def test_another_media_type_is_refused(media_type: str | None, named: str):
    with pytest.raises(InputError, match=f"unsupported media type {named}"):
        decode(b"{}", Body, media_type=media_type)


def scope(length: bytes | None = None) -> dict[str, Any]:
    return {"type": "http", "headers": [] if length is None else [(b"content-length", length)]}


def sender(*chunks: bytes) -> Any:
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting = iter([*messages, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(waiting)

    return receive


async def test_a_body_in_pieces_is_put_together():
    assert await read_body(scope(), sender(b"ab", b"cd"), limit=4) == b"abcd"


async def test_a_body_that_says_that_it_is_too_large_is_not_read():
    with pytest.raises(InputError, match="request entity too large"):
        await read_body(scope(b"5"), sender(), limit=4)


async def test_a_body_that_grows_too_large_is_not_read_on():
    with pytest.raises(InputError, match="request entity too large"):
        await read_body(scope(), sender(b"abc", b"de", b"never read"), limit=4)
