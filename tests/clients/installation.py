"""npm's packages, installed as their lock file says, once for each lock file, in a folder that is no part of the project."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pytest

from tests.corpus import ROOT

NODE: Final = Path(__file__).parent / "node"
FILES: Final = ("package.json", "package-lock.json")
INSTALL: Final = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def installed() -> Path:
    """The folder with `node_modules`; skips where npm is missing or cannot install, fails there when CI=true."""
    digest = hashlib.sha256((NODE / FILES[1]).read_bytes()).hexdigest()[:12]
    folder = ROOT / ".cache" / "clients" / digest
    if not folder.exists():
        _install(folder)
    return folder


def _install(folder: Path) -> None:
    if shutil.which("npm") is None:
        _without("npm is missing; on Debian or Ubuntu: sudo apt install npm")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as made:
        for name in FILES:
            shutil.copy(NODE / name, made)
        done = subprocess.run(INSTALL, cwd=made, capture_output=True, text=True, check=False)
        if done.returncode:
            _without(f"npm could not install what {NODE / FILES[1]} names: {done.stderr[-500:]}")
        if not folder.exists():  # another worker may have been quicker
            Path(made).rename(folder)


def _without(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
