"""The references that the ingress is measured beside: the least that a durable entry point can be.

`bare`: raw ASGI, HMAC over the body, one row a delivery (its id unique, its body compressed), group commit with
synchronous=FULL. `rows`: the same with the rows that Cuelight writes for a delivery (delivery, body, event, one queue row),
in Cuelight's own schema, each made from the raw request with no translation. Nothing is parsed, deduplicated or checked.

    python -m benchmarks.references bare|rows --database FILE --port N
"""

import argparse
import asyncio
import hashlib
import hmac
import queue
import sqlite3
import threading
import time
import uuid
import zlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from benchmarks.payloads import SECRET
from cuelight.db.sqlite.connection import connect

Item = tuple[str, bytes, str, asyncio.Future[None]]
"""Our id, the body, the sender's id, who waits."""

BARE = "CREATE TABLE delivery (id TEXT PRIMARY KEY, guid TEXT UNIQUE, body BLOB)"


def write_bare(connection: sqlite3.Connection, batch: Sequence[Item]) -> None:
    rows = [(item, guid, zlib.compress(body, 1)) for item, body, guid, _ in batch]
    connection.executemany("INSERT INTO delivery VALUES (?, ?, ?)", rows)


def write_rows(connection: sqlite3.Connection, batch: Sequence[Item]) -> None:
    now = time.time_ns() // 1000
    data = '{"type":"push","repository":{"host":"github.com","id":"1","full_name":"acme/repo-00001"},"ref":"refs/heads/main"}'
    connection.executemany(
        "INSERT INTO deliveries (id, dedupe_key, integration, event, guid, hook, state, subject, received_at, headers,"
        " size, sha256) VALUES (?, ?, 'github', 'push', ?, '1', 'published', 'acme/repo-00001', ?, ?, ?, ?)",
        [
            (
                item,
                f"github:1:{guid}:push",
                guid,
                now,
                '{"x-github-event":"push"}' * 8,
                len(body),
                hashlib.sha256(body).digest(),
            )
            for item, body, guid, _ in batch
        ],
    )
    connection.executemany(
        "INSERT INTO bodies VALUES (?, ?)", [(item, zlib.compress(body, 1)) for item, body, *_ in batch]
    )
    connection.executemany(
        "INSERT INTO events (id, topic, key, data, body, time, cause, published_at) VALUES (?, 'github.push', ?, ?, ?, ?, ?, ?)",
        [(f"{item}.0", "github.com/1", data * 4, item, now, item, now) for item, *_ in batch],
    )
    connection.executemany(
        "INSERT INTO event_queue (subscription, event_id, due_at, attempts) VALUES ('repositories.github', ?, ?, 0)",
        [(f"{item}.0", now) for item, *_ in batch],
    )


class Writer(threading.Thread):
    """One connection, one thread: takes what is queued, commits it, tells who waits."""

    def __init__(self, database: str, write: Callable[[sqlite3.Connection, Sequence[Item]], None]) -> None:
        super().__init__(daemon=True)
        self.items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._connection = connect(Path(database), writing=True)  # the same durability, cache and checkpoints
        self._write = write

    def run(self) -> None:
        """Commit, for ever."""
        while True:
            batch = [self.items.get()]
            while len(batch) < 256 and not self.items.empty():
                batch.append(self.items.get())
            self._connection.execute("BEGIN IMMEDIATE")
            self._write(self._connection, batch)
            self._connection.execute("COMMIT")
            batch[0][3].get_loop().call_soon_threadsafe(_resolve, [item[3] for item in batch])


def _resolve(futures: Sequence[asyncio.Future[None]]) -> None:
    for future in futures:
        future.set_result(None)


def application(writer: Writer) -> Callable[..., Awaitable[None]]:
    """Reads a body, checks its signature, waits for its commit, answers 202."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        chunks = []
        while True:
            message = await receive()
            chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                break
        body = b"".join(chunks)
        headers = dict(scope["headers"])
        signature = b"sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode()
        status = 403
        if hmac.compare_digest(signature, headers.get(b"x-hub-signature-256", b"")):
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            writer.items.put((str(uuid.uuid4()), body, headers[b"x-github-delivery"].decode(), future))
            await future
            status = 202
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["bare", "rows"])
    parser.add_argument("--database", required=True, help="a file; for `rows` one with Cuelight's schema")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    if options.kind == "bare":
        connection = sqlite3.connect(options.database)
        connection.execute(BARE)
        connection.close()
    writer = Writer(options.database, write_bare if options.kind == "bare" else write_rows)
    writer.start()
    uvicorn.run(
        application(writer),
        host="127.0.0.1",
        port=options.port,
        http="httptools",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
    )


if __name__ == "__main__":
    main()
