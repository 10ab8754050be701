"""From JSON values to YAML that reads the same under YAML 1.1 and 1.2."""

from typing import Any

import yaml

from cuelight.model.scalars import resolve


class _Dumper(yaml.CSafeDumper):
    """Writes every value out where it is, and text of several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- PyYAML names it
        """True: nothing is written as an alias."""
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    if not isinstance(resolve(value), str):
        style = '"'  # plain, YAML 1.2 would take it for something else
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def yaml_text(value: Any) -> str:
    """*value*, of JSON's types, as one YAML document; keys keep their order."""
    written = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    return str(written)
