"""What GitHub tells of an app's access: its events `installation` and `installation_repositories`. Pure.

One such delivery lists many repositories, and becomes one event for each. Their pages are not told; they are below the host
of the account that the app is installed for.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from cuelight.integrations.github.happenings import idle
from cuelight.integrations.github.payloads import GrantsPayload, InstallationPayload, RepositoryPayload, read
from cuelight.integrations.github.subjects import key, key_of, origin, repository
from cuelight.scm import Action, RepositoryChange, Translated

LIMIT = 1000
"""Repositories of one delivery that become events; the next scan sees the others."""

_ACTIONS: Final[dict[str, Action]] = {
    "created": "granted",
    "unsuspend": "granted",
    "new_permissions_accepted": "granted",
    "deleted": "revoked",
    "suspend": "revoked",
}


def granted(event: str, document: bytes) -> tuple[Translated, ...]:
    """What *event* says of each repository that it lists, of at most `LIMIT`, and then why of no more, if it lists more.

    ValueError where *document* is not JSON of an object.
    """
    payload = read(document, GrantsPayload)
    topic = f"github.{event}"
    if event == "installation" and payload.action not in _ACTIONS:
        return (Translated(topic=topic, key=key_of(payload), reason=idle(event, payload.action)),)
    listed = list(_listed(event, payload))
    changes = list(_changes(listed[:LIMIT], payload.installation))
    told = [Translated(topic=topic, key=key(change.repository), change=change) for change in changes]
    if not listed or len(changes) < len(listed):
        told.append(Translated(topic=topic, key=key_of(payload), reason=_reason(event, len(changes), len(listed))))
    return tuple(told)


def _listed(event: str, payload: GrantsPayload) -> Iterator[tuple[Action, RepositoryPayload]]:
    # https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation_repositories
    if event == "installation":
        action = _ACTIONS[payload.action or ""]
        yield from ((action, one) for one in payload.repositories or ())
        return
    yield from (("granted", one) for one in payload.repositories_added or ())
    yield from (("revoked", one) for one in payload.repositories_removed or ())


def _changes(
    listed: list[tuple[Action, RepositoryPayload]], installation: InstallationPayload | None
) -> Iterator[RepositoryChange]:
    at = _origin(installation)
    for action, one in listed:
        about = repository(msgspec.structs.replace(one, html_url=f"{at}/{one.full_name}")) if at else None
        if about:
            yield RepositoryChange(repository=about, action=action)


def _origin(installation: InstallationPayload | None) -> str | None:
    """Where the pages of *installation*'s repositories are: on the host of its account's page, or of its own."""
    if installation is None:
        return None
    account = origin(installation.account.html_url) if installation.account else None
    return account or origin(installation.html_url)


def _reason(event: str, few: int, many: int) -> str:
    if not many:
        return f"the {event} event lists no repository; the next scan sees what the app may read"
    return (
        f"{few} of {many} listed repositories are looked at now "
        f"(at most {LIMIT}, and only those with id and full_name, on a host that is named); the next scan sees the others"
    )
