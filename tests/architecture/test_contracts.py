"""Each import contract fails when it is broken on purpose: a contract that cannot fail holds nothing."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

BREACHES = {
    "floors": ("db/url.py", "import cuelight.catalog.cause"),
    "no-cycles": ("events/retries.py", "def _later() -> None:\n    from cuelight.events import client"),
    "integrations-apart": ("integrations/github/webhook.py", "import cuelight.integrations.elsewhere"),
    "backends-apart": ("events/backends/db.py", "import cuelight.events.backends.elsewhere"),
    "processors-apart": ("processors/location.py", "import cuelight.processors.annotate_location"),
    "integrations-speak-only-host": ("integrations/github/client.py", "import cuelight.db"),
    "pure": ("integrations/github/webhook.py", "import socket"),
    "sql": ("webhooks/ingress.py", "import sqlalchemy"),
    "simulator-alone": ("simulator/courier.py", "import cuelight.scm"),
    "hostless": ("repositories/plan.py", "import cuelight.integrations.github"),
}
"""Contract → the file that breaks it, and how."""


def contracts() -> dict[str, str]:
    """Every contract's id and name, as `.importlinter` has them."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): parser[name]["name"] for name in parser.sections() if name.startswith(prefix)}


def test_every_contract_has_a_breach_to_be_tried_with():
    assert contracts().keys() == BREACHES.keys()


@pytest.mark.parametrize("contract", BREACHES)
def test_a_contract_fails_when_it_is_broken(contract: str, tmp_path: Path):
    source = tmp_path / "src" / "cuelight"
    shutil.copytree(ROOT / "src" / "cuelight", source, ignore=shutil.ignore_patterns("__pycache__", "seeds", "static"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for sibling in ("integrations/elsewhere.py", "events/backends/elsewhere.py"):
        (source / sibling).write_text('"""Another one."""\n', encoding="utf-8")
    file, breach = BREACHES[contract]
    with (source / file).open("a", encoding="utf-8") as opened:
        opened.write(f"\n{breach}\n")
    answer = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert f"{contracts()[contract]} BROKEN" in answer.stdout, answer.stdout[-3000:]
