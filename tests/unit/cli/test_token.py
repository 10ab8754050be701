"""The token that a verb shows the server."""

ENTITIES = "/api/catalog/entities"
MISSING = {"error": {"name": "AuthenticationError", "message": "Missing credentials"}}


def test_who_needs_a_token_and_shows_none_is_told_how(cuelight, server):
    server.answer(ENTITIES, MISSING, 401)
    result = cuelight("entities", "list")
    assert (result.status, result.out) == (4, "")
    assert "Missing credentials" in result.err
    assert "--token or in CUELIGHT_TOKEN" in result.err


def test_the_token_may_be_in_the_environment(cuelight, server, monkeypatch):
    monkeypatch.setenv("CUELIGHT_TOKEN", "t0ken")
    server.answer(ENTITIES, [])
    cuelight("entities", "list")
    assert server.requests[0].headers["authorization"] == "Bearer t0ken"


def test_a_token_that_no_header_can_hold_is_not_sent(cuelight, server):
    server.answer(ENTITIES, [])
    assert (cuelight("entities", "list", "--token", "tök en").status, server.requests) == (2, [])
