from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from cuelight.integrations.github.config import ProviderSection
from cuelight.integrations.github.provider import GitHubProvider
from cuelight.options import convert
from cuelight.scm import Repository, Scope

WEB = Repository(
    host="github.com",
    id="1",
    full_name="acme/web",
    web_url="https://github.com/acme/web",
    default_branch="main",
    archived=False,
    fork=False,
    visibility="private",
    topics=("backstage", "python"),
)


def provider(**raw: Any) -> GitHubProvider:
    return GitHubProvider("main", convert({"organization": "acme", **raw}, ProviderSection))


def excluded(filters: Mapping[str, Any], **different: Any) -> str | None:
    return provider(filters=filters).excluded(msgspec.structs.replace(WEB, **different))


def test_a_provider_has_backstages_name():
    assert provider().name == "github-provider:main"


@pytest.mark.parametrize(
    ("filters", "different"),
    [
        ({}, {}),
        ({}, {"full_name": "ACME/web"}),
        ({}, {"fork": True}),
        ({"allowArchived": True}, {"archived": True}),
        ({"repository": "w.*"}, {}),
        ({"repository": "^web$"}, {}),
        ({"topic": {"include": ["python", "go"]}}, {}),
        ({"topic": {"exclude": ["go"]}}, {"topics": ()}),
        ({"visibility": ["Private"]}, {}),
        ({"visibility": ["public"], "allowForks": False}, {"archived": None, "fork": None, "visibility": None}),
    ],
)
def test_a_repository_that_fits_the_filters_is_taken(filters, different):
    assert excluded(filters, **different) is None


@pytest.mark.parametrize(
    ("filters", "different", "word"),
    [
        ({}, {"full_name": "other/web"}, "other/web on github.com does not belong to acme"),
        ({}, {"host": "ghe.example.com"}, "does not belong"),
        ({}, {"archived": True}, "archived"),
        ({"allowForks": False}, {"fork": True}, "fork"),
        ({"repository": "we"}, {}, "filters.repository"),
        ({"repository": "eb"}, {}, "filters.repository"),
        ({"topic": {"include": ["go"]}}, {}, "filters.topic.include"),
        ({"topic": {"include": ["go"]}}, {"topics": ()}, "filters.topic.include"),
        ({"topic": {"include": ["python"], "exclude": ["backstage"]}}, {}, "filters.topic.exclude"),
        ({"visibility": ["public", "internal"]}, {}, "filters.visibility is internal, public"),
    ],
)
def test_a_repository_that_does_not_fit_is_left_out_with_a_reason(filters, different, word):
    assert word in str(excluded(filters, **different))


def test_the_scope_is_an_owner_or_an_app():
    app = GitHubProvider("main", convert({"app": 7}, ProviderSection))

    assert (provider().scope, app.scope) == (Scope(owner="acme"), Scope(app="7"))


def test_what_an_app_is_installed_on_may_belong_to_anybody():
    app = GitHubProvider("main", convert({"app": 7}, ProviderSection))

    assert app.excluded(WEB) is None
    assert "ghe.example.com" in str(app.excluded(msgspec.structs.replace(WEB, host="ghe.example.com")))


def test_descriptors_that_declare_themselves_are_any_yaml_files():
    selection = provider(descriptors="apiVersion").selection

    assert selection.declared
    assert selection.paths.matches("services/pay/api.yml")
    assert not provider().selection.declared


def test_the_branch_is_the_filters_or_each_repositorys_own():
    assert provider().selection.branch_of(WEB) == "main"
    assert provider(filters={"branch": "dev"}).selection.branch_of(WEB) == "dev"


def test_the_selection_takes_the_catalog_path():
    selection = provider(catalogPath=["/catalog-info.yaml", "services/*/catalog-info.yaml"]).selection

    assert selection.paths.matches("services/pay/catalog-info.yaml")


def test_the_digest_is_the_same_for_the_same_selection():
    assert provider().selection.digest == provider(catalogPath="/catalog-info.yaml").selection.digest


@pytest.mark.parametrize(
    "different",
    [
        {"catalogPath": "/other.yaml"},
        {"descriptors": "apiVersion", "catalogPath": "/catalog-info.yaml"},
        {"filters": {"branch": "dev"}},
        {"filters": {"repository": "web"}},
        {"filters": {"allowArchived": True}},
        {"filters": {"topic": {"include": ["go"]}}},
    ],
)
def test_the_digest_changes_with_what_is_selected(different):
    assert provider(**different).selection.digest != provider().selection.digest
