"""What a complete list says, and what it only seems to say: that private repositories vanished all at once. Pure.

That says more about the credentials than about the repositories.
"""

from cuelight.scm import Repository, Scope


class Listed:
    """What was heard of the list of *scope*: `ids` are those of its repositories."""

    def __init__(self, scope: Scope) -> None:
        self.ids: set[str] = set()
        self._scope = scope
        self._nonpublic: set[str] = set()
        self._tells = False

    def hear(self, repository: Repository) -> bool:
        """Take *repository* from the list; False where it was there before: a page moved, or two installations have it."""
        if repository.id in self.ids:
            return False
        self.ids.add(repository.id)
        self._tells |= repository.visibility is not None
        if repository.visibility not in {None, "public"}:
            self._nonpublic.add(self._circle(repository.full_name))
        return True

    def hides(self, full_name: str, visibility: str | None) -> bool:
        """Whether a repository that the list lacks may be one of the private ones that vanished all at once.

        *full_name* and *visibility* are what it was when it was last seen. Where nobody noted who may see it, and the list
        tells that of others, it may be private.
        """
        public = "public" if self._tells else None
        return visibility not in {public, "public"} and self._circle(full_name) not in self._nonpublic

    def _circle(self, full_name: str) -> str:
        """Whose private repositories are hidden together: those of one installation of an app, or all of the list."""
        return full_name.partition("/")[0].lower() if self._scope.app is not None else ""
