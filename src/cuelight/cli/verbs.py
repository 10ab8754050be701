"""The verbs there are: a name, where it is, and a line on it. None is imported until it is called."""

from typing import Final

import msgspec


class Verb(msgspec.Struct, frozen=True):
    """A verb of the command line. `place` is `module:attribute` of a cyclopts App or of a function."""

    name: str
    place: str
    summary: str


VERBS: Final = (
    Verb("serve", "cuelight.cli.serve:serve", "Run Cuelight: take webhooks, keep the catalog right, answer."),
    Verb("demo", "cuelight.cli.demo:demo", "Run Cuelight with a simulated organisation, to try it out."),
    Verb("migrate", "cuelight.cli.migrate:app", "See or change the database's schema."),
    Verb("config", "cuelight.cli.config:app", "Check the configuration, or show what is in force."),
    Verb("validate", "cuelight.cli.validate:validate", "Check descriptors before they are anywhere."),
    Verb("locations", "cuelight.cli.locations:app", "List, register and unregister locations."),
    Verb("entities", "cuelight.cli.entities:app", "List the catalog's entities, or get one."),
    Verb("refresh", "cuelight.cli.refresh:refresh", "Have an entity looked at again, and wait for what comes of it."),
    Verb("repos", "cuelight.cli.repos:app", "List and show tracked repositories."),
    Verb("sweep", "cuelight.cli.sweep:sweep", "Ask the hosts for the heads of everything that is tracked."),
    Verb("scan", "cuelight.cli.scan:scan", "Discover everything anew."),
    Verb("verify", "cuelight.cli.verify:verify", "Compare the catalog with what its hosts hold now."),
    Verb("runs", "cuelight.cli.history:app", "List and show sweeps, scans and verifications."),
    Verb("deliveries", "cuelight.cli.deliveries:app", "List and show webhook deliveries, or send one."),
    Verb("deletions", "cuelight.cli.deletions:app", "List deletions; approve what is held back, restore what is gone."),
)
