"""An upgrade that dies: `python -m tests.integration.db.dying URL NUMBER` kills itself before that operation of it."""

import os
import signal
import sys
from typing import Any

from alembic.operations import Operations
from asyncpg.transaction import Transaction

from cuelight.db import Migrator


def main(url: str, number: int) -> None:
    """Upgrade the database at *url*, to the operation *number*; 0 is before the commit."""
    done = 0
    invoke = Operations.invoke

    def counting(self: Operations, operation: Any) -> Any:
        nonlocal done
        done += 1
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return invoke(self, operation)

    Operations.invoke = counting  # type: ignore[assignment,method-assign]
    migrator = Migrator(url)
    if number == 0:
        _die_at_commit()
        _die_at_commit_on_a_server()
    migrator.upgrade()


def _die_at_commit() -> None:
    from sqlalchemy import Connection

    execute = Connection.exec_driver_sql

    def dying(self: Connection, statement: str, *rest: Any, **options: Any) -> Any:
        if statement == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(self, statement, *rest, **options)

    Connection.exec_driver_sql = dying  # type: ignore[method-assign]


def _die_at_commit_on_a_server() -> None:
    async def dying(_self: Transaction) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    Transaction._Transaction__commit = dying  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
