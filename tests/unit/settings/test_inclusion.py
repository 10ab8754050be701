"""`$env`, `$file` and `$include`: what a configuration has elsewhere."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from cuelight.options import InvalidConfiguration, unreadable_in
from cuelight.settings.documents import read_document
from cuelight.settings.nodes import origins, raw

PAGES = {
    "app.pem": "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
    "app.yaml": "appId: 1\nprivateKey: {$file: app.pem}\nname: '${NAME:-nobody}'\nat: {deep: {er: 7}}\n",
    "list.json": '["a", {"$env": "NAME"}]',
    "below/one.yaml": "key: {$file: two.txt}\n",
    "below/two.txt": "two\n\n",
    "broken.yaml": "a: 1\nb: [\n",
    "self.yaml": "a: {$include: self.yaml}\n",
    "many.yaml": f"[{', '.join(['x'] * 3000)}]",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    for name, text in PAGES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "bytes.bin").write_bytes(b"\xff\xfe")
    return tmp_path


def value(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> object:
    """What stands under `key` in a configuration with *text* there."""
    (folder / "app-config.yaml").write_text(f"key: {text}\n")
    return raw(read_document(folder / "app-config.yaml", environ or {}))["key"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{$env: NAME}", "me"),
        ("{$file: app.pem}", "-----BEGIN KEY-----\nabc\n-----END KEY-----"),
        ("{$file: '${STEM}.pem'}", "-----BEGIN KEY-----\nabc\n-----END KEY-----"),
        ("{$include: 'app.yaml#name'}", "me"),
        ("{$include: 'app.yaml#at.deep.er'}", 7),
        ("{$include: list.json}", ["a", "me"]),
        ("[{$include: 'app.yaml#at'}]", [{"deep": {"er": 7}}]),
    ],
)
def test_what_is_elsewhere_stands_here(folder, text, expected):
    assert value(folder, text, {"NAME": "me", "STEM": "app"}) == expected


def test_a_path_begins_at_the_folder_of_the_file_that_names_it(folder):
    assert value(folder, "{$include: below/one.yaml}") == {"key": "two"}


def test_an_included_value_knows_its_own_line(folder):
    (folder / "app-config.yaml").write_text("\nkey: {$include: app.yaml}\n")
    known = dict(origins(read_document(folder / "app-config.yaml", {})))
    assert known["key"] == f"{folder}/app-config.yaml:2"
    assert known["key.at.deep"] == f"{folder}/app.yaml:4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{$env: NOPE}", "the variable NOPE is not set"),
        ("{$file: nope.pem}", "nope.pem cannot be read: No such file or directory; correct the path"),
        ("{$file: below}", "below cannot be read: Is a directory"),
        ("{$file: bytes.bin}", "bytes.bin is not UTF-8"),
        ("{$file: [a]}", "$file expects a text: the name of a file"),
        ("{$env: 3}", "$env expects a text: the name of a variable"),
        ("{$file: '${NOPE}'}", "the variable NOPE is not set"),
        ("{$file: app.pem, other: 1}", "$file stands beside other keys"),
        ("{$include: nope.yaml}", "nope.yaml: cannot be read: No such file or directory; correct the path"),
        ("{$include: app.pem}", "app.pem is not included; name a file that ends with .json, .yaml, .yml"),
        ("{$include: broken.yaml}", "broken.yaml:3: is not YAML"),
        ("{$include: 'app.yaml#at.nope'}", "app.yaml has no at.nope"),
        ("{$include: 'list.json#a'}", "list.json has no a"),
        ("{$include: self.yaml}", "self.yaml: is included by itself"),
    ],
)
def test_what_cannot_be_had_is_named(folder, text, message):
    found = unreadable_in(value(folder, text))
    assert found is not None
    assert message in found.message


def test_what_is_included_counts(folder):
    several = ", ".join(["{$include: many.yaml}"] * 7)
    with pytest.raises(InvalidConfiguration, match="more than 20000 values"):
        value(folder, f"[{several}]")
