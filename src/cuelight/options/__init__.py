"""Words for configuration: how a section is declared, and how raw values become one.

A room declares its part of the configuration in its `config.py` as a `Section` whose fields are plain types
and the words `Secret`, `SecretUrl`, `Duration` and `ByteSize`. Raw values (what YAML, JSON or an environment
variable holds) pass through `convert`, which finds everything that is wrong with them, not only the first thing.
Where raw values come from is not known here: `cuelight.settings` reads them.
"""

from cuelight.options.conversion import Conversion, convert
from cuelight.options.findings import Finding, InvalidConfiguration, Unreadable, unreadable_in
from cuelight.options.plain import plain
from cuelight.options.section import Section
from cuelight.options.words import MASK, ByteSize, Duration, Secret, SecretUrl, Word

__all__ = [
    "MASK",
    "ByteSize",
    "Conversion",
    "Duration",
    "Finding",
    "InvalidConfiguration",
    "Secret",
    "SecretUrl",
    "Section",
    "Unreadable",
    "Word",
    "convert",
    "plain",
    "unreadable_in",
]
