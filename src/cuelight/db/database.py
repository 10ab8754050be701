"""The one interface of the database, whichever dialect is behind it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from cuelight.db.statements import Statement
from cuelight.db.transaction import Look, Parameters, Row, Transaction, Work
from cuelight.db.wakeups import Listener

T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result")
Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Lane(Protocol, Generic[Item_contra, Result_co]):
    """Where items queue for a transaction that they share (group commit)."""

    def submit(self, item: Item_contra, size: int) -> Awaitable[Result_co]:
        """Queue *item* of *size* bytes; the awaitable is done once its transaction is committed, or failed."""
        ...


class Database(Protocol):
    """An open database."""

    @property
    def exclusive(self) -> bool:
        """Whether this process alone holds it: then claims that it finds at its start are nobody's."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why nothing can be written any more, as a sentence; None while all is well."""
        ...

    async def transact(self, work: Work[T], *, together: bool = False) -> T:
        """Run *work* in a transaction; its result, once committed. Any error in it rolls it back and is raised here.

        One at a time, whichever process they are of, so that *work* may look and then write. With *together* it may run
        beside others: only for work that its own row locks, SKIP LOCKED or unique keys keep right.
        """
        ...

    async def read(self, look: Look[T]) -> T:
        """Run *look* on a snapshot, beside the event loop; it never waits for a writer."""
        ...

    async def get(self, statement: Statement, parameters: Parameters | None = None) -> Row | None:
        """Read one row by its key, at once. Only for statements that an index answers in microseconds."""
        ...

    def lane(
        self,
        work: Callable[[Transaction, Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        max_items: int,
        max_bytes: int,
    ) -> Lane[Item, Result]:
        """A lane that goes first: what waits in it is committed by one transaction, capped by items and bytes.

        *work* gets the items in order and returns one result for each. If it fails for several, each is tried alone.
        """
        ...

    def listen(self, *channels: str) -> Listener:
        """Be woken by commits that notify one of *channels*."""
        ...

    def now(self) -> int:
        """The database's time, in microseconds."""
        ...

    async def close(self) -> None:
        """Finish what was begun, then let go of the database."""
        ...
