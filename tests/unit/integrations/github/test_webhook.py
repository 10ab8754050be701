import hashlib
import hmac
import json
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuelight.errors import InvalidSignature
from cuelight.integrations.github.webhook import GitHubWebhook, document, identify
from cuelight.scm import Delivery
from tests.corpus import corpus
from tests.unit.integrations.github.golden import cases


def delivery(body: bytes = b"{}", **headers: str) -> Delivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery(integration="github", headers=named, body=body, received_at=0)


def signed(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_genuine(sent: Delivery, *secrets: str) -> bool:
    try:
        GitHubWebhook(secrets).verify(sent)
    except InvalidSignature:
        return False
    return True


def test_what_a_configured_secret_signed_is_genuine():
    assert is_genuine(delivery(b"body", x_hub_signature_256=signed(b"body", "secret")), "secret")


def test_either_of_two_secrets_may_have_signed_while_they_are_changed():
    old, new = (delivery(b"body", x_hub_signature_256=signed(b"body", secret)) for secret in ("old", "new"))

    assert is_genuine(old, "new", "old")
    assert is_genuine(new, "new", "old")


def test_one_changed_byte_is_noticed():
    assert not is_genuine(delivery(b"bodY", x_hub_signature_256=signed(b"body", "secret")), "secret")


@pytest.mark.parametrize(
    "given", ["", "sha256=", "sha256", "ÿÿ", "€", signed(b"body", "secret").upper(), "x" * 100_000]
)
def test_a_signature_of_another_form_is_refused(given):
    assert not is_genuine(delivery(b"body", x_hub_signature_256=given), "secret")


def test_an_unsigned_delivery_is_refused():
    assert not is_genuine(delivery(b"body"), "secret")


def test_a_delivery_that_only_the_old_sha1_signs_is_refused():
    sha1 = hmac.new(b"secret", b"body", hashlib.sha1).hexdigest()

    assert not is_genuine(delivery(b"body", x_hub_signature=f"sha1={sha1}"), "secret")


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_everything_is_refused_and_the_mend_is_named(secrets):
    with pytest.raises(InvalidSignature, match=r"events\.modules\.github\.webhookSecret"):
        GitHubWebhook(secrets).verify(delivery(b"body", x_hub_signature_256=signed(b"body", "")))


def test_every_recorded_signature_gets_its_verdict():
    vectors = json.loads(corpus("payloads", "signature_vectors.json").read_text())
    ours = [vector for vector in vectors if vector["provider"] == "github"]

    for vector in ours:
        body = corpus("payloads", vector["file"]).read_bytes() if "file" in vector else vector["body"].encode()
        genuine = vector["expect_valid"] and vector["header"].lower() == "x-hub-signature-256"
        sent = delivery(body, **{vector["header"].lower(): vector["value"]})
        assert is_genuine(sent, vector["secret"]) is genuine, vector["source"]
    assert len(ours) >= 4


def test_hook_guid_and_event_together_identify_a_delivery():
    identity = identify(delivery(x_github_event="push", x_github_delivery="72d3162e-cc78", x_github_hook_id="42"))

    assert (identity.key, identity.event, identity.guid, identity.hook) == (
        "42/72d3162e-cc78/push",
        "push",
        "72d3162e-cc78",
        "42",
    )


def test_two_hooks_for_one_event_make_two_deliveries():
    one, other = (
        identify(delivery(x_github_event="push", x_github_delivery="guid", x_github_hook_id=hook)) for hook in "12"
    )

    assert one.key != other.key


@pytest.mark.parametrize("guid", ["", " ", "a b", "x" * 129, "gü"])
def test_without_a_usable_guid_there_is_no_key(guid):
    assert identify(delivery(x_github_event="push", x_github_delivery=guid)).key is None


def test_a_missing_event_header_is_called_unknown():
    assert identify(delivery(x_github_delivery="guid")).event == "unknown"


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_json_is_taken_as_it_is(media_type):
    assert document(delivery(b'{"a":1}', content_type=media_type)) == b'{"a":1}'


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/json; charset=utf-16", "application/xml"])
def test_another_media_type_is_not_taken(media_type):
    assert document(delivery(b"{}", content_type=media_type)) is None


@given(st.binary())
def test_the_payload_of_a_form_is_what_was_put_in(payload):
    body = b"a=1&payload=" + quote_plus(payload).encode() + b"&z=2"

    assert document(delivery(body, content_type="application/x-www-form-urlencoded")) == payload


def test_a_form_without_a_payload_carries_nothing():
    assert document(delivery(b"a=1", content_type="application/x-www-form-urlencoded")) == b""


def test_a_form_is_signed_as_it_travels():
    body = urlencode({"payload": '{"zen": "x"}'}).encode()
    sent = delivery(body, content_type="application/x-www-form-urlencoded", x_hub_signature_256=signed(body, "secret"))

    assert is_genuine(sent, "secret")
    assert document(sent) == b'{"zen": "x"}'


def test_a_delivery_stands_for_one_event():
    webhook = GitHubWebhook(["secret"])

    assert [one.topic for one in webhook.translate(delivery(x_github_event="ping"), b"{}")] == ["github.ping"]


def test_a_delivery_about_an_app_stands_for_an_event_of_each_repository():
    body = corpus("payloads", "github/installation-repositories.go-playground.json").read_bytes()
    translated = GitHubWebhook(["secret"]).translate(delivery(x_github_event="installation_repositories"), body)

    assert [(one.topic, one.key) for one in translated] == [
        ("github.installation_repositories", "github.com/1296269"),
    ]


@pytest.mark.parametrize("folder", ["corpus", "derived"])
def test_every_topic_that_carries_a_change_is_named(folder):
    carrying = {one["topic"] for case in cases(folder).values() for one in case["expected"] if one["change"]}

    assert carrying == set(GitHubWebhook([]).topics)
