import traceback
from collections.abc import Sequence
from typing import Any

import pytest

from cuelight.integrations.github.config import EventsSection, HostSection, ProviderSection
from cuelight.options import Conversion, InvalidConfiguration, Section, convert


def passed_over(raw: Any, kind: type[Section]) -> Sequence[str]:
    conversion = Conversion()
    conversion.value(raw, kind, "")
    assert conversion.findings == []
    return conversion.passed_over


def test_the_public_host_needs_no_addresses():
    section = convert({"host": "github.com"}, HostSection)

    assert (section.api_url, section.raw_url) == ("https://api.github.com", "https://raw.githubusercontent.com")


def test_an_enterprise_host_has_its_api_below_itself():
    section = convert({"host": "GHE.example.com"}, HostSection)

    assert (section.name, section.api_url) == ("ghe.example.com", "https://ghe.example.com/api/v3")


def test_addresses_may_be_given():
    section = convert({"host": "ghe.example.com", "apiBaseUrl": "https://api.ghe.example.com/"}, HostSection)

    assert section.api_url == "https://api.ghe.example.com"


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"host": "https://github.com"},
        {"host": "github.com/acme"},
        {"host": ""},
        {"host": "github.com", "apiBaseUrl": "api.github.com"},
        {"host": "github.com", "apiBaseUrl": "ftp://github.com"},
        {"host": "github.com", "tokn": "x"},
        {"host": "github.com", "token": ""},
    ],
)
def test_a_host_of_another_form_is_refused(raw):
    with pytest.raises(InvalidConfiguration):
        convert(raw, HostSection)


@pytest.mark.parametrize(
    "raw",
    [
        {"host": "https://user:hunter2@github.com"},
        {"host": "user:hunter2@github.com"},
        {"host": "github.com", "apiBaseUrl": "https://user:hunter2@api.github.com"},
        {"host": "github.com", "apiBaseUrl": "user:hunter2@api.github.com"},
        {"host": "github.com", "apiBaseUrl": "https://user:1/hunter2@api.github.com"},
        {"host": "github.com", "rawBaseUrl": "https://user:hunter2@raw.github.com"},
        {"host": "github.com", "rawBaseUrl": "ftp://user:hunter2\uff20raw.github.com"},
    ],
)
def test_an_address_with_a_password_is_refused_and_does_not_show_it(raw):
    with pytest.raises(InvalidConfiguration) as caught:
        convert(raw, HostSection)

    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_token_does_not_show_itself():
    assert "hunter2" not in repr(convert({"host": "github.com", "token": "hunter2"}, HostSection))


def test_an_app_is_logged_in_as_with_its_key():
    apps = [{"appId": "7", "privateKey": "hunter2", "allowedInstallationOwners": ["acme"]}, {"webhookSecret": "x"}]

    section = convert({"host": "github.com", "apps": apps}, HostSection)

    assert [(app.app_id, app.allowed_installation_owners) for app in section.logins] == [(7, ("acme",))]
    assert "hunter2" not in repr(section)


def test_a_file_that_backstage_made_for_an_app_is_taken_and_what_logs_people_in_passed_over():
    app = {"appId": 1, "clientId": "a", "clientSecret": "b", "privateKey": "c", "webhookSecret": "d", "webhookUrl": "e"}

    assert passed_over({"host": "github.com", "apps": [app]}, HostSection) == [
        "apps[0].clientId",
        "apps[0].clientSecret",
        "apps[0].webhookUrl",
    ]


def test_a_key_without_the_id_of_its_app_is_refused():
    with pytest.raises(InvalidConfiguration, match="appId"):
        convert({"host": "github.com", "apps": [{"privateKey": "c"}]}, HostSection)


def test_a_provider_takes_the_root_descriptor_of_the_default_branch_unless_told_otherwise():
    section = convert({"organization": "acme"}, ProviderSection)

    assert (section.host, list(section.paths), section.filters.branch) == ("github.com", ["/catalog-info.yaml"], None)


def test_descriptors_that_declare_themselves_may_be_anywhere():
    section = convert({"organization": "acme", "descriptors": "apiVersion"}, ProviderSection)

    assert list(section.paths) == ["**/*.{yaml,yml}"]


def test_descriptors_that_declare_themselves_may_be_looked_for_in_some_paths_only():
    section = convert(
        {"organization": "acme", "descriptors": "apiVersion", "catalogPath": "/docs/*.yaml"}, ProviderSection
    )

    assert list(section.paths) == ["/docs/*.yaml"]


def test_a_provider_may_take_what_an_app_is_installed_on():
    section = convert({"app": 7}, ProviderSection)

    assert (section.organization, section.app) == (None, 7)


def test_a_branch_may_hold_a_slash():
    section = convert({"organization": "acme", "filters": {"branch": "release/1"}}, ProviderSection)

    assert section.filters.branch == "release/1"


def test_that_locations_exist_may_be_asked_for_without_wildcards():
    assert convert({"organization": "acme", "validateLocationsExist": True}, ProviderSection).validate_locations_exist


@pytest.mark.parametrize("given", ["/a.yaml", ["/a.yaml"]])
def test_catalog_path_may_be_one_or_several(given):
    section = convert({"organization": "acme", "catalogPath": given}, ProviderSection)

    assert list(section.paths) == ["/a.yaml"]


def test_what_backstage_has_and_cuelight_does_not_use_is_passed_over():
    raw = {
        "organization": "acme",
        "schedule": {"frequency": "PT3H"},
        "pageSizes": {"repositories": 5},
    }

    assert passed_over(raw, ProviderSection) == ["schedule", "pageSizes"]


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ({}, "organization"),
        ({"organization": "acme", "app": 7}, "both are given"),
        ({"organization": "acme", "descriptors": "all"}, "descriptors"),
        (
            {"organization": "acme", "catalogPath": "/*/a.yaml", "validateLocationsExist": True},
            "validateLocationsExist",
        ),
        ({"organization": "acme/web"}, "organization"),
        ({"organization": "acme", "catalogPath": []}, "catalogPath"),
        ({"organization": "acme", "catalogPath": "/"}, "pattern"),
        ({"organization": "acme", "filters": {"repository": "("}}, "regular expression"),
        ({"organization": "acme", "filters": {"visibility": ["secret"]}}, "visibility"),
        ({"organization": "acme", "filters": {"brunch": "main"}}, "branch"),
    ],
)
def test_a_wrong_provider_names_what_is_wrong(raw, word):
    with pytest.raises(InvalidConfiguration, match=word):
        convert(raw, ProviderSection)


def test_all_webhook_secrets_count():
    section = convert({"webhookSecret": "a", "webhookSecrets": ["b", "c"]}, EventsSection)

    assert [secret.reveal() for secret in section.secrets] == ["a", "b", "c"]


def test_no_webhook_secret_is_allowed_and_means_that_nothing_is_genuine():
    assert list(convert({}, EventsSection).secrets) == []
