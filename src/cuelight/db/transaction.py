"""What a piece of work sees of the database: the same few words on every dialect.

A transaction is a function `async def work(tx)` that awaits nothing but *tx*. On SQLite the writer's thread drives it
to its end without suspending, so anything else that it awaits raises `ForeignAwaitError`; on PostgreSQL it is awaited.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from cuelight.db.statements import Statement
from cuelight.errors import CuelightError

T = TypeVar("T")

Parameters = Mapping[str, Any]
"""Names to values: str, int, bytes or None."""


class ForeignAwaitError(CuelightError):
    """A transaction awaited something other than its `tx`; do that before or after it."""


class Row(Protocol):
    """One row of an answer: by column name, or by position."""

    def __getitem__(self, key: Any, /) -> Any:
        """The value of a column."""
        ...


class Reading(Protocol):
    """A consistent snapshot."""

    async def fetch(self, statement: Statement, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run *statement* and return its rows."""
        ...

    async def fetch_one(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Run *statement* and return its first row, or None."""
        ...

    def now(self) -> int:
        """The database's time when the transaction began, in microseconds: the same for everything in it."""
        ...


class Transaction(Reading, Protocol):
    """A snapshot that can be changed: all of it, or nothing."""

    async def execute(self, statement: Statement, parameters: Parameters | None = None) -> int:
        """Run *statement* and return how many rows it touched."""
        ...

    async def execute_many(self, statement: Statement, rows: Iterable[Parameters]) -> None:
        """Run *statement* once for each of *rows*."""
        ...

    def notify(self, channel: str) -> None:
        """Wake who listens on *channel*, if and when this commits."""
        ...


Work = Callable[[Transaction], Awaitable[T]]
Look = Callable[[Reading], Awaitable[T]]


def drive(work: Awaitable[T]) -> T:
    """Run *work* to its end without an event loop; ForeignAwaitError where it suspends."""
    iterator = work.__await__()
    try:
        next(iterator)
    except StopIteration as stop:
        result: T = stop.value
        return result
    iterator.close()
    raise ForeignAwaitError
