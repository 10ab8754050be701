"""Golden cases of GitHub deliveries: what is sent, and the neutral change that it must become."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parents[3] / "golden" / "github"


def cases(folder: str) -> dict[str, dict[str, Any]]:
    """The golden cases of *folder* (`corpus`, `derived`), by their name."""
    return {file.stem: json.loads(file.read_text("utf-8")) for file in sorted((GOLDEN / folder).glob("*.json"))}


def expanded(value: Any) -> Any:
    """*value* with each `{"$repeat": {"times": n, "of": item}}` in a list written out; `{n:6}` is the number of the copy."""
    if isinstance(value, dict):
        return {key: expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy for item in value for copy in _copies(item)]
    return value


def _copies(item: Any) -> Iterator[Any]:
    repeat = item.get("$repeat") if isinstance(item, dict) else None
    if repeat is None:
        yield expanded(item)
        return
    text = json.dumps(repeat["of"])
    for number in range(repeat["times"]):
        yield expanded(json.loads(text.replace("{n:6}", f"{number:06}").replace("{n:40}", f"{number:040}")))
