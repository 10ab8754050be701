"""What the rooms' sections accept of Backstage, and what they refuse."""

import pytest

from cuelight.options import InvalidConfiguration


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("':7008'", "127.0.0.1", 7008),
        ("7008", "127.0.0.1", 7008),
        ("localhost:7008", "localhost", 7008),
        ("'[::1]:7008'", "::1", 7008),
        ("{port: '7008'}", "127.0.0.1", 7008),
        ("{host: 127.0.0.2}", "127.0.0.2", 7007),
    ],
)
def test_an_address_to_listen_on_has_short_forms(loaded, written, host, port):
    listen = loaded(f"backend: {{listen: {written}}}").backend.listen
    assert (listen.host, listen.port) == (host, port)


@pytest.mark.parametrize("written", ["'a:b:c'", "'http://x:1'", "{port: 70000}", "{port: -1}", "true"])
def test_an_address_that_is_none_is_a_finding(findings, written):
    assert len(findings(f"backend: {{listen: {written}}}")) == 1


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "'::'", "'[::]'", "192.168.1.5", "catalog.example.org", "''", "'0'", "'*'", "localhost.example.org"],  # noqa: S104 - refused, which is the point
)
def test_listening_where_others_reach_us_without_asking_who_they_are_is_refused(findings, host):
    found = findings(f"backend:\n  listen:\n    host: {host}\n")
    assert len(found) == 1
    assert found[0].startswith("a.yaml:3: backend.listen.host: ")
    assert "dangerouslyDisableDefaultAuthPolicy" in found[0]


def test_a_command_line_does_not_get_around_it(loaded):
    with pytest.raises(InvalidConfiguration, match=r"the command line: backend\.listen\.host: 0\.0\.0\.0 is open"):
        loaded("backend: {listen: 127.0.0.1:7007}", **{"backend.listen.host": "0.0.0.0"})  # noqa: S104 - as above


def test_an_environment_does_not_get_around_it(findings):
    assert "CUELIGHT__BACKEND__LISTEN__HOST" in findings(environ={"CUELIGHT__BACKEND__LISTEN__HOST": "::"})[0]


def test_listening_anywhere_is_allowed_where_callers_need_a_token(loaded):
    access = "[{type: static, options: {token: abcdefgh, subject: me}}]"
    assert not loaded(
        f"backend: {{listen: {{host: 0.0.0.0}}, auth: {{externalAccess: {access}}}}}"
    ).backend.listen.loopback


def test_listening_anywhere_is_allowed_where_the_policy_is_disabled(loaded):
    text = "backend: {listen: {host: 0.0.0.0}, auth: {dangerouslyDisableDefaultAuthPolicy: true}}"
    assert not loaded(text).backend.listen.loopback


def test_webhooks_may_listen_where_others_reach_them(loaded):
    listen = loaded("backend: {ingress: {listen: '0.0.0.0:8080'}}").webhooks.listen
    assert (listen.host, listen.port) == ("0.0.0.0", 8080)  # noqa: S104 - deliveries are signed


@pytest.mark.parametrize(
    "url", ["catalog.example.com", "ftp://x", "https://", "https://user:password@x", "https://x?a=b"]
)
def test_an_address_of_ours_that_is_none_is_a_finding(findings, url):
    assert "backend.baseUrl: this is no address" in findings(f"backend: {{baseUrl: '{url}'}}")[0]


@pytest.mark.parametrize("url", ["http://localhost:7007", "https://x.example/catalog/", "HTTPS://[::1]:8443"])
def test_an_address_of_ours_may_have_a_port_and_a_path(loaded, url):
    assert loaded(f"backend: {{baseUrl: '{url}'}}").base_url == url.rstrip("/")


def test_two_listeners_on_one_port_are_a_finding(findings):
    assert "is the port of backend.listen too" in findings("backend: {ingress: {listen: ':7007'}}")[0]


@pytest.mark.parametrize(
    ("database", "url"),
    [
        ("{url: 'sqlite:///x.db'}", "sqlite:///x.db"),
        ("{client: better-sqlite3, connection: ':memory:'}", "sqlite:///cuelight.db"),
        ("{client: better-sqlite3}", "sqlite:///cuelight.db"),
        ("{client: better-sqlite3, connection: {directory: ./data/}}", "sqlite:///./data/cuelight.db"),
        ("{client: sqlite3, connection: {filename: x.sqlite}}", "sqlite:///x.sqlite"),
        ("{client: better-sqlite3, connection: x.sqlite}", "sqlite:///x.sqlite"),
        ("{client: pg, connection: 'postgresql://a@b/c'}", "postgresql://a@b/c"),
        (
            "{client: pg, connection: {host: db, port: 5433, user: me, password: 'p@ss/word', database: x}}",
            "postgresql://me:p%40ss%2Fword@db:5433/x",
        ),
        ("{client: pg, connection: {host: db, ssl: true}}", "postgresql://db:5432/cuelight?sslmode=require"),
        ("{client: pg, connection: {host: db, ssl: {ca: x}}}", "postgresql://db:5432/cuelight?sslmode=verify-full"),
        ("{client: pg, connection: {connectionString: 'postgresql://a/b'}}", "postgresql://a/b"),
        ("{client: pg, connection: {host: db}, url: 'sqlite:///x.db'}", "sqlite:///x.db"),
    ],
)
def test_backstages_database_is_translated(loaded, database, url):
    assert loaded(f"backend: {{database: {database}}}").backend.database.url.reveal() == url


@pytest.mark.parametrize(
    "database", ["{client: mysql2}", "{client: pg}", "{client: pg, connection: {password: '${NOPE}'}}"]
)
def test_a_database_that_cannot_be_translated_is_a_finding(findings, database):
    assert len(findings(f"backend: {{database: {database}}}")) == 1


def test_a_translated_database_passes_nothing_over(loaded):
    assert loaded("backend: {database: {client: pg, connection: {host: db}}}").passed_over == []


@pytest.mark.parametrize(
    "access",
    [
        "{type: static}",
        "{type: static, options: {token: abcdefgh}}",
        "{type: static, options: {token: 'abcd efgh', subject: x}}",
        "{type: static, options: {token: tökentöken, subject: x}}",
        "{type: static, options: {token: abcdefg, subject: x}}",
        "{type: static, options: {token: abcdefgh, subject: 'x y'}}",
        "{type: other}",
        "{type: static, options: {token: abcdefgh, subject: x}, accessRestrictions: [{}]}",
        "{type: static, options: {token: abcdefgh, subject: x}, accessRestrictions: [{plugin: a}, {plugin: a}]}",
        "{type: static, options: {token: t0kent0ken, subject: x}}, {type: static, options: {token: t0kent0ken, subject: y}}",
        "{type: legacy, options: {secret: c2hvcnQ=, subject: x}}",
        "{type: legacy, options: {secret: 'no base64 at all', subject: x}}",
        "{type: legacy, options: {secret: MDEyMzQ1Njc4OWFiY2RlZg==}}",
        "{type: legacy, options: {secret: MDEyMzQ1Njc4OWFiY2RlZg==, subject: 'x y'}}",
        "{type: jwks}",
        "{type: jwks, options: {url: 'ftp://keys.example/jwks'}}",
        "{type: jwks, options: {url: 'https://user@keys.example/jwks'}}",
        "{type: jwks, options: {url: 'https://keys.example/jwks', algorithm: none}}",
        "{type: jwks, options: {url: 'https://keys.example/jwks', algorithm: HS256}}",
    ],
)
def test_a_caller_that_could_never_be_known_is_a_finding(findings, access):
    assert len(findings(f"backend: {{auth: {{externalAccess: [{access}]}}}}")) == 1


def test_callers_are_read_as_backstage_has_them(loaded):
    auth = loaded(
        "backend:\n  auth:\n    externalAccess:\n"
        "      - {type: static, options: {token: abcdefgh, subject: ci},\n"
        "         accessRestrictions: [{plugin: catalog, permission: 'catalog.entity.read, catalog.location.read',\n"
        "                               permissionAttribute: {action: read}}]}\n"
        "      - {type: jwks, options: {url: https://x, issuer: y}}\n"
    ).backend.auth
    assert [caller.options.subject for caller in auth.static] == ["ci"]
    restriction = auth.static[0].access_restrictions[0]
    assert list(restriction.permission) == ["catalog.entity.read", "catalog.location.read"]
    assert list(restriction.permission_attribute.action) == ["read"]


@pytest.mark.parametrize(
    ("host", "name", "ports"),
    [
        ("example.com", "example.com", None),
        ("Example.com:8443", "example.com", (8443, 8443)),
        ("'*.example.com:8000-8999'", "*.example.com", (8000, 8999)),
        ("'[::1]:80'", "::1", (80, 80)),
        ("'[::1]'", "::1", None),
    ],
)
def test_a_host_that_may_be_read_is_read_as_backstage_has_it(loaded, host, name, ports):
    allowed = loaded(f"backend: {{reading: {{allow: [{{host: {host}}}]}}}}").backend.reading.allow[0]
    assert (allowed.name, allowed.ports) == (name, ports)


@pytest.mark.parametrize(
    "allowed",
    [
        "{host: 'https://example.com'}",
        "{host: '*'}",
        "{host: 'prod.*.example.com'}",
        "{host: 'example.com:0'}",
        "{host: 'example.com:9-8'}",
        "{host: 'example.com:99999'}",
        "{host: 'example.com:x'}",
        "{host: example.com, paths: [catalog]}",
        "{host: ''}",
    ],
)
def test_a_host_that_could_never_be_read_is_a_finding(findings, allowed):
    assert len(findings(f"backend: {{reading: {{allow: [{allowed}]}}}}")) == 1


def test_what_is_in_force_names_who_may_call(loaded):
    access = "[{type: static, options: {token: abcdefgh, subject: ci}}, {type: jwks, options: {url: 'https://keys.example/'}}]"
    assert loaded(f"backend: {{auth: {{externalAccess: {access}}}}}").access == (
        "with a token, ci, whom https://keys.example/ vouches for"
    )


def test_origins_may_be_one_text(loaded):
    assert list(loaded("backend: {cors: {origin: http://localhost:3000}}").backend.cors.origin) == [
        "http://localhost:3000"
    ]


def test_cors_may_be_switched_off(loaded):
    assert loaded("backend: {cors: false}").backend.cors is None


def test_an_entry_point_that_could_never_take_its_largest_body_is_a_finding(findings):
    assert "bytesInFlight is smaller than bodyLimit" in findings("backend: {ingress: {bytesInFlight: 1MB}}")[0]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("{client: dbs}", "eventSystem.client: dbs is no event engine that is installed; did you mean db?"),
        ("{cleint: db}", "eventSystem.cleint: is unknown; did you mean client?"),
        ("{d: {}}", "eventSystem.d: d is no event engine"),
    ],
)
def test_an_engine_that_is_not_there_is_a_finding(findings, text, finding):
    assert findings(f"eventSystem: {text}")[0].startswith(f"a.yaml:1: {finding}")


def test_an_engines_options_are_kept_for_it(loaded):
    assert loaded("eventSystem: {db: {x: 1}}").event_system.engines == {"db": {"x": 1}}


def test_rules_become_the_engines(loaded):
    catalog = loaded(
        "catalog:\n"
        "  rules: [{allow: [Component, {kind: Template, spec.type: service}], locations: [{type: url, pattern: 'https://x/**'}]}]\n"
        "  locations: [{type: url, target: https://y/all.yaml, rules: [{allow: [User]}]}]\n"
    ).catalog
    general, own = catalog.conduct().rules.rules
    assert [(each.kind, each.type) for each in general.allow] == [("Component", None), ("Template", "service")]
    assert general.locations[0].pattern == "https://x/**"
    assert (own.allow[0].kind, own.locations[0].exact) == ("User", "https://y/all.yaml")


def test_without_rules_backstages_hold(loaded):
    rules = loaded().catalog.conduct().rules.rules
    assert [each.kind for each in rules[0].allow] == ["Component", "API", "Location"]


def test_an_empty_list_of_rules_allows_nothing(loaded):
    assert loaded("catalog: {rules: []}").catalog.conduct().rules.rules == ()


def test_a_rule_with_both_an_exact_target_and_a_pattern_is_a_finding(findings):
    text = "catalog: {rules: [{allow: [API], locations: [{type: url, exact: a, pattern: b}]}]}"
    assert "both exact and pattern" in findings(text)[0]


def test_orphans_are_kept_where_the_configuration_says_so(loaded):
    assert loaded("catalog: {orphanStrategy: keep}").catalog.conduct().keep_orphans


def test_processing_may_be_switched_off(loaded):
    assert loaded("catalog: {processingInterval: false}").catalog.processing_interval is None


@pytest.mark.parametrize(
    ("text", "base_url"),
    [
        ("{}", "http://127.0.0.1:7007"),
        ("{listen: '[::1]:1'}", "http://[::1]:1"),
        ("{baseUrl: https://x/}", "https://x"),
    ],
)
def test_the_base_url_is_where_others_reach_us(loaded, text, base_url):
    assert loaded(f"backend: {text}").base_url == base_url
