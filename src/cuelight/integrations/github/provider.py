"""One owner on GitHub or one app's installations, and what of it belongs in the catalog."""

import hashlib

import msgspec

from cuelight.integrations.github.config import FiltersSection, ProviderSection
from cuelight.options import plain
from cuelight.scm import Globs, Repository, Scope, Selection


class GitHubProvider:
    """`catalog.providers.github.<identifier>`; implements `cuelight.scm.Provider`."""

    def __init__(self, identifier: str, section: ProviderSection) -> None:
        self.name = f"github-provider:{identifier}"
        self.host = section.host.lower()
        self.scope = Scope(owner=section.organization, app=None if section.app is None else str(section.app))
        self.selection = _selection(section)
        self._filters = section.filters
        self._pattern = section.filters.name_pattern

    def excluded(self, repository: Repository) -> str | None:
        """Why *repository* is not taken, as a sentence; None where it is. What is not known of it excludes nothing."""
        name = repository.full_name.partition("/")[2]
        foreign = self._foreign(repository)
        if foreign:
            return foreign
        if self._pattern and not self._pattern.search(name):
            return f"its name {name} does not match filters.repository ({self._filters.repository})"
        if repository.archived and not self._filters.allow_archived:
            return "it is archived, and filters.allowArchived is false"
        if repository.fork and not self._filters.allow_forks:
            return "it is a fork, and filters.allowForks is false"
        return _by_visibility(self._filters, repository) or _by_topic(self._filters, repository)

    def _foreign(self, repository: Repository) -> str | None:
        """Why *repository* is not of our scope; an app may be installed on any owner, and the name does not tell."""
        owner = repository.full_name.partition("/")[0].lower()
        if repository.host == self.host and owner == (self.scope.owner or owner).lower():
            return None
        ours = f"{self.scope.owner} on {self.host}" if self.scope.owner else self.host
        return f"{repository.full_name} on {repository.host} does not belong to {ours}"


def _by_visibility(filters: FiltersSection, repository: Repository) -> str | None:
    wanted = {one.lower() for one in filters.visibility}
    if not wanted or repository.visibility is None or repository.visibility.lower() in wanted:
        return None
    return f"it is {repository.visibility}, and filters.visibility is {', '.join(sorted(wanted))}"


def _by_topic(filters: FiltersSection, repository: Repository) -> str | None:
    topics, wanted = set(repository.topics), set(filters.topic.include)
    refused = topics & set(filters.topic.exclude)
    if refused:
        return f"it has topic {min(refused)}, which filters.topic.exclude names"
    if wanted and not topics & wanted:
        return f"it has none of the topics that filters.topic.include names ({', '.join(sorted(wanted))})"
    return None


def _selection(section: ProviderSection) -> Selection:
    """What is taken, and a digest that changes with it."""
    taken = [plain(section.paths), plain(section.filters), section.descriptors]
    chosen = msgspec.json.encode(taken, order="deterministic")
    return Selection(
        paths=Globs(section.paths),
        branch=section.filters.branch,
        digest=hashlib.sha256(chosen).hexdigest()[:16],
        declared=section.descriptors == "apiVersion",
    )
