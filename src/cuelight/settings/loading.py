"""From files and environment to `Settings`."""

import os
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final

import msgspec

from cuelight.options import Conversion, Finding, InvalidConfiguration, Section, plain
from cuelight.scm import Module, Sections
from cuelight.settings.checks import check
from cuelight.settings.documents import read_document
from cuelight.settings.nodes import Node, merge, origin_of, origins, raw
from cuelight.settings.overlays import from_environment, from_options, lay
from cuelight.settings.schema import schema
from cuelight.settings.settings import Settings

DEFAULT_FILE: Final = Path("app-config.yaml")
"""What is read where no file is named: this one in the working directory, if it is there."""


def load(
    modules: Sequence[Module] = (),
    *,
    files: Sequence[Path] = (),
    options: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the configuration: *files* in order, then the environment, then a command line's *options* by key path.

    Without files it is `app-config.yaml`; without that, every default. InvalidConfiguration has all that is wrong.
    """
    variables = os.environ if environ is None else environ
    paths = list(files) or [path for path in (DEFAULT_FILE,) if path.is_file()]
    trees = _Trees(paths, variables, options or {})
    merged = reduce(merge, trees.files, Node({}, "default"))
    flat = {module.name for module in modules if _flat(module, [merged, *trees.overlays])}
    kind = schema(modules, flat)
    for overlay in trees.overlays:
        merged = lay(overlay, merged, kind)
    return _settings(_Reading(merged, kind), modules, [str(path) for path in paths])


class _Trees:
    """What was written, unmerged; InvalidConfiguration with what is wrong in any of it."""

    def __init__(self, paths: Sequence[Path], environ: Mapping[str, str], options: Mapping[str, Any]) -> None:
        findings: list[Finding] = []
        self.files: list[Node] = []
        for path in paths:
            try:
                self.files.append(read_document(path, environ))
            except InvalidConfiguration as error:
                findings += error.findings
        if findings:
            raise InvalidConfiguration(findings)
        self.overlays = [from_environment(environ), from_options(options)]


class _Reading:
    """The merged tree, read as a *kind*."""

    def __init__(self, merged: Node, kind: type[Section]) -> None:
        conversion = Conversion()
        self.origins = dict(origins(merged))
        self.root = conversion.value(raw(merged), kind, "")
        self.passed_over = conversion.passed_over
        for path in conversion.respelled:
            self.origins[path] = origin_of(path, self.origins) or "default"
        self.fail_on(conversion.findings)

    def fail_on(self, findings: Sequence[Finding]) -> None:
        """Raise InvalidConfiguration with *findings*, each with its origin; nothing where there is none."""
        if findings:
            placed = [msgspec.structs.replace(each, origin=origin_of(each.path, self.origins)) for each in findings]
            raise InvalidConfiguration(sorted(placed, key=_place))


def _place(finding: Finding) -> tuple[str, int]:
    """File and line, to sort by."""
    name, _, line = (finding.origin or "").rpartition(":")
    return (name, int(line)) if line.isdecimal() else (finding.origin or "", 0)


def _settings(reading: _Reading, modules: Sequence[Module], files: Sequence[str]) -> Settings:
    root = reading.root
    reading.fail_on(list(check(root.backend, root.event_system)))
    return Settings(
        backend=root.backend,
        event_system=root.event_system,
        catalog=root.catalog,
        repair=root.repair,
        integrations={module.name: _sections(root, module) for module in modules},
        files=files,
        passed_over=reading.passed_over,
        origins=reading.origins,
        effective=_effective(root),
    )


def _sections(root: Any, module: Module) -> Sections:
    providers = getattr(root.catalog.providers, module.name)
    return Sections(
        hosts=getattr(root.integrations, module.host_kind),
        providers={"default": providers} if isinstance(providers, module.provider_section) else providers or {},
        events=getattr(root.events.modules, module.name),
    )


def _effective(root: Section) -> dict[str, Any]:
    """*root* as it would be written: an engine's options stand beside `client`."""
    values: dict[str, Any] = plain(root)
    events = values["eventSystem"]
    events |= events.pop("engines")
    return values


def _flat(module: Module, trees: Sequence[Node]) -> bool:
    """Whether `catalog.providers.<name>` is a single provider: it then has one of the module's flat keys, in any case."""
    flat = {key.casefold() for key in module.flat_keys}
    found = [_at(tree, ("catalog", "providers", module.name)) for tree in trees]
    return any(key.casefold() in flat for node in found if node for key in node)


def _at(tree: Node, path: Sequence[str]) -> Mapping[str, Node]:
    """The map at *path* of *tree*, whatever the case of its keys; empty where there is none."""
    for word in path:
        below = tree.value if isinstance(tree.value, Mapping) else {}
        tree = next((node for key, node in below.items() if key.casefold() == word.casefold()), Node({}, ""))
    return tree.value if isinstance(tree.value, Mapping) else {}
