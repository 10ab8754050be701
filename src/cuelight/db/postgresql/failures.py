"""The driver's errors: which say that the server is away, which that the same work may succeed when it is run again."""

from typing import Final

import asyncpg

from cuelight.errors import InputError, ServiceUnavailableError


class Torn(Exception):
    """The connection broke, and nothing was committed on it: the work may be done anew on another."""


BROKEN: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # what it was told at its end left the driver in the midst of something
    ConnectionError,
)
"""What ends a connection."""

AWAY: Final = (
    *BROKEN,
    Torn,
    asyncpg.OperatorInterventionError,  # an administrator ended the statement
    asyncpg.InsufficientResourcesError,  # disk, memory, connections
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,  # it became a standby
    OSError,
    TimeoutError,
)
"""What says something of the server or the way to it, and nothing of the statement."""

AGAIN: Final = (Torn, asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""What may succeed when it is run again: two transactions were in each other's way and this one gave in, or it is torn."""

AGAIN_TOGETHER: Final = (*AGAIN, asyncpg.UniqueViolationError)
"""The same beside others: what the work looked for and did not find, another one has written by now."""

TOO_LONG: Final = asyncpg.ProgramLimitExceededError
"""A value is longer than an index takes (2,704 bytes, compressed)."""

KNOWN: Final = (*AWAY, TOO_LONG)
"""The driver's errors for which we have words."""


def broke(error: BaseException) -> bool:
    """Whether *error* says that its connection is at its end. One that is busy, with nobody else using it, is that too."""
    misused = isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError)
    return misused or isinstance(error, BROKEN)


def meant(error: BaseException) -> BaseException:
    """*error* in our words where it is the driver's and we have some; others as they are."""
    told = error.__cause__ if isinstance(error, Torn) and error.__cause__ else error
    if isinstance(error, AWAY):
        return ServiceUnavailableError(f"the database is away: {reason(told)}", retry_after=5)
    if isinstance(error, AGAIN):
        return ServiceUnavailableError(f"the database is too busy: {reason(told)}", retry_after=1)
    if isinstance(error, TOO_LONG):
        return InputError(f"a value is too long to be kept in an index: {reason(told)}")
    return error


def reason(error: BaseException) -> str:
    """The first line of what *error* says, or its name where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
