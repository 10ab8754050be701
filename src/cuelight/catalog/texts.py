"""Texts: the search rows that people look for a text in, kept apart from all others and found by their trigrams.

A trigram is three characters that follow one another; whatever holds a text holds all of the text's. SQLite has its index of
them in FTS5, PostgreSQL in pg_trgm. Both may find too much, so that LIKE has the last word.
"""

from typing import Final

KEYS: Final = frozenset(
    {
        "metadata.name",
        "metadata.title",
        "metadata.description",
        "metadata.tags",
        "spec.profile.displayname",
        "spec.profile.email",
    }
)
"""What Backstage's pages, its plugins and our command line look in, but for `kind`. Elsewhere LIKE goes through all values."""
SINGLE: Final = frozenset({"metadata.name", "metadata.title", "metadata.description"})
"""Those that no entity has two values of."""
TRIGRAM: Final = 3
"""Characters."""
_OTHERWISE: Final = frozenset("%_\\\x00")
"""What LIKE, or one of the databases, takes for something else."""


def is_plain(term: str) -> bool:
    """Whether *term*, looked for by LIKE, stands for itself."""
    return _OTHERWISE.isdisjoint(term)


def has_trigrams(term: str) -> bool:
    """Whether *term* can be looked up."""
    return len(term) >= TRIGRAM and is_plain(term)


def trigrams_of(term: str) -> str:
    """What FTS5 is to find for *term*: the trigrams that cover it, all of them, each as a string of its own."""
    places = {*range(0, len(term) - TRIGRAM, TRIGRAM), len(term) - TRIGRAM}
    found = dict.fromkeys(term[place : place + TRIGRAM] for place in sorted(places))
    return " ".join('"{}"'.format(each.replace('"', '""')) for each in found)
