"""The configuration, read once: files, variables and the environment in, one frozen `Settings` out.

This room alone reads the environment. What passes through: each `app-config.yaml` becomes a tree of `Node`s that know
their line (`documents`), with `${VAR}` replaced (`variables`) and what is written in other files put in (`inclusion`);
the trees are merged (`nodes`), the environment's `CUELIGHT__…` goes on top (`overlays`), and the whole is read as the
sections that the rooms declare in their `config.py` (`schema`). Everything that is wrong is said at once, each with file
and line; keys that are Backstage's and not ours are passed over and listed.
"""

from cuelight.settings.loading import load
from cuelight.settings.schema import BackendSection
from cuelight.settings.settings import Settings

__all__ = ["BackendSection", "Settings", "load"]
