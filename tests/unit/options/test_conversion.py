"""From raw values to sections, with every reason why not."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
import pytest

from cuelight.options import (
    Conversion,
    Duration,
    Finding,
    InvalidConfiguration,
    Secret,
    SecretUrl,
    Section,
    Unreadable,
    convert,
    plain,
)


class Inner(Section, frozen=True):
    passed_over = frozenset({"legacy"})

    name: str
    wait_time: Duration = Duration(3)


class Outer(Section, frozen=True):
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 7007
    mode: Literal["keep", "delete"] = "delete"
    enabled: bool = False
    inner: Inner | None = None
    many: Sequence[Inner] = ()
    by_id: Mapping[str, Inner] = {}
    anything: Mapping[str, Any] = {}
    secret: Secret | None = None

    def __post_init__(self) -> None:
        if self.port == 1:
            raise ValueError("port 1 is taken; choose another")


class Root(Section, frozen=True):
    shared = True

    catalog: Inner | None = None


def findings(raw: object, kind: type = Outer) -> list[str]:
    with pytest.raises(InvalidConfiguration) as caught:
        convert(raw, kind)
    return [str(finding) for finding in caught.value.findings]


def test_nothing_at_all_is_every_default():
    assert convert({}, Outer) == Outer()


def test_sections_nest_in_lists_and_maps():
    raw = {"inner": {"name": "a"}, "many": [{"name": "b"}], "byId": {"x": {"name": "c", "waitTime": "5s"}}}
    assert convert(raw, Outer) == Outer(
        inner=Inner(name="a"), many=(Inner(name="b"),), by_id={"x": Inner(name="c", wait_time=Duration(5))}
    )


def test_everything_that_is_wrong_is_found_at_once():
    raw = {"port": "x", "mode": "kept", "many": [{"waitTime": 3}, {"name": "ok"}, "no"], "byId": {"x": {}}}
    assert findings(raw) == [
        "port: expected a whole number, got text",
        "mode: is 'kept'; choose one of keep, delete",
        "many[0].name: is missing; add it",
        "many[0].waitTime: expected a duration of at most 100 years: 90s, 3h, PT3H or {hours: 3}",
        "many[2]: expected a map with the keys name, waitTime; got text",
        "byId.x.name: is missing; add it",
    ]


@pytest.mark.parametrize(
    ("raw", "finding"),
    [
        ({"prot": 1}, "prot: is unknown; did you mean port?"),
        ({"zzz": 1}, "zzz: is unknown; known here: anything, byId, enabled, inner, many, mode, port, secret"),
        ({"port": 70000}, "port: expected a whole number <= 65535"),
        ({"many": {"a": 1}}, "many: expected a list; got a map"),
        ({"byId": [1]}, "byId: expected a map; got a list"),
        ({"inner": {"name": 7}}, "inner.name: expected text, got a whole number; put it in quotes"),
        ({"inner": {"name": None}}, "inner.name: is missing; add it"),
        ({"enabled": "perhaps"}, "enabled: expected true or false, got text"),
        ({"port": 1}, "port 1 is taken; choose another"),
    ],
)
def test_a_finding_says_where_what_and_what_to_do(raw, finding):
    assert findings(raw) == [finding]


def test_findings_stand_below_the_path_that_was_given():
    with pytest.raises(InvalidConfiguration) as caught:
        convert({}, Inner, "integrations.github[0]")
    assert caught.value.findings == (Finding(path="integrations.github[0].name", message="is missing; add it"),)


def test_text_from_a_variable_is_read_as_what_is_wanted():
    raw = {"port": "8080", "enabled": "true", "many": '[{"name": "a"}]', "inner": '{"name": "b"}'}
    assert convert(raw, Outer) == Outer(port=8080, enabled=True, many=(Inner(name="a"),), inner=Inner(name="b"))


def test_false_and_null_leave_an_optional_section_out():
    assert convert({"inner": False, "secret": None}, Outer) == Outer()


def test_known_keys_of_backstage_are_passed_over():
    conversion = Conversion()
    conversion.value({"inner": {"name": "a", "legacy": 1}}, Outer, "")
    assert (conversion.findings, conversion.passed_over) == ([], ["inner.legacy"])


def test_keys_of_others_are_passed_over_where_they_may_stand():
    conversion = Conversion()
    conversion.value({"techdocs": {}, "catalog": {"name": "a"}}, Root, "")
    assert (conversion.findings, conversion.passed_over) == ([], ["techdocs"])


def test_a_slip_is_found_even_among_keys_of_others():
    assert findings({"cataolg": {}}, Root) == ["cataolg: is unknown; did you mean catalog?"]


def test_what_could_not_be_read_is_a_finding_where_somebody_wants_it():
    raw = {"secret": Unreadable("the variable X is not set"), "anything": {"deep": [Unreadable("nor is Y")]}}
    assert findings(raw) == ["anything.deep[0]: nor is Y", "secret: the variable X is not set"]


def test_what_could_not_be_read_is_nobodys_trouble_where_it_is_passed_over():
    assert convert({"name": "a", "legacy": Unreadable("the variable X is not set")}, Inner) == Inner(name="a")


def test_plain_values_spell_the_section_with_its_secrets_masked():
    section = Outer(
        inner=Inner(name="a"), secret=Secret("hunter2"), anything={"apiToken": "t", "url": "nats://u:p@h", "n": 1}
    )
    shown = plain(section)
    assert shown["inner"] == {"name": "a", "waitTime": "3s"}
    assert shown["secret"] == "***"
    assert shown["anything"] == {"apiToken": "***", "url": "nats://u:***@h", "n": 1}


def test_plain_values_convert_back():
    section = Outer(inner=Inner(name="a", wait_time=Duration(90)), many=(Inner(name="b"),))
    assert convert(plain(section), Outer) == section


def test_a_section_cannot_be_changed():
    with pytest.raises(AttributeError):
        Outer().port = 5  # type: ignore[misc]


def test_a_masked_url_keeps_what_is_no_secret():
    assert plain({"at": SecretUrl("postgresql://u:p@h/d")}) == {"at": "postgresql://u:***@h/d"}
