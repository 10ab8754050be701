"""Tokens that say themselves whose they are."""

import asyncio
import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cuelight.asgi.config import AccessOptions, ExternalAccess
from cuelight.asgi.signed import CALM, FRESH, LegacyTokens, SignedTokens
from cuelight.clock import ManualClock
from cuelight.errors import HostUnavailable
from cuelight.options import Secret

URL = "https://issuer.example/keys"
KEY = b"0123456789abcdef01234567"
NEVER = 4_102_444_800


class Issuer:
    """Somebody who signs tokens and publishes the keys."""

    def __init__(self, *names: str) -> None:
        self.keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in names}
        self.asked = 0
        self.away = False
        self.waiting: tuple[asyncio.Event, asyncio.Event] | None = None
        """That somebody asks, and that it may answer."""

    async def read(self, url: str) -> bytes:
        assert url == URL
        self.asked += 1
        if self.waiting:
            self.waiting[0].set()
            await self.waiting[1].wait()
        if self.away:
            raise HostUnavailable("it is away")
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        published = [
            {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, "alg": "ES256"}
            for name, key in self.keys.items()
        ]
        return json.dumps({"keys": published}).encode()

    def token(self, name: str = "a", **claims: Any) -> bytes:
        said = {"sub": "robot", "exp": NEVER, **claims}
        return jwt.encode(said, self.keys[name], algorithm="ES256", headers={"kid": name}).encode()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer("a", "b")


def tokens(issuer: Issuer, clock: ManualClock | None = None, /, **options: Any) -> SignedTokens:
    access = ExternalAccess(type="jwks", options=AccessOptions(url=URL, **options))
    return SignedTokens(access, issuer.read, clock or ManualClock())


async def test_a_token_names_its_caller(issuer: Issuer):
    caller = await tokens(issuer).caller(issuer.token())
    assert caller is not None
    assert caller.subject == "external:robot"


async def test_a_prefix_says_whose_callers_they_are(issuer: Issuer):
    caller = await tokens(issuer, subject_prefix="pipelines").caller(issuer.token())
    assert caller is not None
    assert caller.subject == "external:pipelines:robot"


@pytest.mark.parametrize("claims", [{"exp": 1}, {"nbf": NEVER}, {"iss": "others"}, {"aud": "others"}, {"sub": ""}])
async def test_a_token_that_is_not_in_force_or_not_for_us_is_nobodys(issuer: Issuer, claims: dict[str, Any]):
    mine = {"iss": "issuer", "aud": "cuelight"}
    checked = tokens(issuer, issuer=["issuer"], audience=["cuelight"])
    assert await checked.caller(issuer.token(**{**mine, **claims})) is None


async def test_a_token_for_us_is_taken(issuer: Issuer):
    checked = tokens(issuer, issuer=["issuer", "other"], audience=["cuelight"])
    assert await checked.caller(issuer.token(iss="issuer", aud=["cuelight", "others"])) is not None


async def test_a_token_that_somebody_else_signed_is_nobodys(issuer: Issuer):
    assert await tokens(issuer).caller(Issuer("a").token()) is None


async def test_a_token_that_nobody_signed_is_nobodys(issuer: Issuer):
    unsigned = jwt.encode({"sub": "robot"}, "", algorithm="none", headers={"kid": "a"}).encode()
    assert await tokens(issuer).caller(unsigned) is None


async def test_a_token_that_is_signed_in_a_way_that_is_not_configured_is_nobodys(issuer: Issuer):
    assert await tokens(issuer, algorithm=["RS256"]).caller(issuer.token()) is None


@pytest.mark.parametrize("token", [b"", b"a.b.c", b"\xff.\xff.\xff", b"e30.e30.", b"." * 5000])
async def test_what_is_no_token_of_theirs_is_nobodys(issuer: Issuer, token: bytes):
    assert await tokens(issuer).caller(token) is None


async def test_keys_are_read_once_for_many_tokens(issuer: Issuer):
    checked = tokens(issuer)
    for _ in range(5):
        await checked.caller(issuer.token())
    assert issuer.asked == 1


async def test_names_of_keys_that_are_made_up_do_not_make_us_ask_again_and_again(issuer: Issuer):
    checked, stranger = tokens(issuer), Issuer("x", "y", "z")
    for name in stranger.keys:
        await checked.caller(stranger.token(name))
    assert issuer.asked == 1


async def test_a_new_key_is_found_after_a_while(issuer: Issuer):
    clock = ManualClock()
    checked = tokens(issuer, clock)
    await checked.caller(issuer.token())
    issuer.keys |= Issuer("c").keys
    clock.advance(CALM + 1)
    assert await checked.caller(issuer.token("c")) is not None


async def test_a_key_that_was_withdrawn_is_good_no_longer(issuer: Issuer):
    clock = ManualClock()
    checked = tokens(issuer, clock)
    token = issuer.token("b")
    await checked.caller(token)
    del issuer.keys["b"]
    clock.advance(FRESH + 1)
    assert await checked.caller(token) is None


async def test_while_the_issuer_is_away_the_keys_that_are_known_stay_good(issuer: Issuer):
    clock = ManualClock()
    checked = tokens(issuer, clock)
    await checked.caller(issuer.token())
    issuer.away = True
    clock.advance(FRESH + 1)
    assert await checked.caller(issuer.token()) is not None


async def test_whose_key_is_known_does_not_wait_for_those_whose_key_is_not(issuer: Issuer):
    clock, asked, told = ManualClock(), asyncio.Event(), asyncio.Event()
    checked = tokens(issuer, clock)
    await checked.caller(issuer.token())
    clock.advance(CALM + 1)
    issuer.waiting = (asked, told)
    stranger = asyncio.create_task(checked.caller(Issuer("x").token("x")))
    await asked.wait()
    known = await checked.caller(issuer.token())
    told.set()
    assert (known is not None, await stranger) == (True, None)


async def test_many_who_come_while_the_keys_are_read_for_the_first_time_are_all_let_in(issuer: Issuer):
    issuer.waiting = (asyncio.Event(), asyncio.Event())
    checked = tokens(issuer)
    callers = [asyncio.create_task(checked.caller(issuer.token())) for _ in range(3)]
    await issuer.waiting[0].wait()
    issuer.waiting[1].set()
    assert all(caller is not None for caller in await asyncio.gather(*callers))
    assert issuer.asked == 1


@pytest.mark.parametrize(
    "document",
    [b"", b"{}", b"[]", b"null", b'{"keys": 1}', b'{"keys": [1]}', b'{"keys": [{"kty": []}]}', b"[" * 100_000, b"\xff"],
)
async def test_an_address_without_keys_lets_nobody_in(issuer: Issuer, document: bytes):
    async def read(url: str) -> bytes:
        return document

    access = ExternalAccess(type="jwks", options=AccessOptions(url=URL))
    assert await SignedTokens(access, read, ManualClock()).caller(issuer.token()) is None


async def test_a_public_key_is_no_secret_to_sign_with(issuer: Issuer):
    public = issuer.keys["a"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    said = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "a"}).encode()).rstrip(b"=")
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "robot", "exp": NEVER}).encode()).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.digest(public, said + b"." + claims, "sha256")).rstrip(b"=")
    assert await tokens(issuer).caller(b".".join([said, claims, signature])) is None


def legacy() -> LegacyTokens:
    options = AccessOptions(secret=Secret(base64.b64encode(KEY).decode()), subject="old")
    return LegacyTokens(ExternalAccess(type="legacy", options=options))


def backstage_signs(**claims: Any) -> bytes:
    said = {"sub": "backstage-server", "exp": NEVER, **claims}
    return jwt.encode(said, KEY.ljust(32, b"\0"), algorithm="HS256").encode()


async def test_a_legacy_token_is_its_callers():
    caller = await legacy().caller(backstage_signs())
    assert caller is not None
    assert caller.subject == "old"


@pytest.mark.parametrize("claims", [{"exp": 1}, {"sub": "somebody"}, {"aud": "catalog"}])
async def test_a_legacy_token_that_expired_or_says_something_else_is_nobodys(claims: dict[str, Any]):
    assert await legacy().caller(backstage_signs(**claims)) is None


async def test_a_legacy_token_that_lasts_for_ever_is_nobodys():
    token = jwt.encode({"sub": "backstage-server"}, KEY.ljust(32, b"\0"), algorithm="HS256").encode()
    assert await legacy().caller(token) is None
