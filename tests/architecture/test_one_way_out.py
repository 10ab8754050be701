"""Nothing but `fetch` opens a connection to an address: what checks addresses cannot be walked around."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

SOURCE = Path(__file__).parent.parent.parent / "src" / "cuelight"

MODULES: Final = frozenset(
    {
        "aiohttp",
        "dulwich.client",
        "dulwich.porcelain",
        "ftplib",
        "http.client",
        "httpcore",
        "httpcore2",
        "httpx",
        "httpx2",
    }
    | {"requests", "smtplib", "socket", "ssl", "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc.client"}
)
"""What can open connections."""
CALLS: Final = frozenset(
    {"create_connection", "open_connection", "sock_connect", "start_tls", "urlopen", "urlretrieve"}
)

EXEMPT: Final = {
    "app/serving.py": {"socket"},  # listens
    "cli/client.py": {"httpx2"},  # asks the server that whoever calls it names
    "fetch": {"httpx2", "socket", "urllib.request"},  # of the last one only which proxies the environment names
    "simulator": {"httpx2", "socket"},  # a code host of its own, which sends webhooks
}


def ways_out(file: Path) -> Iterator[str]:
    """What *file* can open a connection with."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name in MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                yield from ({module, *(f"{module}.{name.name}" for name in names)}) & MODULES
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in CALLS:
                yield name


def exempt(place: str) -> set[str]:
    """What the file at *place*, or its room, may use."""
    return EXEMPT.get(place, set()) | EXEMPT.get(place.partition("/")[0], set())


def found() -> dict[str, set[str]]:
    """The files that can open a connection, and what with."""
    files = {file.relative_to(SOURCE).as_posix(): set(ways_out(file)) for file in SOURCE.rglob("*.py")}
    return {place: ways for place, ways in files.items() if ways}


def test_only_fetch_opens_connections_to_addresses():
    assert {place: ways - exempt(place) for place, ways in found().items() if ways - exempt(place)} == {}


def test_no_exemption_is_there_for_nothing():
    used = [(place, way) for place, ways in found().items() for way in ways]
    missed = [
        (exemption, way)
        for exemption, ways in EXEMPT.items()
        for way in ways
        if not any(place.startswith(exemption) and way == it for place, it in used)
    ]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "import httpx2",
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen as read",
        "def late():\n    import socket",
        "from dulwich import client",
        "await asyncio.open_connection(host, 80)",
        "urlopen(url)",
    ],
)
def test_a_way_out_is_seen(text: str, tmp_path: Path):
    file = tmp_path / "module.py"
    file.write_text(text, encoding="utf-8")
    assert set(ways_out(file))
