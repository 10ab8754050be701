"""A reader of Cuelight's API, as a client sees it: one keep-alive connection."""

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from benchmarks.load import HOST
from benchmarks.processes import Process

PATIENCE = 600.0
"""Seconds after which what was waited for will not come any more."""
PAUSE = 0.1
"""Seconds between two looks; each asks for the newest change, and counts only what may be there by then."""


class Catalog:
    """The catalog of *process*."""

    def __init__(self, process: Process) -> None:
        self._connection = http.client.HTTPConnection(HOST, process.port, timeout=30)

    def component(self, name: str) -> dict[str, Any]:
        """The Component *name* of the default namespace; KeyError where there is none."""
        status, body = self._get(f"/api/catalog/entities/by-name/component/default/{name}")
        if status != 200:
            raise KeyError(name)
        found: dict[str, Any] = json.loads(body)
        return found

    def count(self, filtered: str) -> int:
        """How many entities a filter (`kind=component`) selects."""
        query = urlencode({"limit": 0, "filter": filtered})
        _, body = self._get(f"/api/catalog/entities/by-query?{query}")
        return int(json.loads(body)["totalItems"])

    def newest_change(self) -> Mapping[str, Any]:
        """The last line of the change log; LookupError where there is none."""
        _, body = self._get("/api/cuelight/v1/changes?limit=1")
        newest: Mapping[str, Any] = json.loads(body)["items"][0]
        return newest

    def changes(self) -> int:
        """How many lines the change log has."""
        try:
            return int(self.newest_change()["sequence"])
        except LookupError:
            return 0

    def wait_for(self, entities: int, filtered: str = "kind=component") -> float:
        """Return once a filter selects so many *entities*: when that was seen, of `time.perf_counter`."""
        until = time.perf_counter() + PATIENCE
        while True:
            found = self.count(filtered) if self.changes() >= entities else 0
            seen = time.perf_counter()
            if found >= entities:
                return seen
            if seen > until:
                raise RuntimeError(f"{entities} entities were not there after {PATIENCE:.0f} seconds: {found} were")
            time.sleep(PAUSE)

    def _get(self, path: str) -> tuple[int, bytes]:
        try:
            return self._exchange(path)
        except ConnectionError:  # the server closed it, as it was idle for too long
            self._connection.close()
            return self._exchange(path)

    def _exchange(self, path: str) -> tuple[int, bytes]:
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        return answer.status, answer.read()
