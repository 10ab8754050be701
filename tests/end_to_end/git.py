"""The real `git`, as somebody uses it who has a working copy."""

import asyncio
import os
import subprocess
from pathlib import Path

from tests.end_to_end.world import OWNER, TOKEN, CodeHost

AUTHOR = "Booking Developer"
_ENVIRONMENT = {
    **os.environ,
    "GIT_AUTHOR_NAME": AUTHOR,
    "GIT_AUTHOR_EMAIL": "booking-developer@acme.example",
    "GIT_COMMITTER_NAME": AUTHOR,
    "GIT_COMMITTER_EMAIL": "booking-developer@acme.example",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
}


class WorkingCopy:
    """A clone of `acme/name`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def git(self, *arguments: str) -> str:
        """Run git here; what it says. AssertionError where it fails."""
        return await _git(self.folder, *arguments)

    async def push(self, **files: str) -> str:
        """Write *files* (name without `.yaml` → text), commit and push them; the commit."""
        for name, text in files.items():
            (self.folder / f"{name.replace('_', '-')}.yaml").write_text(text)
        return await self.commit("Describe what is here")

    async def commit(self, message: str) -> str:
        """Commit and push whatever differs; the commit."""
        await self.git("add", "--all")
        await self.git("commit", "--quiet", "-m", message)
        await self.git("push", "--quiet", "origin", "HEAD:main")
        return await self.git("rev-parse", "HEAD")


async def clone(host: CodeHost, name: str, folder: Path) -> WorkingCopy:
    """A working copy of `acme/name` below *folder*, on its branch main."""
    address = host.program.address.replace("://", f"://booking-developer:{TOKEN}@")
    await _git(folder, "clone", "--quiet", f"{address}/{OWNER}/{name}.git", name)
    copy = WorkingCopy(folder / name)
    await copy.git("symbolic-ref", "HEAD", "refs/heads/main")
    return copy


async def _git(at: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    done = await asyncio.to_thread(subprocess.run, command, cwd=at, env=_ENVIRONMENT, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said.strip()
