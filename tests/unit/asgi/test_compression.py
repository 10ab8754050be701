"""Answers are compressed where the caller wants that and there is something to gain."""

import gzip
from collections.abc import AsyncIterator

import pytest
from starlette.responses import Response, StreamingResponse

from cuelight.asgi import JSON, json_text
from cuelight.asgi.compression import AT_ONCE, compressed

LONG = b'["' + b"x" * 2000 + b'"]'


def scope(accepted: str) -> dict[str, object]:
    return {"headers": [(b"accept-encoding", accepted.encode())]}


@pytest.mark.parametrize("accepted", ["gzip", "deflate, GZIP;q=0.5", "*", "br,gzip;q=1"])
@pytest.mark.parametrize("size", [2000, AT_ONCE + 1])
async def test_what_is_long_goes_out_compressed_where_that_is_asked_for(accepted: str, size: int):
    text = b'["' + b"x" * size + b'"]'
    response = await compressed(json_text(text), scope(accepted))
    assert (response.headers["content-encoding"], gzip.decompress(response.body)) == ("gzip", text)
    assert response.headers["content-length"] == str(len(response.body))


@pytest.mark.parametrize("accepted", ["", "deflate", "gzip;q=0", "gzip; q=0.000", "identity"])
async def test_who_does_not_ask_for_it_gets_it_as_it_is_and_caches_are_told(accepted: str):
    response = await compressed(json_text(LONG), scope(accepted))
    assert (response.body, response.headers["vary"]) == (LONG, "Accept-Encoding")


@pytest.mark.parametrize(
    "response",
    [
        json_text(b"[]"),
        Response(LONG, media_type="image/png"),
        Response(LONG, headers={"Content-Type": JSON, "Content-Encoding": "br"}),
        Response(LONG, headers={"Content-Type": "text/event-stream"}),
    ],
)
async def test_what_gains_nothing_by_it_is_sent_as_it_is(response: Response):
    body = response.body
    assert (await compressed(response, scope("gzip"))).body == body


async def test_an_answer_in_pieces_is_compressed_as_it_comes():
    async def pieces() -> AsyncIterator[bytes]:
        yield LONG
        yield LONG

    response = await compressed(StreamingResponse(pieces(), headers={"Content-Type": JSON}), scope("gzip"))
    assert isinstance(response, StreamingResponse)
    assert (
        gzip.decompress(b"".join([piece async for piece in response.body_iterator if isinstance(piece, bytes)]))
        == LONG + LONG
    )


async def test_both_forms_have_one_tag():
    plain = await compressed(json_text(LONG), scope(""))
    packed = await compressed(json_text(LONG), scope("gzip"))
    assert plain.headers["etag"] == packed.headers["etag"]
