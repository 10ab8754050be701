"""`cuelight config`."""

import json
from pathlib import Path

import pytest


def test_nothing_configured_is_right(cuelight):
    result = cuelight("config", "check")
    assert (result.status, result.out) == (0, "")
    assert "every default" in result.err


def test_each_finding_is_a_line_of_data_and_the_status_is_3(cuelight):
    Path("app-config.yaml").write_text("backend:\n  lisen: 1\n  listen: {port: x}\n")
    result = cuelight("config", "check")
    assert result.status == 3
    assert result.out.splitlines() == [
        "app-config.yaml:2: backend.lisen: is unknown; did you mean listen?",
        "app-config.yaml:3: backend.listen.port: expected a whole number, got text",
    ]


def test_what_would_keep_the_server_from_starting_is_a_finding(cuelight):
    Path("app-config.yaml").write_text("catalog: {providers: {github: {organization: x, host: ghe.local}}}")
    result = cuelight("config", "check")
    assert (result.status, result.out) == (
        3,
        "catalog.providers.github names host ghe.local, which integrations.github lacks; add it there\n",
    )


def test_a_provider_whose_webhooks_would_be_refused_is_warned_of(cuelight):
    Path("app-config.yaml").write_text("catalog: {providers: {github: {organization: acme}}}")
    result = cuelight("config", "check")
    assert (result.status, result.out) == (0, "")
    assert "warning: every delivery to /webhooks/github will be refused" in result.err
    assert "set events.modules.github.webhookSecret" in result.err


@pytest.mark.parametrize(
    "configured",
    [
        "events: {modules: {github: {webhookSecret: s3cret}}}",
        "integrations: {github: [{host: github.com, apps: [{webhookSecret: s3cret}]}]}",
    ],
)
def test_where_a_secret_may_have_signed_deliveries_there_is_no_warning(cuelight, configured):
    Path("app-config.yaml").write_text(f"catalog: {{providers: {{github: {{organization: acme}}}}}}\n{configured}\n")
    assert "warning" not in cuelight("config", "check").err


def test_without_a_provider_no_webhook_is_waited_for(cuelight):
    Path("app-config.yaml").write_text("integrations: {github: [{host: github.com}]}")
    assert "warning" not in cuelight("config", "check").err


def test_what_is_passed_over_is_named_with_its_line(cuelight):
    Path("app-config.yaml").write_text("app:\n  title: x\n")
    result = cuelight("config", "check")
    assert result.status == 0
    assert "app-config.yaml:1: app " in result.err


def test_later_files_win(cuelight):
    Path("a.yaml").write_text("backend: {listen: ':1'}")
    Path("b.yaml").write_text("backend: {listen: ':2'}")
    result = cuelight("config", "show", "--config", "a.yaml", "--config", "b.yaml", "-o", "json")
    assert json.loads(result.out)["backend"]["listen"]["port"] == 2


def test_show_masks_secrets(cuelight):
    Path("app-config.yaml").write_text("events: {modules: {github: {webhookSecret: hunter2}}}")
    result = cuelight("config", "show")
    assert "hunter2" not in result.out
    assert "webhookSecret: '***'" in result.out


def test_show_tells_where_each_value_was_written(cuelight):
    Path("app-config.yaml").write_text("backend:\n  baseUrl: http://x\n")
    rows = [json.loads(line) for line in cuelight("config", "show", "--origin", "-o", "jsonl").out.splitlines()]
    assert {"key": "backend.baseUrl", "value": "http://x", "origin": "app-config.yaml:2"} in rows
    assert {"key": "backend.listen.port", "value": 7007, "origin": "default"} in rows


def test_a_wrong_configuration_ends_any_verb_that_needs_it(cuelight):
    Path("app-config.yaml").write_text("backend: {lisen: 1}")
    result = cuelight("config", "show")
    assert (result.status, result.out) == (3, "")
    assert "app-config.yaml:1: backend.lisen" in result.err
