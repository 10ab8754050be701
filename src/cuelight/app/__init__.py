"""The composition root: the one place that picks implementations and passes each room what it needs.

In comes a `Settings`; out comes an `Application`, whose parts know nothing of one another but the contracts below
them. `serve` runs it with its listeners until it is told to stop.
"""

from cuelight.app.application import Application, Subscriber, application
from cuelight.app.integrations import try_integrations
from cuelight.app.roles import Role, Roles, roles_of
from cuelight.app.serving import serve

__all__ = ["Application", "Role", "Roles", "Subscriber", "application", "roles_of", "serve", "try_integrations"]
