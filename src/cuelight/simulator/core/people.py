"""Who commits: a name and an address, and the login that the simulated host knows them by."""

import zlib

import msgspec

NOREPLY: str = "users.noreply.simulator.example"
"""The mail domain of the simulated host's own accounts; an address in it names a login."""


class Person(msgspec.Struct, frozen=True):
    """An author, committer or pusher."""

    name: str
    email: str

    @classmethod
    def account(cls, login: str) -> "Person":
        """Return the person whose account is *login*."""
        return cls(login, f"{login}@{NOREPLY}")

    @classmethod
    def parse(cls, ident: bytes) -> "Person":
        """Read Git's `Name <address>`."""
        name, _, rest = ident.decode("utf-8", "replace").partition("<")
        return cls(name.strip(), rest.partition(">")[0].strip())

    @property
    def login(self) -> str | None:
        """The account, where the address is one of ours."""
        local, _, domain = self.email.partition("@")
        return local if domain == NOREPLY and local else None

    @property
    def ident(self) -> bytes:
        """The person as Git writes it; without the characters that would end the line or the field."""
        return f"{_plain(self.name)} <{_plain(self.email)}>".encode()


def account_id(login: str) -> int:
    """Return a stable numeric id for the account *login*, the same in every process."""
    return 1_000_000 + zlib.crc32(login.lower().encode())


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and letter not in "<>").strip() or "unknown"
