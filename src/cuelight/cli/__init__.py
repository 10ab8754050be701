"""The command line: one file a verb, imported only when that verb is called.

What passes through: words become a call of a verb's function (cyclopts), whose data goes to standard output and whose
everything else goes to standard error; an error becomes one line and the exit status that its class names. Most verbs
talk to a running server over its public API (`client`), as any other program could.

Adding a verb is a file with an `App` or a function, and a line in `verbs.VERBS`.
"""

__all__ = ["main"]

INTERRUPTED = 130


def main(words: list[str] | tuple[str, ...] | None = None) -> int:
    """Do what *words* (by default the program's arguments) say; the exit status, as `cuelight --help` lists them."""
    try:
        # Imported here, as nothing is above: Ctrl-C is to be as quiet while the program is still being read.
        from cuelight.cli.entry import enter

        return enter(words)
    except KeyboardInterrupt:
        return INTERRUPTED
