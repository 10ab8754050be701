"""The exception tree: what can go wrong, split by who must act.

    CuelightError
    ├── InputError               400  the caller must change the request
    ├── AuthenticationError      401  the caller must say who it is
    ├── NotAllowedError          403  the caller may not
    │   └── InvalidSignature     403  a delivery that no configured secret signed
    ├── NotFoundError            404  there is no such thing
    ├── ConflictError            409  somebody else holds it, or was first
    ├── TooLargeError            413  past a limit
    ├── ServiceUnavailableError  503  try again later
    ├── TimedOut                 504  it took longer than it was given
    ├── ConfigurationError            the operator must change the configuration or the database
    └── HostError                     a code host
        ├── HostUnavailable           5xx, 429, a time-out, no connection: nothing is known; ask later
        └── HostDenied                the credentials do not reach it: nothing is known until an operator acts

Names and status codes are Backstage's where it has the same error, because they go on the wire as
`error.name`. Every message says what happened, to what, and what to do; a class without a message of
its own says its docstring.
"""

import inspect
from typing import ClassVar


class CuelightError(Exception):
    """Something went wrong in Cuelight."""

    status: ClassVar[int] = 500
    """The HTTP status that answers it."""
    exit_code: ClassVar[int] = 1
    """The exit status of a command that it ends."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or inspect.getdoc(type(self)) or type(self).__name__
        super().__init__(self.message)


class InputError(CuelightError):
    """The request is malformed; correct it and send it again."""

    status = 400
    exit_code = 2


class AuthenticationError(CuelightError):
    """No valid credentials were given; send a token."""

    status = 401
    exit_code = 4


class NotAllowedError(CuelightError):
    """These credentials do not allow it."""

    status = 403
    exit_code = 4


class InvalidSignature(NotAllowedError):
    """No configured secret signed this delivery."""


class NotFoundError(CuelightError):
    """There is no such thing."""

    status = 404
    exit_code = 5


class ConflictError(CuelightError):
    """Somebody else holds it already."""

    status = 409
    exit_code = 6


class TooLargeError(CuelightError):
    """It is larger than its limit allows."""

    status = 413
    exit_code = 2


class ServiceUnavailableError(CuelightError):
    """Something that this needs is away; try again later."""

    status = 503
    exit_code = 7

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds to wait before the next try, where known."""


class TimedOut(CuelightError):
    """It took longer than it was given; try again, or give it longer."""

    status = 504
    exit_code = 8


class ConfigurationError(CuelightError):
    """The configuration is wrong."""

    exit_code = 3


class HostError(CuelightError):
    """A code host did not answer as hoped."""

    status = 502
    exit_code = 7


class HostUnavailable(HostError):
    """The code host could not answer; nothing is known, so nothing changes. It is asked again."""

    def __init__(self, message: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the host asks us to wait, where it said so."""


class HostDenied(HostError):
    """The code host refused these credentials; nothing is known, so nothing changes. Check the token."""

    exit_code = 4

    def __init__(self, message: str | None = None, *, unauthorized: bool = False) -> None:
        super().__init__(message)
        self.unauthorized = unauthorized
        """Whether the credentials themselves are refused (401), and not only what they ask for."""
