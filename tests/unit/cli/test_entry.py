"""From words to an exit status: usage, errors, help."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from cuelight import __version__
from cuelight.cli.entry import make_app
from cuelight.cli.verbs import VERBS

INTERRUPTED: Final = """
import sys

class Finder:
    def find_spec(self, name, *_):
        if name == "cyclopts":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Finder())
from cuelight.cli import main
sys.exit(main())
"""
"""The command line, interrupted while a part of it is imported."""


def _calls() -> list[tuple[str, ...]]:
    """The words of every command that does something."""
    app = make_app()
    calls: list[tuple[str, ...]] = []
    for verb in VERBS:
        below = [name for name in app[verb.name] if not name.startswith("-")]
        calls += [(verb.name, name) for name in below] if below else [(verb.name,)]
    return calls


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["entitties"], "Unknown command"),
        (["entities", "lst"], "list"),
        (["entities", "get"], "REF requires an argument"),
        (["entities", "get", "x:a/b", "extra"], "extra"),
        (["entities", "list", "-o", "xml"], "table"),
        (["entities", "list", "--limit", "many"], "--limit"),
        (["entities", "list", "--limit", "0"], ">= 1"),
        (["entities", "list", "--offset", "-1"], ">= 0"),
        (["entities", "list", "--filtre", "a"], "--filter"),
        (["entities", "list", "--query", "{"], "--query is no JSON"),
        (["entities", "list", "--query", "[]"], "--query is no JSON object"),
        (["entities", "list", "--order", "kind,up"], "metadata.name,desc"),
        (["entities", "list", "--order", ""], "metadata.name,desc"),
        (["entities", "list", "--order", "kind", "--filter", "=a"], "Invalid filter"),
        (["entities", "list", "--full-text-fields", "kind"], "--full-text"),
        (["refresh", "component:a", "--timeout", "0"], "> 0"),
        (["refresh"], "REF requires an argument"),
        (["locations", "add"], "TARGET requires an argument"),
        (["locations", "add", "catalog-info.yaml"], "cuelight validate"),
        (["locations", "remove"], "cuelight locations list"),
        (["locations", "list", "extra"], "extra"),
        (["validate"], "cuelight validate ."),
        (["validate", ".", "-o", "xml"], "sarif"),
        (["deletions", "approve", "--all", "nope"], "--all and ids do not go together"),
        (["entities", "get", "no-kind"], "kind"),
        (["entities", "list", "--server", "ftp://x"], "http://127.0.0.1:7007"),
        (["entities", "list", "--server", "http://x:port"], "http://127.0.0.1:7007"),
        (["entities", "list", "--token", "a\nb"], "--token"),
        (["deliveries", "show"], "DELIVERY requires an argument"),
        (["deliveries", "send"], "FILE requires an argument"),
        (["deliveries", "send", "push.json"], "--event"),
        (["deliveries", "send", "nope.json", "--event", "push"], "nope.json cannot be read"),
        (["deliveries", "send", "x", "--event", "push", "--integration", "svn"], "github"),
        (["config", "show", "--origins"], "--origin"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_status_2(cuelight, words, said):
    result = cuelight(*words)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("cuelight: ")
    assert result.err.count("\n") == 1
    assert said in result.err


def test_version_is_printed_alone(cuelight):
    assert cuelight("--version").out == f"{__version__}\n"


def test_the_package_runs_as_a_module():
    ran = subprocess.run([sys.executable, "-m", "cuelight", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"{__version__}\n"


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_help_names_every_verb(cuelight, verb):
    assert verb in cuelight("--help").out


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_every_verb_is_where_the_table_says(verb):
    assert make_app()[verb].help


@pytest.mark.parametrize("words", _calls(), ids=" ".join)
def test_help_of_a_verb_shows_how_it_is_called(cuelight, words):
    result = cuelight(*words, "--help")
    assert result.status == 0
    assert f"cuelight {' '.join(words)}" in result.out.partition("For example:")[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["repos", "list", "foo"], "unexpected argument: foo. See cuelight repos list --help."),
        (["scan", "--foo"], "See cuelight scan --help."),
        (["repos", "lst"], "See cuelight repos --help."),
        (["nope"], "See cuelight --help."),
    ],
)
def test_a_hint_names_the_verb_whose_help_tells_more(cuelight, words, said):
    assert cuelight(*words).err.endswith(f"{said}\n")


def test_no_server_is_exit_status_7_with_the_mend(cuelight):
    result = cuelight("entities", "list", "--server", "http://127.0.0.1:9")
    assert result.status == 7
    assert "cuelight serve" in result.err


@pytest.mark.parametrize("status", [200, 302, 404])
def test_a_page_is_no_answer_of_a_server(cuelight, server, status):
    server.answers["/api/catalog/entities"] = (status, b"<html>Welcome</html>")
    result = cuelight("entities", "list")
    assert (result.status, result.err.count("\n")) == (7, 1)
    assert "does --server name a Cuelight?" in result.err


def test_an_interrupt_is_exit_status_130(cuelight, monkeypatch):
    monkeypatch.setattr("sys.stdin", _Interrupting())
    assert cuelight("deliveries", "send", "-", "--event", "push").status == 130


def test_an_interrupt_is_as_quiet_while_the_program_is_being_read():
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED, "--help"], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


def test_nothing_is_imported_before_an_interrupt_is_quiet():
    code = "import sys; known = {*sys.modules}; import cuelight.cli; print(*sorted({*sys.modules} - known))"
    isolated = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path}; {code}"]
    assert subprocess.check_output(isolated, text=True).split() == ["cuelight", "cuelight.cli"]


def test_no_verb_is_imported_before_it_is_called():
    code = "import sys, cuelight.cli.entry as e; e.make_app(); print([m for m in sys.modules if 'httpx2' in m])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("words", [["config", "show"], ["--help"], ["entities", "--help"], ["--version"]])
def test_a_reader_that_leaves_is_no_error(words):
    program = [sys.executable, "-c", "import sys; from cuelight.cli import main; sys.exit(main())", *words]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        ended = subprocess.run(program, stdout=pipe, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_error(closed):
    program = f'{sys.executable} -c "import sys; from cuelight.cli import main; sys.exit(main())" config check {closed}'
    ended = subprocess.run(["/bin/sh", "-c", program], capture_output=True, check=False, text=True)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_full_disk_is_said_to_be_full():
    program = [sys.executable, "-c", "import sys; from cuelight.cli import main; sys.exit(main())", "config", "show"]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert (ended.returncode, ended.stderr) == (
        7,
        "cuelight: nothing more can be written: No space left on device; make room and try again\n",
    )


class _Interrupting:
    @property
    def buffer(self):
        raise KeyboardInterrupt
