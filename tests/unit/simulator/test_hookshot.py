"""The envelope of a webhook."""

from cuelight.simulator import Hook
from cuelight.simulator.core import Owner
from cuelight.simulator.github.hookshot import envelope, signatures

OWNER = Owner(id=7, login="acme")


def test_a_signature_is_the_one_that_github_documents():
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    signed = signatures(b"Hello, World!", "It's a Secret to Everybody")
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signed["X-Hub-Signature-256"] == expected


def test_an_envelope_without_a_secret_is_unsigned():
    parcel = envelope(Hook(url="http://127.0.0.1:9/"), "push", {}, OWNER)
    assert not [name for name in parcel.headers if "Signature" in name]
