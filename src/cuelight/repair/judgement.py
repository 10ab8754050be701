"""What a host's answer means for a row: nothing new, a confirmation, or that the repository is to be looked at. Pure."""

from enum import Enum

from cuelight.errors import HostError
from cuelight.repair.watch import Watched
from cuelight.repositories.stakes import uninstalled
from cuelight.scm import Provider, Repository, Seen, Unseen

_LEFT_OUT = frozenset({"excluded", "gone"})


class Judgement(Enum):
    """What follows from an answer."""

    CONFIRMED = "the head is the host's, and what was applied is what it holds"
    QUIET = "there is nothing to confirm, and nothing new"
    DIFFERS = "it is to be looked at"
    UNKNOWN = "the host said nothing of it"


def judge(row: Watched, provider: Provider | None, answer: Seen | Unseen | HostError) -> Judgement:
    """What *answer* means for *row*, which *provider* tracks (None: locations name it)."""
    if isinstance(answer, HostError):
        return Judgement.UNKNOWN
    if isinstance(answer, Unseen):
        return Judgement.QUIET if _said(row, answer) else Judgement.DIFFERS
    if provider is not None and _is_left_out(row, provider, answer.repository):
        return Judgement.QUIET if row.tracked.status in _LEFT_OUT else Judgement.DIFFERS
    if answer.commit is None:
        return Judgement.QUIET if row.tracked.head is None and row.reason else Judgement.DIFFERS
    return Judgement.CONFIRMED if _same(row, provider, answer) else Judgement.DIFFERS


def _is_left_out(row: Watched, provider: Provider, repository: Repository) -> bool:
    """Whether the filters leave *repository* out, or the list of the provider's app lacks it."""
    lacking = row.unlisted and uninstalled(provider, repository) is not None
    return lacking or provider.excluded(repository) is not None


def _said(row: Watched, answer: Unseen) -> bool:
    """Whether the row says already that the repository is not to be seen: that is no news at every sweep."""
    return row.tracked.status in _LEFT_OUT or answer.reason in (row.reason or "")


def _same(row: Watched, provider: Provider | None, answer: Seen) -> bool:
    """Whether everything that the row says is what the host says, under the selection in force."""
    tracked, repository = row.tracked, answer.repository
    digest = provider.selection.digest if provider else "locations"
    named = (tracked.full_name, tracked.web_url, tracked.default_branch, tracked.host_id)
    held = (tracked.head, tracked.branch, tracked.digest, *named)
    said = (
        answer.commit and answer.commit.sha,
        answer.branch,
        digest,
        repository.full_name,
        repository.web_url,
        repository.default_branch,
        repository.id,
    )
    known = repository.visibility in {None, tracked.visibility}
    return held == said and known and row.reason is None and (row.proven or answer.straight is True)
