"""The catalog's usual reads: what is asked, at random, and whether the answer is right."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from benchmarks.load import HOST
from benchmarks.organisation import LIFECYCLES, TYPES, Organisation
from cuelight.simulator.seed import WORDS

API = "/api/catalog"
PAGE = 20
REFS = 100
CLOSE, FAR = 3.0, 30.0
"""How many times slower a read may be with a hundred times the entities: by key or page, and over all of them."""


KEYS = ("spec.type", "spec.lifecycle", "metadata.tags", "relations.ownedBy")
Way = tuple[str, str]
"""A key, and a value that a Component has there."""
Ways = frozenset[Way]


class Read:
    """One kind of read, of which each request is another: *make* gives the request and the check of its answer."""

    def __init__(self, make: "Callable[[Questions], Question]", limit: float) -> None:
        self.make = make
        self.limit = limit


class Question:
    """A request, and what makes its answer right."""

    def __init__(self, request: bytes, is_right: Callable[[Any], bool]) -> None:
        self.request = request
        self.is_right = is_right


class Alike:
    """Which Components of *organisation* are alike: what filters and facets have to find."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._facets: dict[tuple[Ways, str], Mapping[str, int]] = {}

    def of(self, ways: Ways) -> set[int]:
        """The numbers of those that are so in all of these *ways*."""
        return set.intersection(*(self._numbers[way] for way in ways))

    def facet(self, ways: Ways, key: str) -> Mapping[str, int]:
        """How many of those have each value of *key*."""
        if (ways, key) not in self._facets:
            every = self.of(ways)
            values = (value for number in every for value in _values(self._organisation, number)[key])
            self._facets[ways, key] = Counter(values)
        return self._facets[ways, key]

    @cached_property
    def _numbers(self) -> Mapping[Way, set[int]]:
        found: dict[Way, set[int]] = {}
        for number in range(1, self._organisation.components + 1):
            for key, values in _values(self._organisation, number).items():
                for value in values:
                    found.setdefault((key, value), set()).add(number)
        return found


class Questions:
    """Questions about *organisation*; what each asks about is *chance*'s."""

    def __init__(self, organisation: Organisation, chance: random.Random) -> None:
        self._organisation = organisation
        self._chance = chance
        self._alike = Alike(organisation)

    def by_name(self) -> Question:
        """One Component."""
        name = self._name()
        return _get(f"/entities/by-name/component/default/{name}", lambda answer: _is_whole(answer, name))

    def by_refs(self) -> Question:
        """A hundred Components."""
        names = [self._name() for _ in range(REFS)]
        body = json.dumps({"entityRefs": [f"component:default/{name}" for name in names]}).encode()
        head = f"POST {API}/entities/by-refs HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\n"
        return Question(
            f"{head}content-length: {len(body)}\r\n\r\n".encode() + body,
            lambda answer: [each["metadata"]["name"] for each in answer["items"]] == names,
        )

    def listed(self) -> Question:
        """The first Components by name."""
        expected = [f"svc-{number:05}" for number in range(1, PAGE + 1)]
        query = {"filter": "kind=component", "limit": PAGE, "order": "asc:metadata.name"}
        return _get(f"/entities?{urlencode(query)}", lambda answer: _names(answer) == expected)

    def queried(self) -> Question:
        """A page of the Components of one type, uncounted."""
        kind = self._chance.choice(("service", "website", "library"))
        query = {
            "filter": f"kind=component,spec.type={kind}",
            "limit": PAGE,
            "orderField": "metadata.name,asc",
            "totalItems": "exclude",
        }
        return _get(
            f"/entities/by-query?{urlencode(query)}",
            lambda answer: (
                len(answer["items"]) == PAGE and all(each["spec"]["type"] == kind for each in answer["items"])
            ),
        )

    def counted(self) -> Question:
        """How many Components are like one of them in some ways."""
        asked = self._ways()
        expected = len(self._alike.of(asked))
        query = {"filter": _filter(asked), "limit": 0}
        return _get(f"/entities/by-query?{urlencode(query)}", lambda answer: answer["totalItems"] == expected)

    def faceted(self) -> Question:
        """Some facets of the Components that are like one of them in some ways."""
        asked, keys = self._ways(), self._chance.sample(list(KEYS), self._chance.randint(1, 3))
        expected = {key: self._alike.facet(asked, key) for key in keys}
        query = [("filter", _filter(asked)), *(("facet", key) for key in keys)]
        return _get(
            f"/entity-facets?{urlencode(query)}",
            lambda answer: {key: _counts(facet) for key, facet in answer["facets"].items()} == expected,
        )

    def searched(self) -> Question:
        """A page of the Components whose name or title holds a text."""
        term = f"svc-{self._chance.randint(1, self._organisation.components):05}"[:-2]
        query = {
            "filter": "kind=component",
            "limit": PAGE,
            "orderField": "metadata.name,asc",
            "fullTextFilterTerm": term,
        }
        return _get(
            f"/entities/by-query?{urlencode(query)}",
            lambda answer: bool(answer["items"]) and all(term in name for name in _names(answer["items"])),
        )

    def _ways(self) -> Ways:
        """Some ways in which one of the Components is as it is."""
        number = self._chance.randint(1, self._organisation.components)
        ways = [(key, self._chance.choice(values)) for key, values in _values(self._organisation, number).items()]
        return frozenset(self._chance.sample(ways, self._chance.randint(1, 3)))

    def _name(self) -> str:
        return f"svc-{self._chance.randint(1, self._organisation.components):05}"


READS: Mapping[str, Read] = {
    "by name": Read(Questions.by_name, CLOSE),
    "by refs of 100": Read(Questions.by_refs, CLOSE),
    "list of 20": Read(Questions.listed, CLOSE),
    "by query": Read(Questions.queried, CLOSE),
    "count": Read(Questions.counted, FAR),
    "facets": Read(Questions.faceted, FAR),
    "full text": Read(Questions.searched, FAR),
}
"""In the order of the table."""


def _get(path: str, is_right: Callable[[Any], bool]) -> Question:
    return Question(f"GET {API}{path} HTTP/1.1\r\nhost: {HOST}\r\n\r\n".encode(), is_right)


def _is_whole(answer: Any, name: str) -> bool:
    """Whether *answer* is the Component *name*, with what it relates to."""
    types = {relation["type"] for relation in answer["relations"]}
    return bool(answer["metadata"]["name"] == name) and {"ownedBy", "partOf", "dependsOn"} <= types


def _names(items: Any) -> list[str]:
    return [each["metadata"]["name"] for each in items]


def _counts(facet: Any) -> dict[str, int]:
    return {each["value"]: each["count"] for each in facet}


def _filter(ways: Ways) -> str:
    return ",".join(("kind=component", *(f"{key}={value}" for key, value in sorted(ways))))


def _values(organisation: Organisation, number: int) -> Mapping[str, Sequence[str]]:
    """What the Component *number* has at each of `KEYS`."""
    spec = [TYPES[number % len(TYPES)]], [LIFECYCLES[number % len(LIFECYCLES)]]
    tags = [WORDS[number % 10], f"tier-{number % 4}"]
    return dict(zip(KEYS, (*spec, tags, [f"group:default/team-{number % organisation.teams:05}"]), strict=True))
