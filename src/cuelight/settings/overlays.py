"""What goes on top of the files: `CUELIGHT__BACKEND__LISTEN__PORT=8080` in the environment, options of a command.

The words of a variable are in capitals as a rule, and keys are not: they find their keys whatever the case, among
those that the files have and those that the sections know. A number stands for an element of a list that is there.
"""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import msgspec

from cuelight.options import Finding, InvalidConfiguration
from cuelight.settings.nodes import Node, merge

PREFIX: Final = "CUELIGHT__"


def from_environment(environ: Mapping[str, str]) -> Node:
    """The variables with our prefix as a tree; InvalidConfiguration where two of them contradict each other."""
    tree = Node({}, "the environment")
    findings = []
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        origin = f"environment variable {name}"
        words = name.removeprefix(PREFIX).split("__")
        if not all(words) or not _put(tree.value, words, Node(environ[name], origin)):
            findings.append(Finding(path="", message="names no key of its own; rename or unset it", origin=origin))
    if findings:
        raise InvalidConfiguration(findings)
    return tree


def from_options(options: Mapping[str, Any]) -> Node:
    """Options of a command line, by their key's path (`backend.listen.port`), as a tree."""
    tree = Node({}, "the command line")
    for path, value in options.items():
        _put(tree.value, path.split("."), Node(value, "the command line"))
    return tree


def lay(over: Node, under: Node, kind: Any) -> Node:
    """*over* laid on *under*, its words spelled as the keys that *under* has or a *kind* (a section's type) knows."""
    if not isinstance(over.value, Mapping):
        return over
    if isinstance(under.value, list):
        return _lay_on_list(over, under.value, kind)
    below = under.value if isinstance(under.value, Mapping) else {}
    spelled: dict[str, Node] = {}
    for word, node in over.value.items():
        key = _spelled(word, [*below, *_fields(kind)])
        spelled[key] = lay(node, below.get(key, Node({}, node.origin)), _kind_below(kind, key))
    return merge(under, Node(spelled, over.origin))


def _put(tree: dict[str, Node], words: Sequence[str], node: Node) -> bool:
    """Hang *node* at *words* below *tree*; False where something else hangs there."""
    *parents, last = words
    for word in parents:
        child = tree.setdefault(word, Node({}, node.origin)).value
        if not isinstance(child, dict):
            return False
        tree = child
    return tree.setdefault(last, node) is node


def _lay_on_list(over: Node, items: Sequence[Node], kind: Any) -> Node:
    changed = list(items)
    for word, node in over.value.items():
        if not word.isdecimal() or int(word) >= len(items):
            message = f"{word} is no element of the list, which has {len(items)}; count from 0"
            raise InvalidConfiguration([Finding(path="", message=message, origin=node.origin)])
        changed[int(word)] = lay(node, changed[int(word)], _kind_below(kind, word))
    return Node(changed, over.origin)


def _spelled(word: str, keys: Sequence[str]) -> str:
    """*word* as it is spelled among *keys*; a new key is in lower case, unless *word* is not all capitals."""
    if word in keys:
        return word
    alike = next((key for key in keys if key.casefold() == word.casefold()), None)
    return alike or (word.lower() if word.isupper() else word)


def _fields(kind: Any) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(kind)] if _is_struct(kind) else []


def _kind_below(kind: Any, key: str) -> Any:
    """The type of what stands at *key* of a *kind*; Any where that is not known."""
    if _is_struct(kind):
        types = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
        return _required(types.get(key, Any))
    arguments = get_args(kind)
    return _required(arguments[-1]) if arguments and arguments[-1] is not ... else Any


def _required(kind: Any) -> Any:
    members = [member for member in get_args(kind) if member is not NoneType]
    return members[0] if get_origin(kind) in {Union, UnionType} and len(members) == 1 else kind


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
