"""The catalog's usual reads: what is asked, at random, and whether the answer is right."""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from benchmarks.load import HOST
from benchmarks.organisation import Organisation

API = "/api/catalog"
PAGE = 20
REFS = 100
CLOSE, FAR = 3.0, 30.0
"""How many times slower a read may be with a hundred times the entities: by key or page, and over all of them."""


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


class Questions:
    """Questions about *organisation*; what each asks about is *chance*'s."""

    def __init__(self, organisation: Organisation, chance: random.Random) -> None:
        self._organisation = organisation
        self._chance = chance

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
        """How many Components there are."""
        expected = self._organisation.components
        query = {"filter": "kind=component", "limit": 0}
        return _get(f"/entities/by-query?{urlencode(query)}", lambda answer: answer["totalItems"] == expected)

    def faceted(self) -> Question:
        """How many entities there are of each kind."""
        of = self._organisation
        expected = {"Component": of.components, "Group": of.teams, "System": of.systems}
        return _get("/entity-facets?facet=kind", lambda answer: _counts(answer["facets"]["kind"]) == expected)

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

    def _name(self) -> str:
        return f"svc-{self._chance.randint(1, self._organisation.components):05}"


READS: Mapping[str, Read] = {
    "by name": Read(Questions.by_name, CLOSE),
    "by refs of 100": Read(Questions.by_refs, CLOSE),
    "list of 20": Read(Questions.listed, CLOSE),
    "by query": Read(Questions.queried, CLOSE),
    "count": Read(Questions.counted, FAR),
    "facets of kind": Read(Questions.faceted, FAR),
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
