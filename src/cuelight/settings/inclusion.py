"""`$env`, `$file` and `$include` in a configuration: what is written elsewhere, as Backstage has it.

A map with one of these as its only key stands for a variable's value, for a file's text without the blanks at its end, or
for what another file of YAML or JSON has, whole or at a path of keys (`other.yaml#section.key`). Paths are meant from
the folder of the file that names them. What cannot be had is `Unreadable`: an error only where somebody wants it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from cuelight.options import InvalidConfiguration, Unreadable
from cuelight.settings.files import UnfitFileError, content_of
from cuelight.settings.nodes import Node

# https://backstage.io/docs/conf/writing/#includes-and-dynamic-data
FORMS: Final = frozenset({"$env", "$file", "$include"})
_SUFFIXES: Final = frozenset({".json", ".yaml", ".yml"})


class Inclusion:
    """Finds what a file in *folder* names: variables of *environ*, and other files, of which *read* makes nodes."""

    def __init__(self, folder: Path, environ: Mapping[str, str], read: Callable[[Path], Node]) -> None:
        self._folder = folder
        self._environ = environ
        self._read = read

    def value(self, pairs: Mapping[str, Node]) -> Any:
        """What *pairs*, a map with one of `FORMS`, stands for: the value of a `Node`."""
        form = next(key for key in pairs if key in FORMS)
        said = pairs[form].value
        if len(pairs) > 1:
            return Unreadable(f"{form} stands beside other keys; make it the only one")
        if isinstance(said, Unreadable):
            return said
        if not isinstance(said, str):
            return Unreadable(f"{form} expects a text: the name of a {'variable' if form == '$env' else 'file'}")
        return {"$env": self._variable, "$file": self._text, "$include": self._part}[form](said)

    def _variable(self, name: str) -> str | Unreadable:
        value = self._environ.get(name)
        return Unreadable(f"the variable {name} is not set; set it") if value is None else value

    def _text(self, name: str) -> str | Unreadable:
        path = self._folder / name
        try:
            return content_of(path).decode().rstrip()
        except UnfitFileError as error:
            return Unreadable(f"{path} {error}; correct the path, which begins at the configuration's folder")
        except UnicodeDecodeError:
            return Unreadable(f"{path} is not UTF-8; name a file with text")

    def _part(self, said: str) -> Any:
        name, _, keys = said.partition("#")
        path = self._folder / name
        if path.suffix not in _SUFFIXES:
            return Unreadable(f"{path} is not included; name a file that ends with {', '.join(sorted(_SUFFIXES))}")
        try:
            node = self._read(path)
        except InvalidConfiguration as error:
            return Unreadable(f"$include of {error.message}")
        for key in keys.split(".") if keys else ():
            found = node.value.get(key) if isinstance(node.value, Mapping) else None
            if found is None:
                return Unreadable(f"{path} has no {keys}; correct what stands after the #")
            node = found
        return node.value
