"""The simulated code host's control, as a benchmark uses it: what is pushed, what was sent, what it was asked for."""

import http.client
import json
from collections.abc import Mapping
from typing import Any

from benchmarks.load import HOST
from benchmarks.processes import TOKEN, Process

OWNER = "acme"


class Simulator:
    """The simulated host that *process* is. `ask` is for whatever has no verb here."""

    def __init__(self, process: Process) -> None:
        self._connection = http.client.HTTPConnection(HOST, process.port, timeout=30)

    def commit(self, repository: str, files: Mapping[str, str | None], message: str, **more: Any) -> Any:
        """Commit *files* (None removes) to a repository of the owner, and have the webhook sent; what moved."""
        body = {"files": files, "message": message, **more}
        return self.ask("POST", f"/_simulator/repos/{OWNER}/{repository}/commits", body)

    def last_delivery(self) -> Mapping[str, Any]:
        """The webhook that was sent last."""
        delivery: Mapping[str, Any] = self.ask("GET", "/_simulator/deliveries")["items"][0]
        return delivery

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON that answers, None where nothing does; RuntimeError where the simulator refuses."""
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body)
        try:
            status, text = self._exchange(method, path, data, headers)
        except ConnectionError:  # the simulator closed it, as it was idle for too long: it took nothing from it
            self._connection.close()
            status, text = self._exchange(method, path, data, headers)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {text[:200]!r}")
        return json.loads(text) if text else None

    def _exchange(self, method: str, path: str, data: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self._connection.request(method, path, data, dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read()
