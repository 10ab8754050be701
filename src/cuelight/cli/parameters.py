"""Options that several verbs share: which server, in which form."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

DEFAULT_SERVER = "http://127.0.0.1:7007"


class Form(StrEnum):
    """How data is written to standard output."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Remote:
    """The server that a verb talks to."""

    server: Annotated[str, Parameter(env_var="CUELIGHT_SERVER")] = DEFAULT_SERVER
    """Where Cuelight answers."""
    token: Annotated[str | None, Parameter(env_var="CUELIGHT_TOKEN")] = None
    """What it knows you by, where it asks: one of backend.auth.externalAccess."""


LOCAL = Remote()
"""The server on this machine, with no token."""

Output = Annotated[Form, Parameter(name=["--output", "-o"], help="How the data is written.")]
Configs = Annotated[
    tuple[Path, ...],
    Parameter(
        negative="",
        show_default=False,
        help="A configuration file; repeat it, later ones win [default: app-config.yaml].",
    ),
]
