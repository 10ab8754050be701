"""Query parameters are read and refused in Backstage's words."""

from typing import Annotated, Literal

import pytest
from msgspec import Meta

from cuelight.asgi import Query
from cuelight.asgi.parameters import QueryReader
from cuelight.errors import InputError


class Sample(Query, frozen=True, kw_only=True):
    filter: tuple[str, ...] = ()
    limit: Annotated[int, Meta(ge=0, le=500)] | None = None
    total_items: Literal["include", "exclude"] = "include"
    wait: Annotated[float, Meta(ge=0, le=30)] | None = None
    cursor: str | None = None
    states: tuple[Literal["b", "a"], ...] | None = None


READER = QueryReader(Sample)


def test_what_was_not_sent_has_its_default():
    assert READER.read(b"") == Sample()


def test_every_type_is_read():
    read = READER.read(b"filter=a%3Db&filter=c&limit=7&totalItems=exclude&wait=1.5&cursor=x+y")
    assert read == Sample(filter=("a=b", "c"), limit=7, total_items="exclude", wait=1.5, cursor="x y")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"foo=1", "Unknown query parameter 'foo'"),
        (b"filter=", "Empty value found for query parameter 'filter'"),
        (b"limit=abc", "request/query/limit must be integer"),
        (b"limit=1.5", "request/query/limit must be integer"),
        (b"limit=1_0", "request/query/limit must be integer"),
        (b"limit=%D9%A1", "request/query/limit must be integer"),
        (b"limit=" + b"9" * 5000, "request/query/limit must be integer"),
        (b"limit=1&limit=2", "request/query/limit must be integer"),
        (b"limit=-5", "request/query/limit must be >= 0"),
        (b"limit=501", "request/query/limit must be <= 500"),
        (b"wait=nan", "request/query/wait must be number"),
        (b"wait=1e99", "request/query/wait must be <= 30"),
        (b"cursor=a%00", "request/query/cursor must not hold the character %00, which no database keeps; leave it out"),
        (b"cursor=a&cursor=b", "request/query/cursor must be string"),
        (b"totalItems=x", "request/query/totalItems must be equal to one of the allowed values: include, exclude"),
        (b"states=c", "request/query/states must be equal to one of the allowed values: b, a"),
        (b"wait=y&limit=x", "request/query/limit must be integer"),
    ],
)
def test_what_cannot_be_read_is_refused_in_backstages_words(sent: bytes, message: str):
    with pytest.raises(InputError) as refused:
        READER.read(sent)
    assert refused.value.message == message


@pytest.mark.parametrize("sent", [b"limit=7", b"limit=7.0", b"limit=%2B70e-1"])
def test_a_number_is_taken_however_it_is_written(sent: bytes):
    assert READER.read(sent).limit == 7


class Asking(Query, frozen=True, kw_only=True):
    facet: tuple[str, ...]
    filter: tuple[str, ...] = ()


@pytest.mark.parametrize("sent", [b"", b"filter=a"])
def test_what_has_to_be_sent_is_missed(sent: bytes):
    with pytest.raises(InputError, match="request/query must have required property 'facet'"):
        QueryReader(Asking).read(sent)


@pytest.mark.parametrize("sent", [b"filter[]=a&filter[]=b", b"filter[0]=a&filter[1]=b", b"filter%5B%5D=a&filter=b"])
def test_a_repeated_parameter_may_have_brackets(sent: bytes):
    assert READER.read(sent).filter == ("a", "b")


def test_what_has_no_name_is_passed_over():
    assert READER.read(b"=x&filter=a&=").filter == ("a",)


def test_what_is_no_utf8_is_taken_as_it_was_sent():
    assert READER.read(b"filter=a+%ff").filter == ("a %ff",)


def test_an_empty_value_among_several_is_passed_on():
    assert READER.read(b"filter=&filter=a").filter == ("", "a")


@pytest.mark.parametrize("sent", [b"filter=" + b"a" * 70_000, b"&".join([b"filter=a"] * 1_001)])
def test_a_query_string_past_its_limits_is_refused(sent: bytes):
    with pytest.raises(InputError):
        READER.read(sent)


def test_a_type_that_no_parameter_can_have_is_found_when_it_is_declared():
    class Wrong(Query, frozen=True, kw_only=True):
        when: dict[str, str] | None = None

    with pytest.raises(TypeError, match="no query parameter"):
        QueryReader(Wrong)
