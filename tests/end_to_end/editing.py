"""A random history of a few repositories, at whose end nothing is contested and every file is readable."""

import random
from collections.abc import Mapping, Sequence

from tests.end_to_end.world import CodeHost, component, location

LETTERS = "abcd"
BROKEN = "kind: Component\nmetadata: {name: [\n"


class Home:
    """What a repository is to hold: a descriptor with a Component and a Location, and the services that it names."""

    def __init__(self, name: str, neighbour: str) -> None:
        self.name = name
        self._neighbour = neighbour
        self.present = True
        self.broken = False
        self.wanderer = False
        self.version = 0
        self.targets: set[str] = {"a"}
        self.services: dict[str, int] = {"a": 0}

    def files(self) -> dict[str, str]:
        """Every file, by its path."""
        made = {f"services/{letter}.yaml": self._service(letter) for letter in self.services}
        if self.wanderer:
            made["services/wanderer.yaml"] = component("wanderer", f"In {self.name}, {self.version}")
        if self.present:
            made["catalog-info.yaml"] = BROKEN if self.broken else self._descriptor()
        return made

    def _descriptor(self) -> str:
        near = [f"./services/{letter}.yaml" for letter in sorted(self.targets)]
        far = f"https://github.com/acme/{self._neighbour}/blob/main/shared.yaml"
        places = location(f"{self.name}-places", "./services/wanderer.yaml", *near, far)
        return f"{component(self.name, f'Version {self.version}')}\n---\n{places}\n"

    def _service(self, letter: str) -> str:
        version = self.services[letter]
        return component(f"{self.name}-{letter}", f"Version {version}", dependsOn=[f"component:{self.name}"])


class History:
    """Edits `names`, each file of them valid or not, and at last valid."""

    def __init__(self, host: CodeHost, names: Sequence[str], chance: random.Random) -> None:
        self._host = host
        self._chance = chance
        self.homes = [Home(name, names[number - 1]) for number, name in enumerate(names)]
        self._held: dict[str, Mapping[str, str]] = {name: {} for name in names}
        self.repositories: list[Mapping[str, object]] = []
        self.told: set[str] = set()
        """The ids of the webhooks that were to tell of it."""

    async def begin(self) -> None:
        """Create the repositories; nobody is told."""
        for home in self.homes:
            self.repositories.append(await self._host.create(home.name))
            await self._write(home, webhook=False)

    async def edit(self) -> None:
        """Change something in one of them and push it; now and then the webhook is lost."""
        home = self._chance.choice(self.homes)
        changes = (self._renew, self._renew, self._serve, self._aim, self._break, self._hide, self._wander)
        self._chance.choice(changes)(home)
        await self._write(home, webhook=self._chance.random() < 0.9)

    async def end(self) -> None:
        """Make everything valid: each descriptor there, and the wanderer in one place."""
        for home in self.homes:
            home.present, home.broken, home.wanderer = True, False, home is self.homes[0]
            self._renew(home)
            await self._write(home, webhook=True)

    def _renew(self, home: Home) -> None:
        home.version += 1

    def _serve(self, home: Home) -> None:
        letter = self._chance.choice(LETTERS)
        if letter in home.services and self._chance.random() < 0.5:
            del home.services[letter]
        else:
            home.services[letter] = home.services.get(letter, 0) + 1

    def _aim(self, home: Home) -> None:
        home.targets = {letter for letter in LETTERS if self._chance.random() < 0.6}

    def _break(self, home: Home) -> None:
        home.broken = not home.broken

    def _hide(self, home: Home) -> None:
        home.present = not home.present

    def _wander(self, home: Home) -> None:
        home.wanderer = not home.wanderer

    async def _write(self, home: Home, *, webhook: bool) -> None:
        held, wanted = self._held[home.name], {**home.files(), "shared.yaml": component(f"{home.name}-shared", "Lent")}
        changed: dict[str, str | None] = {path: text for path, text in wanted.items() if held.get(path) != text}
        changed |= dict.fromkeys(held.keys() - wanted.keys())
        if not changed:
            return
        pushed = await self._host.commit(home.name, changed, webhook=webhook)
        self.told.update(pushed["deliveries"])
        self._held[home.name] = wanted
