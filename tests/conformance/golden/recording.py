"""What a real Backstage answered, and how its answers are compared with ours: by the program that lies beside them.

That program is loaded from the corpus and never copied, so a difference that it prints is one that a test here finds.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Final

import msgspec

from tests.corpus import corpus

VARIABLE: Final = "MISSING"
"""What a request says where no earlier answer gave it its value."""

Case = Mapping[str, Any]


class Difference(msgspec.Struct, frozen=True, order=True):
    """One place in which two answers differ: `field` (`status`, `body.items[0].kind`), and the words of both."""

    case: str
    field: str
    words: str

    def __str__(self) -> str:
        return f"{self.case} {self.field}: {self.words}"


def cases() -> Sequence[Case]:
    """Every recorded step, in its order: requests, pushes, waits."""
    recorded: list[Case] = msgspec.json.decode(corpus("golden", "cases.json").read_bytes())
    return recorded


class Recording:
    """The program of the corpus: sends requests as it does, fills in what earlier answers said, compares as it does."""

    def __init__(self) -> None:
        self._program = _program()
        self._said: dict[str, Any] = {}

    def send(self, case: Case, catalog: str) -> Mapping[str, Any]:
        """Send the request of *case* to the API at *catalog*; the answer as `{status, headers, body}`. Waits for it."""
        answer: dict[str, Any] = self._program.call(case["method"], catalog + self.path(case), self._body(case))
        for name, where in case.get("save", {}).items():
            if (value := self._program.dig(answer["body"], where)) is not None:
                self._said[name] = value
        return answer

    def path(self, case: Case) -> str:
        """The path of *case*, with what earlier answers said in its place."""
        path: str = self._program.VARIABLE.sub(
            lambda name: self._program.quote(self._word(name), safe=""), case["path"]
        )
        return path

    def differences(self, case: Case, answer: Mapping[str, Any]) -> list[Difference]:
        """Where *answer* is another than the recorded one."""
        want, got = (self._program.normal(case, one, ignore_messages=False) for one in (case["expect"], answer))
        lines: list[str] = self._program.differences(want, got)
        return [_difference(case["name"], line) for line in lines]

    def _body(self, case: Case) -> bytes | None:
        if (body := case.get("body")) is None:
            return None
        if case.get("raw_body"):
            return str(body).encode()
        text: str = self._program.VARIABLE.sub(self._word, self._program.json.dumps(body))
        return text.encode()

    def _word(self, name: Any) -> str:
        return str(self._said.get(name[1], VARIABLE))


def _difference(case: str, line: str) -> Difference:
    field, _, words = line.partition(": ")
    return Difference(case, field.removeprefix("."), words)


def _program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_replay", corpus("golden", "replay.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
