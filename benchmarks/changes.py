"""Random changes to a simulated organisation: what developers do to their descriptors, branches and repositories.

Everything is chosen by the `random.Random` that is passed in, from what this side knows of the repositories.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.simulator import OWNER, Simulator

FILE = "catalog-info.yaml"
WEIGHTS: Mapping[str, int] = {
    "edit": 48,
    "add": 14,
    "remove": 8,
    "move": 8,
    "unrelated": 10,
    "force": 3,
    "archive": 3,
    "topics": 2,
    "rename": 2,
    "branch": 2,
}
"""How often each happens, of a hundred."""


class Repository:
    """A repository as this side knows it: its name, what is at the head of its branch, and what was there before."""

    def __init__(self, name: str, number: int, files: Mapping[str, str]) -> None:
        self.name = name
        self.number = number
        self.branch = "main"
        self.archived = False
        self.files = dict(files)
        self.history: list[tuple[str, dict[str, str]]] = []
        self.added = 0


class Changes:
    """Makes random changes through *simulator*'s control."""

    def __init__(self, simulator: Simulator, repositories: list[Repository], chance: random.Random) -> None:
        self._simulator = simulator
        self._repositories = repositories
        self._chance = chance
        self._renamed = 0
        self.made: dict[str, int] = dict.fromkeys(WEIGHTS, 0)
        self._doings: Mapping[str, Callable[[Repository], None]] = {
            "edit": self._edit,
            "add": self._add,
            "remove": self._remove,
            "move": self._move,
            "unrelated": self._unrelated,
            "force": self._force,
            "archive": self._archive,
            "topics": self._topics,
            "rename": self._rename,
            "branch": self._branch,
        }

    def one(self) -> None:
        """Make one change, to one of the repositories."""
        [kind] = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        repository = self._chance.choice(self._repositories)
        if repository.archived:
            kind = "archive"  # a host takes no push to it; only its owner can open it again
        self._doings[kind](repository)
        self.made[kind] += 1

    def _commit(self, repository: Repository, files: Mapping[str, str | None], **more: Any) -> None:
        answer = self._simulator.commit(repository.name, files, "Change it", branch=repository.branch, **more)
        repository.history.append((answer["after"], dict(repository.files)))
        for path, text in files.items():
            if text is None:
                repository.files.pop(path, None)
            else:
                repository.files[path] = text
        repository.history[-1] = (answer["after"], dict(repository.files))

    def _edit(self, repository: Repository) -> None:
        path = self._any(repository)
        self._commit(repository, {path: self._text(repository, path)})

    def _add(self, repository: Repository) -> None:
        repository.added += 1
        path = f"services/{repository.added}/{FILE}"
        self._commit(repository, {path: self._text(repository, path)})

    def _remove(self, repository: Repository) -> None:
        path = self._any(repository)
        if path in repository.files:
            self._commit(repository, {path: None})
        else:
            self._edit(repository)

    def _move(self, repository: Repository) -> None:
        path = self._any(repository)
        text = repository.files.get(path)
        if text is None:
            self._edit(repository)
            return
        repository.added += 1
        self._commit(repository, {path: None, f"moved/{repository.added}/{FILE}": text})

    def _unrelated(self, repository: Repository) -> None:
        self._commit(repository, {"README.md": f"{self._chance.random()}\n"})

    def _force(self, repository: Repository) -> None:
        if len(repository.history) < 2:
            self._edit(repository)
            return
        commit, files = self._chance.choice(repository.history[-5:-1])
        self._ask("PUT", repository, f"/branches/{repository.branch}", {"to": commit})
        repository.files = dict(files)

    def _archive(self, repository: Repository) -> None:
        repository.archived = not repository.archived
        self._ask("PATCH", repository, "", {"archived": repository.archived})

    def _topics(self, repository: Repository) -> None:
        self._ask("PATCH", repository, "", {"topics": [f"topic-{self._chance.randrange(9)}"]})

    def _rename(self, repository: Repository) -> None:
        self._renamed += 1
        name = f"renamed-{self._renamed:04d}"
        self._ask("PATCH", repository, "", {"name": name})
        repository.name = name

    def _branch(self, repository: Repository) -> None:
        name = "trunk" if repository.branch == "main" else "main"
        self._ask("PATCH", repository, f"/branches/{repository.branch}", {"name": name})
        repository.branch = name

    def _any(self, repository: Repository) -> str:
        descriptors = sorted(path for path in repository.files if path.endswith(FILE))
        return self._chance.choice(descriptors) if descriptors else FILE

    def _text(self, repository: Repository, path: str) -> str:
        """A Component whose name says which file it is of, so that no two files contend."""
        place = path.removesuffix(FILE).strip("/").replace("/", "-")
        name = f"svc-{repository.number:05d}" + (f"-{place}" if place else "")
        return (
            "apiVersion: backstage.io/v1alpha1\nkind: Component\n"
            f"metadata:\n  name: {name}\n  description: change {self._chance.random()}\n"
            f"spec:\n  type: service\n  lifecycle: production\n  owner: group:default/team-{repository.number % 9}\n"
        )

    def _ask(self, method: str, repository: Repository, path: str, body: Any) -> None:
        self._simulator.ask(method, f"/_simulator/repos/{OWNER}/{repository.name}{path}", body)
