"""GitHub and GitHub Enterprise Server.

Inwards, a delivery is verified and told from every other (`webhook`), and its payload becomes neutral words (`changes`,
which reads the fields that `payloads` names).

Outwards, `client` answers what is true now. `credentials` chooses the token or the app installation (`apps`) that an owner is
read with, and `access` is the way into the API with them. Much is asked at once in GraphQL: `questions` are sent by
`graphql`, and `nodes` reads what comes back, for `heads` and `files`. The rest goes over REST, read by `answers`: `listing`,
`lookup`, `comparison`, `trees`; and for those without credentials, to whom GitHub answers no GraphQL, `anonymous`.

`urls` knows the addresses of pages. `config` declares our part of the configuration and `provider` one entry of
`catalog.providers.github`.
"""

from cuelight.integrations.github.integration import MODULE

__all__ = ["MODULE"]
