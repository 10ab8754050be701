"""`cuelight config`: is the configuration right, and what is in force?"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cuelight.app import try_integrations
from cuelight.cli.in_force import tell_what_is_in_force, warn_of_refusals
from cuelight.cli.output import leaves, note, print_lines, print_list, print_one
from cuelight.cli.parameters import Configs, Form, Output
from cuelight.errors import ConfigurationError
from cuelight.integrations import modules
from cuelight.options import InvalidConfiguration
from cuelight.settings import Settings, load

app = App(name="config", help="Check the configuration, or show what is in force.")

_COLUMNS = {"KEY": "key", "VALUE": "value", "ORIGIN": "origin"}


@app.command
def check(*, config: Configs = ()) -> int:
    """Read the configuration and say everything that is wrong with it.

    Findings go to standard output, one a line: file, line, key, and what to do; the exit status is then 3. Keys that
    nothing acts on, and who may do what, are told on standard error.

    For example:

        cuelight config check
        cuelight config check --config app-config.yaml --config app-config.production.yaml
    """
    try:
        settings = _load(config)
        integrations = asyncio.run(try_integrations(settings))
    except InvalidConfiguration as error:
        print_lines([str(finding) for finding in error.findings])
        return error.exit_code
    except ConfigurationError as error:
        print_lines([error.message])
        return error.exit_code
    tell_what_is_in_force(settings)
    warn_of_refusals(integrations)
    note(f"{' and '.join(settings.files) or 'No file, every default'}: nothing is wrong.")
    return 0


@app.command
def show(
    *,
    config: Configs = (),
    origin: Annotated[bool, Parameter(negative="", help="Say of each value where it was written.")] = False,
    output: Output = Form.YAML,
) -> None:
    """Show the configuration that is in force: files, environment and defaults together. Secrets are masked.

    For example:

        cuelight config show
        cuelight config show --origin
        CUELIGHT__BACKEND__LISTEN__PORT=8080 cuelight config show -o json
    """
    settings = _load(config)
    if not origin:
        print_one(settings.effective, output)
        return
    rows = [{"key": key, "value": value, "origin": settings.origin(key)} for key, value in leaves(settings.effective)]
    print_list(rows, _COLUMNS, Form.TABLE if output is Form.YAML else output)


def _load(files: Sequence[Path]) -> Settings:
    return load(modules(), files=files)
