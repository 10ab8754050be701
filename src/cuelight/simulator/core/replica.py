"""A repository as a replica shows it that lags behind: its refs are those of a while ago."""

from cuelight.simulator.core.repository import Repository


class Replica(Repository):
    """Reads of *origin* as its refs were at an instant; whatever is asked for by a commit's id is there at once."""

    def __init__(self, origin: Repository, at: int) -> None:
        self.__dict__.update(origin.__dict__)
        self._then = {pushed.ref: pushed.before for pushed in reversed(tuple(origin.moves)) if pushed.at > at}

    def at(self, ref: str) -> str | None:
        """Return what the full *ref* pointed at."""
        return self._then[ref] if ref in self._then else super().at(ref)

    def _under(self, prefix: str) -> dict[str, str]:
        then = {ref.removeprefix(prefix): sha for ref, sha in self._then.items() if ref.startswith(prefix)}
        return {name: sha for name, sha in (super()._under(prefix) | then).items() if sha is not None}
