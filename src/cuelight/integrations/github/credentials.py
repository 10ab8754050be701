"""Which credentials a request is sent with: those of the app installation on the owner, or else the token."""

from collections.abc import AsyncIterator

from cuelight.errors import ConfigurationError
from cuelight.fetch import Fetch
from cuelight.integrations.github.access import Access, Fixed
from cuelight.integrations.github.apps import App, Installation
from cuelight.integrations.github.config import HostSection


class Credentials:
    """The token and the apps of one host of `integrations.github`; ConfigurationError where an app's key is none."""

    def __init__(self, section: HostSection, fetch: Fetch) -> None:
        self._host = section.name
        self._apps = {str(app.app_id): App(app, fetch, section.api_url) for app in section.logins}
        token = Fixed(section.token.reveal()) if section.token else None
        self._token = Access(fetch, section.api_url, token, lacking=None if token else self._lacking())

    async def of(self, owner: str) -> Access:
        """The way to what belongs to *owner*; HostDenied where an installation there is suspended."""
        for app in self._apps.values():
            installation = await app.installation_of(owner)
            if installation is not None:
                return app.access(installation)
        return self._token

    async def installation(self, owner: str) -> Access | None:
        """The way of an app that is installed on *owner*; None where none is."""
        access = await self.of(owner)
        return None if access is self._token else access

    async def of_app(self, app_id: str) -> AsyncIterator[Access]:
        """The way of each installation of an app, in no order; HostDenied at the end where one is suspended."""
        app = self.app(app_id)
        for installation in sorted(await app.installations(), key=_is_suspended):
            yield app.access(installation)

    def app(self, app_id: str) -> App:
        """The app with this id; ConfigurationError where there is none."""
        app = self._apps.get(app_id)
        if app is None:
            raise ConfigurationError(
                f"integrations.github has no app {app_id} with a privateKey for {self._host}; add it there, under apps"
            )
        return app

    def _lacking(self) -> str | None:
        """What is missing for an owner that none of the apps is installed on."""
        if not self._apps:
            return None
        return (
            f"no app under integrations.github for {self._host} is installed on its owner, and there is no token; "
            "install the app there, or add a token"
        )


def _is_suspended(installation: Installation) -> bool:
    return installation.suspended_at is not None
