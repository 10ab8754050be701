"""A reader of Cuelight's API, as a client sees it: one keep-alive connection."""

import http.client
import json
import time
from typing import Any

from benchmarks.load import HOST
from benchmarks.processes import Process

PATIENCE = 180.0
"""Seconds after which what was waited for will not come any more."""


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

    def has(self, entities: int) -> bool:
        """Whether the list of Components has so many *entities*."""
        query = f"filter=kind%3Dcomponent&limit=1&offset={entities - 1}"
        _, body = self._get(f"/api/catalog/entities?{query}")
        return bool(json.loads(body))

    def wait_for(self, entities: int) -> float:
        """Return once there are so many *entities*: when that was seen, of `time.perf_counter`. Looks ten times a second."""
        until = time.perf_counter() + PATIENCE
        while not self.has(entities):
            if time.perf_counter() > until:
                raise RuntimeError(f"{entities} entities were not there after {PATIENCE:.0f} seconds")
            time.sleep(0.1)
        return time.perf_counter()

    def _get(self, path: str) -> tuple[int, bytes]:
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        return answer.status, answer.read()
