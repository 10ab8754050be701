"""Bodies have a limit, a media type and a declared shape."""

from typing import Annotated, Any, ClassVar

import msgspec
import pytest

from cuelight.asgi.bodies import BodyReader, read_body
from cuelight.errors import InputError

JSON = "application/json"


class Inner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    entity_ref: str
    kind: str
    inner: Inner | None = None
    several: Annotated[tuple[int, ...], msgspec.Meta(max_length=2)] = ()
    total: float = 0
    query: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Nothing(msgspec.Struct, frozen=True):
    total: float = 0


class Unread(msgspec.Struct, frozen=True):
    unread: ClassVar[str] = "say what you mean"
    kind: str


READER = BodyReader(Body)


def refused(sent: bytes, media_type: str | None = JSON, reader: BodyReader[Any] = READER) -> str:
    with pytest.raises(InputError) as error:
        reader.decode(sent, media_type=media_type)
    return error.value.message


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"{}", "request/body must have required property 'entityRef'"),
        (b"", "request/body must have required property 'entityRef'"),
        (b'{"x":1,"entityRef":"a"}', "request/body must have required property 'kind'"),
        (b'{"entityRef":"a","kind":1,"x":1}', "request/body must NOT have additional properties"),
        (b'{"kind":1,"entityRef":1}', "request/body/entityRef must be string"),
        (b'{"entityRef":"a","kind":"k","inner":{}}', "request/body/inner must have required property 'name'"),
        (b'{"entityRef":"a","kind":"k","inner":1}', "request/body/inner must be object"),
        (b'{"entityRef":"a","kind":"k","several":[1,"x"]}', "request/body/several/1 must be integer"),
        (b'{"entityRef":"a","kind":"k","several":[1,2,3]}', "request/body/several must NOT have more than 2 items"),
        (b'{"entityRef":"a","kind":"k","total":"x"}', "request/body/total must be number"),
        (b'{"entityRef":"a","kind":"k","query":null}', "request/body/query must be object"),
        (b"[]", "request/body must be object"),
    ],
)
def test_the_first_thing_that_does_not_fit_is_named_in_the_validators_words(sent: bytes, message: str):
    assert refused(sent) == message


def test_a_byte_order_mark_is_passed_over():
    assert READER.decode(b'\xef\xbb\xbf{"entityRef":"a","kind":"k"}', media_type=JSON) == Body("a", "k")


def test_a_body_that_fits_is_decoded():
    sent = b'{"entityRef":"a","kind":"k"}'
    assert READER.decode(sent, media_type="application/json; charset=utf-8") == Body("a", "k")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"{oops", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"),
        (b'{"a":1,\n}', "Expected double-quoted property name in JSON at position 8 (line 2 column 1)"),
        (b"[object Object]", '"[object Object]" is not valid JSON'),
        (b'"x"', 'Unexpected token \'"\', ""x"" is not valid JSON'),
        (b"null", "Unexpected token 'n', \"null\" is not valid JSON"),
        (b" ", "Unexpected end of JSON input"),
    ],
)
def test_what_is_not_json_is_refused_in_the_parsers_words(sent: bytes, message: str):
    assert refused(sent) == message


@pytest.mark.parametrize(
    "sent", [b"[" * 5000 + b"]" * 5000, b'{"entityRef":"\\ud800","kind":"k"}', b'{"entityRef":"\xff","kind":"k"}']
)
def test_json_that_only_another_reader_takes_is_refused_as_well(sent: bytes):
    assert refused(sent)


def test_a_character_that_no_database_keeps_is_refused():
    assert "\\u0000" in refused(b'{"entityRef":"a\\u0000","kind":"k"}')


@pytest.mark.parametrize(
    ("media_type", "named"), [(None, "undefined"), ("", "undefined"), ("text/plain", "text/plain")]
)
def test_another_media_type_is_refused(media_type: str | None, named: str):
    assert refused(b"{}", media_type) == f"unsupported media type {named}"


@pytest.mark.parametrize("sent", [b"", b'{"total":1}', b"{oops"])
def test_a_body_that_may_be_left_out_is_not_read_without_a_media_type(sent: bytes):
    assert BodyReader(Nothing).decode(sent, media_type=None) == Nothing()


def test_a_body_that_may_be_left_out_is_refused_in_another_media_type():
    assert refused(b"{}", "text/plain", BodyReader(Nothing)) == "unsupported media type text/plain"


def test_what_the_endpoint_says_to_a_body_that_was_not_read_is_said():
    assert refused(b"{}", None, BodyReader(Unread)) == "say what you mean"


def test_a_body_that_must_be_there_needs_a_media_type():
    assert refused(b"", None) == "unsupported media type undefined"


def test_another_unicode_is_read():
    sent = '{"entityRef":"é","kind":"k"}'.encode("utf-16")
    assert READER.decode(sent, media_type="application/json; charset=utf-16") == Body("é", "k")


@pytest.mark.parametrize("charset", ["latin1", "utf-99"])
def test_another_charset_is_refused(charset: str):
    assert refused(b"{}", f"application/json; charset={charset}") == f'unsupported charset "{charset.upper()}"'


def sender(*chunks: bytes) -> Any:
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting = iter([*messages, {"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(waiting)

    return receive


async def test_a_body_in_pieces_is_put_together():
    assert await read_body(sender(b"ab", b"cd"), limit=4) == b"abcd"


@pytest.mark.parametrize("declared", [b"5", b"9" * 5000])
async def test_a_body_that_says_that_it_is_too_large_is_not_read(declared: bytes):
    with pytest.raises(InputError, match="request entity too large"):
        await read_body(sender(), declared=declared, limit=4)


async def test_a_body_that_grows_too_large_is_not_read_on():
    with pytest.raises(InputError, match="request entity too large"):
        await read_body(sender(b"abc", b"de", b"never read"), limit=4)


async def test_a_body_in_another_encoding_is_refused():
    scope = {"headers": [(b"content-encoding", b"gzip"), (b"content-type", b"application/json")]}
    with pytest.raises(InputError, match="unsupported content encoding"):
        await READER.read(scope, sender(b"x"))
