"""Where the corpus is: real payloads and descriptors that nobody here wrote, outside of the project."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def shared() -> Path | None:
    """The shared folder, or None where there is none."""
    named = os.environ.get("CUELIGHT_SHARED", "../shared")
    folder = (ROOT / named).resolve()
    if named != "none" and (folder / "corpus").is_dir():
        return folder
    if os.environ.get("CI") == "true" and named != "none":
        raise FileNotFoundError(
            f"no corpus under {folder}; set CUELIGHT_SHARED to its folder, or to none to go without"
        )
    return None


def corpus(*parts: str) -> Path:
    """A file or folder of the corpus; skips the test (or module) where the corpus is missing."""
    folder = shared()
    if folder is None:
        pytest.skip("the corpus is not here; set CUELIGHT_SHARED to its folder", allow_module_level=True)
    return folder.joinpath("corpus", *parts)
