"""GitHub and GitHub Enterprise Server.

Inwards, a delivery is verified and told from every other (`webhook`), and its payload becomes neutral words (`changes`,
which reads the fields that `payloads` names). Outwards, the API is asked (`client`, `trees`) and its answers read
(`answers`); `urls` knows the addresses of pages. `config` declares our part of the configuration and `provider` one entry
of `catalog.providers.github`.
"""

from cuelight.integrations.github.integration import MODULE

__all__ = ["MODULE"]
