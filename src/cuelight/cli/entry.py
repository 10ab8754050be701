"""From the words of a command line to an exit status."""

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cyclopts import App
from cyclopts.exceptions import CycloptsError, UnusedCliTokensError

from cuelight import __version__
from cuelight.cli.verbs import VERBS
from cuelight.errors import CuelightError
from cuelight.options import InvalidConfiguration

USAGE: Final = 2
UNREACHABLE: Final = 7
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

_EPILOGUE: Final = (
    "Exit status: 0 well, 1 findings, 2 usage, 3 configuration, 4 not allowed, 5 not found, 6 conflict, "
    "7 a dependency is unreachable, 8 timed out, 130 interrupted."
)


def enter(words: Sequence[str] | None = None) -> int:
    """Do what *words* (by default the program's arguments) say, unless interrupted; the exit status."""
    given = sys.argv[1:] if words is None else list(words)
    _open_streams()
    try:
        result = make_app(given)(given)
        sys.stdout.flush()
    except CycloptsError as error:
        return _complain(f"{_worded(error)} See {_helpful(error)}.", USAGE)
    except InvalidConfiguration as error:
        return _complain(f"the configuration is wrong:\n{error.message}", error.exit_code)
    except CuelightError as error:
        return _complain(error.message, error.exit_code)
    except SystemExit as leaving:  # as what prints help does where nobody reads it
        if not isinstance(leaving.__context__, BrokenPipeError):
            raise
        return _hang_up(leaving.__context__)
    except OSError as error:
        if not isinstance(error, BrokenPipeError) and error.errno not in _FULL:
            raise
        return _hang_up(error)
    return result if isinstance(result, int) else 0


def make_app(words: Sequence[str] = ()) -> App:
    """The application with every verb; nothing of them is imported yet.

    Each has its line as help, except for the one that *words* call: it has its docstring, with the examples.
    """
    called = words[0] if words else None
    app = App(
        name="cuelight",
        help="A live software catalog: a push to a code host is a changed entity a moment later.",
        help_epilogue=_EPILOGUE,
        help_format="plaintext",
        version=__version__,
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    for verb in VERBS:
        app.command(verb.place, name=verb.name, help=None if verb.name == called else verb.summary)
    return app


def _open_streams() -> None:
    """Have somewhere to write to where whoever started us has closed that (`>&-`)."""
    # https://docs.python.org/3/library/sys.html#sys.__stdout__
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 -- it stays open as long as the program runs


def _complain(message: str, status: int) -> int:
    print(f"cuelight: {message}", file=sys.stderr)
    return status


def _worded(error: CycloptsError) -> str:
    """*error* in one line."""
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        several = "s" if len(error.unused_tokens) > 1 else ""
        return f"unexpected argument{several}: {' '.join(error.unused_tokens)}."
    return " ".join(str(error).split())


def _helpful(error: CycloptsError) -> str:
    """The command whose help tells more about *error*."""
    return " ".join(["cuelight", *(error.command_chain or ()), "--help"])


def _hang_up(error: OSError) -> int:
    """Leave where nothing more can be written: quietly when nobody reads, as with `cuelight entities list | head`."""
    # https://docs.python.org/3/library/signal.html#note-on-sigpipe
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 0
    return _complain(f"nothing more can be written: {error.strerror}; make room and try again", UNREACHABLE)
