"""The files that people write: a few paths, a few texts, so that random histories meet in the same places."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tests.convergence.forge import HOST
from tests.convergence.history import blob_id

DESCRIPTORS: Final = ("catalog-info.yaml", "services/a/catalog-info.yaml", "services/b/catalog-info.yaml")
"""What providers select: components, and Locations that name other files."""
TARGETS: Final = ("more/x.yaml", "more/y.yaml", "shared/z.yaml", "shared/w.yaml")
"""What Locations name, and no provider selects: the first two from their own repository, the others from any."""
OTHERS: Final = ("values.yaml", "docs/note.md")
"""A YAML file that may declare itself, and one that never does."""
PATHS: Final = (*DESCRIPTORS, *TARGETS, *OTHERS)
OWNERS: Final = 3
"""Texts that differ in nothing but their owner."""
NAMED: Final = ("acme/r1", "zeta/z0", "stranger/s0")
"""The names that Locations know other repositories by, whoever has them now."""
BROKEN: Final = "apiVersion: backstage.io/v1alpha1\nkind: [Component\nmetadata:\n  name: broken\n"
"""No YAML. What was read of its file before stays in the catalog until somebody mends it."""
STATIC: Final = f"https://{HOST}/stranger/s0/blob/main/shared/z.yaml"
"""What the configuration names."""

_WHOLE: Final = 6 * OWNERS
"""The texts of a descriptor that can be read."""
_DOCUMENTS: Final = re.compile(r"^---\n", re.MULTILINE)
FILLER: Final = "filler-"
_REF: Final = re.compile(r"kind: (\w+)\nmetadata:\n  name: (\S+)")


def component(name: str, owner: int = 0, *, needs: str | None = None) -> str:
    dependency = f"  dependsOn: [component:{needs}]\n" if needs else ""
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n"
        f"spec:\n  type: service\n  lifecycle: production\n  owner: team-{owner}\n{dependency}"
    )


def location(name: str, *targets: str) -> str:
    listed = "".join(f"    - {target}\n" for target in targets)
    return f"apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata:\n  name: {name}\nspec:\n  targets:\n{listed}"


def several(*documents: str) -> str:
    return "---\n".join(documents)


def text(repository: str, path: str, number: int) -> str:
    """The text *number* (of `texts(path)`) at *path* of the repository with this id."""
    if number == _WHOLE and path in DESCRIPTORS:
        return BROKEN
    own = f"own-{repository}-{PATHS.index(path)}"
    kind, owner = divmod(number, OWNERS)
    if path == OTHERS[1] or (path == OTHERS[0] and kind == 0):
        return f"values: {owner}\n"
    plain = (
        component(own, owner),
        component("common", owner),
        several(component(own, owner), component("twin", owner)),
    )
    if kind < len(plain):
        return plain[kind]
    one, another = NAMED[owner % len(NAMED)], NAMED[(owner + 1) % len(NAMED)]
    pages = (f"https://{HOST}/{one}/blob/main/shared/z.yaml", f"https://{HOST}/{another}/blob/HEAD/shared/w.yaml")
    linking = (
        location(f"near-{own}", f"./{_up(path)}more/x.yaml"),
        location(f"all-{own}", f"./{_up(path)}more/*.yaml"),
        several(component(own, owner, needs="common"), location(f"far-{own}", *pages)),
    )
    return linking[kind - len(plain)]


def mended(repository: str, files: Mapping[str, str]) -> dict[str, str]:
    """*files* of a repository without what cannot be read."""
    return {path: text(repository, path, 0) if found == BROKEN else found for path, found in files.items()}


def texts(path: str) -> int:
    """How many texts there are for *path*."""
    if path in DESCRIPTORS:
        return _WHOLE + 1
    return (3 if path in TARGETS else 2) * OWNERS


def refs(text: str) -> list[str]:
    """The refs of the entities that *text* declares."""
    return [f"{kind.lower()}:default/{name}" for kind, name in _REF.findall(text)]


def without(text: str, ref: str) -> str:
    """*text* with an entity that nobody else knows in the place of *ref*."""
    documents = [component(f"{FILLER}{blob_id(text)[:12]}") if ref in refs(each) else each for each in _split(text)]
    return several(*documents)


def _split(text: str) -> Sequence[str]:
    return _DOCUMENTS.split(text)


def _up(path: str) -> str:
    return "../" * path.count("/")
