"""What a payload of GitHub's is about: the repository that it names, and the key that its event gets. Pure."""

from urllib.parse import urlsplit

from cuelight.integrations.github.payloads import Payload, RepositoryPayload
from cuelight.scm import Repository


def repository(payload: RepositoryPayload, host: str | None = None) -> Repository | None:
    """The repository of *payload*, on *host* or else on the host of its page; None where it is not named.

    Old senders say `private` and not `visibility`; to them a private repository is just that.
    """
    at = host or _host(payload.html_url)
    if payload.id is None or not payload.full_name or not payload.html_url or at is None:
        return None
    visibility = payload.visibility
    if visibility is None and payload.private is not None:
        visibility = "private" if payload.private else "public"
    return Repository(
        host=at,
        id=str(payload.id),
        full_name=payload.full_name,
        web_url=payload.html_url,
        default_branch=payload.default_branch,
        archived=payload.archived,
        fork=payload.fork,
        visibility=visibility,
        topics=payload.topics or (),
    )


def named(payload: Payload) -> Repository | None:
    """The repository that *payload* names; None where it names none."""
    return repository(payload.repository) if payload.repository else None


def key(about: Repository) -> str:
    """The key of events about this repository."""
    return f"{about.host}/{about.id}"


def key_of(payload: Payload) -> str:
    """What *payload* is about: its repository, or else its organization or installation, or else GitHub."""
    about = named(payload)
    if about:
        return key(about)
    if payload.organization and payload.organization.id is not None:
        return f"org/{payload.organization.id}"
    if payload.installation and payload.installation.id is not None:
        return f"installation/{payload.installation.id}"
    return "github"


def origin(page: str | None) -> str | None:
    """Scheme and host, with its port if any, of the web address *page*; None where it is none."""
    try:
        parts = urlsplit(page or "")
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host}" if host and parts.scheme in {"http", "https"} else None


def _host(page: str | None) -> str | None:
    at = origin(page)
    return at.partition("://")[2] if at else None
