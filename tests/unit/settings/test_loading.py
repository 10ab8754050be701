"""Files, variables and environment together."""

import json
from pathlib import Path

import pytest

from cuelight.options import Duration, InvalidConfiguration, Secret
from cuelight.settings import Settings, load
from cuelight.settings.loading import DEFAULT_FILE


def test_no_configuration_is_a_working_default(loaded):
    settings = loaded()
    assert settings.backend.database.url.reveal() == "sqlite:///cuelight.db"
    assert (settings.backend.listen.host, settings.backend.listen.port) == ("127.0.0.1", 7007)
    assert settings.webhooks.body_limit == 25 * 1024**2
    assert settings.integrations["codeHost"].events.webhook_secret is None


def test_settings_need_no_file_to_be_made():
    assert Settings().event_system.client == "db"


def test_app_config_yaml_of_the_working_directory_is_read(loaded, tmp_path):
    (tmp_path / DEFAULT_FILE).write_text("backend: {listen: {port: 1234}}")
    assert loaded().backend.listen.port == 1234


def test_later_files_win_key_by_key(loaded):
    settings = loaded("backend: {listen: {port: 1}, baseUrl: http://a}", "backend: {listen: {port: 2}}")
    assert (settings.backend.listen.port, settings.backend.base_url) == (2, "http://a")


def test_lists_are_replaced_not_joined(loaded):
    settings = loaded("catalog: {rules: [{allow: [API]}, {allow: [Group]}]}", "catalog: {rules: [{allow: [User]}]}")
    assert [allow.kind for rule in settings.catalog.rules for allow in rule.allow] == ["User"]


def test_a_null_in_a_later_file_takes_a_value_away(loaded):
    assert loaded("backend: {baseUrl: http://a}", "backend: {baseUrl: null}").backend.base_url is None


def test_the_environment_wins_over_files(loaded):
    settings = loaded("backend: {listen: {port: 1}}", environ={"CUELIGHT__BACKEND__LISTEN__PORT": "2"})
    assert settings.backend.listen.port == 2


def test_a_command_lines_options_win_over_the_environment(loaded):
    settings = loaded(environ={"CUELIGHT__BACKEND__LISTEN__PORT": "2"}, **{"backend.listen.port": 3})
    assert (settings.backend.listen.port, settings.origin("backend.listen.port")) == (3, "the command line")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("CUELIGHT__BACKEND__BASEURL", "http://x", lambda it: it.backend.base_url == "http://x"),
        ("CUELIGHT__BACKEND__baseUrl", "http://x", lambda it: it.backend.base_url == "http://x"),
        ("CUELIGHT__CATALOG__READONLY", "true", lambda it: it.catalog.readonly),
        ("CUELIGHT__CATALOG__PROCESSINGINTERVAL", "PT5M", lambda it: it.catalog.processing_interval == 300),
        ("CUELIGHT__EVENTSYSTEM__CLIENT", "db", lambda it: it.event_system.client == "db"),
        (
            "CUELIGHT__BACKEND__READING__ALLOW",
            '[{"host": "a.example"}]',
            lambda it: it.backend.reading.allow[0].host == "a.example",
        ),
        (
            "CUELIGHT__EVENTS__MODULES__CODEHOST__WEBHOOKSECRET",
            "007",
            lambda it: it.integrations["codeHost"].events.webhook_secret == Secret("007"),
        ),
        (
            "CUELIGHT__CATALOG__PROVIDERS__CODEHOST__ORGANIZATION",
            "acme",
            lambda it: it.integrations["codeHost"].providers["default"].organization == "acme",
        ),
        (
            "CUELIGHT__CATALOG__PROVIDERS__CODEHOST__OURS__ORGANIZATION",
            "acme",
            lambda it: it.integrations["codeHost"].providers["ours"].organization == "acme",
        ),
    ],
)
def test_the_environments_words_find_their_keys_in_any_case(loaded, name, value, read):
    assert read(loaded(environ={name: value}))


def test_a_number_in_the_environment_names_an_element_of_a_list(loaded):
    settings = loaded(
        "integrations: {codehost: [{host: a}, {host: b}]}", environ={"CUELIGHT__INTEGRATIONS__CODEHOST__1__TOKEN": "t"}
    )
    assert [host.token for host in settings.integrations["codeHost"].hosts] == [None, Secret("t")]


def test_a_number_past_the_list_is_a_finding(findings):
    found = findings("integrations: {codehost: []}", environ={"CUELIGHT__INTEGRATIONS__CODEHOST__0__TOKEN": "t"})
    assert len(found) == 1
    assert found[0].startswith("environment variable CUELIGHT__INTEGRATIONS__CODEHOST__0__TOKEN: 0 is no element")


@pytest.mark.parametrize(
    "environ", [{"CUELIGHT__": "x"}, {"CUELIGHT__A____B": "x"}, {"CUELIGHT__A": "1", "CUELIGHT__A__B": "2"}]
)
def test_a_variable_that_names_no_key_is_a_finding(findings, environ):
    assert len(findings(environ=environ)) == 1


def test_variables_of_the_command_line_client_are_no_configuration(loaded):
    assert loaded(environ={"CUELIGHT_SERVER": "http://x"}).passed_over == []


def test_providers_by_id(loaded):
    settings = loaded("catalog: {providers: {codeHost: {a: {organization: x}, b: {organization: y}}}}")
    providers = settings.integrations["codeHost"].providers
    assert {name: each.organization for name, each in providers.items()} == {"a": "x", "b": "y"}


def test_a_single_provider_is_called_default(loaded):
    settings = loaded("catalog: {providers: {codeHost: {organization: x, schedule: {frequency: {hours: 1}}}}}")
    assert settings.integrations["codeHost"].providers["default"].schedule.frequency == Duration(3600)


def test_an_error_in_a_single_provider_has_the_path_that_was_written(findings):
    found = findings("catalog:\n  providers:\n    codeHost:\n      organization: x\n      shedule: {}\n")
    assert found == ["a.yaml:5: catalog.providers.codeHost.shedule: is unknown; did you mean schedule?"]


def test_everything_that_is_wrong_is_said_with_file_and_line(findings):
    found = findings(
        "backend:\n  lisen: {}\n  listen:\n    port: ninety\n",
        "catalog:\n  orphanStrategy: kept\n  locations:\n    - type: url\n",
    )
    assert found == [
        "a.yaml:2: backend.lisen: is unknown; did you mean listen?",
        "a.yaml:4: backend.listen.port: expected a whole number, got text",
        "b.yaml:2: catalog.orphanStrategy: is 'kept'; choose one of keep, delete",
        "b.yaml:4: catalog.locations[0].target: is missing; add it",
    ]


def test_a_wrong_value_of_the_environment_names_its_variable(findings):
    assert findings(environ={"CUELIGHT__BACKEND__LISTEN__PORT": "x"}) == [
        "environment variable CUELIGHT__BACKEND__LISTEN__PORT: backend.listen.port: expected a whole number, got text"
    ]


def test_broken_files_are_reported_together(findings):
    assert len(findings("a: [", "b: {")) == 2


def test_a_missing_variable_names_itself_and_its_line(findings):
    assert findings("events:\n  modules:\n    codeHost:\n      webhookSecret: ${NOT_SET}\n") == [
        "a.yaml:4: events.modules.codeHost.webhookSecret: the variable NOT_SET is not set; set it, or write ${NOT_SET:-default}"
    ]


def test_a_missing_variable_of_a_section_that_is_not_ours_is_no_error(loaded):
    assert loaded("auth: {providers: {github: {clientId: '${NOT_SET}'}}}").passed_over == ["auth"]


def test_a_missing_variable_that_a_later_file_replaces_is_no_error(loaded):
    assert loaded("backend: {baseUrl: '${NOT_SET}'}", "backend: {baseUrl: http://b}").backend.base_url == "http://b"


def test_what_is_backstages_and_not_ours_is_passed_over_and_listed(loaded):
    settings = loaded(
        "app: {title: x}\nbackend: {csp: {}}\nevents: {http: {topics: [x]}}\nintegrations: {gitlab: [{host: x}]}\n"
        "catalog: {import: {}, providers: {githubOrg: {}, codeHost: {organization: x, pageSizes: {}}}}\n"
    )
    assert sorted(settings.passed_over) == [
        "app",
        "backend.csp",
        "catalog.import",
        "catalog.providers.codeHost.pageSizes",
        "catalog.providers.githubOrg",
        "events.http",
        "integrations.gitlab",
    ]


def test_origins_tell_where_each_value_was_written(loaded):
    settings = loaded(
        "backend:\n  baseUrl: http://x\n  listen: ':1'\n", environ={"CUELIGHT__CATALOG__READONLY": "true"}
    )
    assert settings.origin("backend.baseUrl") == "a.yaml:2"
    assert settings.origin("backend.listen.port") == "a.yaml:3"
    assert settings.origin("backend.listen.host") == "default"
    assert settings.origin("catalog.readonly") == "environment variable CUELIGHT__CATALOG__READONLY"


def test_the_effective_configuration_shows_no_secret(loaded):
    settings = loaded(
        "integrations: {codehost: [{host: a, token: hunter2}]}\nbackend: {database: {url: 'postgresql://u:hunter2@h/d'}}\n"
        "events: {modules: {codeHost: {webhookSecret: hunter2}}}\n"
    )
    assert "hunter2" not in str(settings.effective)
    assert "hunter2" not in str(settings)


def test_the_effective_configuration_reads_back(loaded):
    first = loaded("backend: {listen: ':99'}\ncatalog: {orphanStrategy: keep, processingInterval: {minutes: 5}}\n")
    again = loaded(json.dumps(first.effective))
    assert (again.backend, again.catalog.orphan_strategy) == (first.backend, "keep")


def test_the_environment_is_that_of_the_process_by_default(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUELIGHT__BACKEND__LISTEN__PORT", "4321")
    assert load().backend.listen.port == 4321


def test_files_are_remembered(loaded):
    assert list(loaded("a: 1", "b: 2").files) == ["a.yaml", "b.yaml"]


def test_no_file_may_be_a_folder(tmp_path):
    with pytest.raises(InvalidConfiguration, match="Is a directory"):
        load(files=[Path(tmp_path)], environ={})
