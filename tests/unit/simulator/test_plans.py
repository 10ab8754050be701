"""A plan answers as graphql-core does: the same data, the same errors in the same places, or nothing at all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import ExecutionResult, execute_sync, parse, validate

from cuelight.clock import ManualClock
from cuelight.simulator.core import Changes, CodeHost
from cuelight.simulator.faults import Faults
from cuelight.simulator.github.documents import Addresses
from cuelight.simulator.github.graphql import problems
from cuelight.simulator.github.graphql.language import Language
from cuelight.simulator.github.graphql.plans import Plan, plan_of
from cuelight.simulator.github.graphql.query import Query
from cuelight.simulator.github.graphql.repositories import Scene
from cuelight.simulator.github.graphql.resolvers import fields, types
from cuelight.simulator.github.quota import Quota
from cuelight.simulator.github.sight import Sight
from cuelight.simulator.knobs import Knobs

ANSWERED = {
    "leaves": "{ ACME { databaseId name url isArchived isEmpty visibility createdAt description } }",
    "aliases": "{ a: ACME { n: name m: name } b: ACME { id } }",
    "a field twice": """{
        ACME { owner { id } owner { login id } defaultBranchRef { name } }
        ACME { defaultBranchRef { prefix } }
    }""",
    "fragments": """{ ACME { ...Facts ...Facts ... on Node { id } ... { name } } }
        fragment Facts on Repository { url ...More }
        fragment More on Repository { databaseId owner { ... on User { name } ... on Organization { login } } }""",
    "type names": "{ __typename ACME { __typename kind: __typename owner { __typename } } }",
    "types left open": """{ ACME { object(expression: "main") {
        __typename id
        ... on Commit { oid message committedDate tree { oid } author { name user { login databaseId } } }
        ... on Blob { text }
    } } }""",
    "a file": """{ ACME { object(expression: "main") { ... on Commit {
        file(path: "docs/index.md") { mode type object { ... on Blob { text byteSize } } }
    } } } }""",
    "nothing there": """{
        ACME { object(expression: "nope") { id } ref(qualifiedName: "nope") { name } }
        repositoryOwner(login: "x") { id }
    }""",
    "lists": """{ ACME {
        repositoryTopics(first: 2) { totalCount nodes { topic { name } } pageInfo { endCursor hasNextPage } }
    } }""",
    "variables": """query Topics($owner: String!, $name: String!, $first: Int = 1) {
        repository(owner: $owner, name: $name) { repositoryTopics(first: $first) { nodes { topic { name } } } }
    }""",
    "a variable that is absent": """query($absent: Boolean, $after: String) {
        repository(owner: "acme", name: "former", followRenames: $absent) {
            refs(refPrefix: "refs/heads/", first: 5, after: $after) { nodes { name } }
        }
    }""",
    "a variable that is null": """query($null: Int) { ACME { repositoryTopics(first: $null) { totalCount } } }""",
    "a default instead of null": """query($null: String = "acme") { repository(owner: $null, name: "booking") { name } }""",
    "enums and objects": """query($direction: OrderDirection!) { organization(login: "acme") {
        repositories(first: 9, orderBy: {field: NAME, direction: $direction}, privacy: PUBLIC, affiliations: [OWNER]) {
            nodes { name }
        }
    } }""",
    "ids in a list": """query($ids: [ID!]!, $id: ID!) {
        nodes(ids: $ids) { id }
        more: nodes(ids: [$id, "y"]) { __typename }
    }""",
    "some that are missing": """{
        a: repository(owner: "o", name: "n") { id }
        b: ACME { name }
        c: node(id: "x") { id }
        d: repository(owner: "acme", name: "closed") { name }
    }""",
    "an error that takes its parent along": "{ ACME { name repositoryTopics { totalCount } } viewer { login } }",
    "an error that takes everything along": "{ viewer { login repositories(first: 101) { totalCount } } }",
    "an error below a list": """{ organization(login: "acme") {
        repositories(first: 5) { nodes { name repositoryTopics(first: 101) { totalCount } } }
    } }""",
    "an error of an argument": """{ organization(login: "acme") {
        repositories(first: 5, after: "?") { totalCount }
    } }""",
    "a dictionary": "{ rateLimit { limit remaining resetAt } dry: rateLimit(dryRun: true) { cost } }",
}
OPAQUE = "MDEwOlJlcG9zaXRvcnky"
VARIABLES = {
    "owner": "acme",
    "name": "booking",
    "null": None,
    "direction": "DESC",
    "ids": ["x", OPAQUE],
    "id": OPAQUE,
}
LEFT = {
    "directives": "query($a: Boolean = true) { viewer { login @include(if: $a) } }",
    "a directive on a fragment": "{ viewer { ... @skip(if: true) { login } id } }",
    "the schema": "{ __schema { queryType { name } } }",
    "a type": '{ __type(name: "Repository") { name } }',
    "several operations": "query A { viewer { login } } query B { viewer { id } }",
}


@pytest.fixture(scope="module")
def language() -> Language:
    return Language()


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Query]:
    host = CodeHost(tmp_path, clock=ManualClock())
    host.create("acme/former", Changes(topics=("rides", "go")), files={"docs/index.md": b"# Docs\n"})
    host.amend(host.repository("acme/former"), Changes(name="booking"))
    host.create("acme/closed")
    sight, at = Sight(host, Faults(forbidden=("acme/closed",))), Addresses("http://host.example", "https://web.example")
    yield Query(Scene(sight, at, Knobs()), Quota(host.clock, "graphql", lambda: 5000))
    host.close()


def planned(language: Language, text: str) -> Plan | None:
    document = parse(text)
    assert validate(language.schema, document) == []
    return plan_of(language.schema, document)


def written(result: ExecutionResult | None) -> Any:
    assert result is not None
    return result.data, [problems.document(error) for error in result.errors or ()]


@pytest.mark.parametrize("text", ANSWERED.values(), ids=ANSWERED)
def test_a_plan_answers_as_graphql_core(language, root, text):
    text = text.replace("ACME", 'repository(owner: "acme", name: "booking")')
    plan = planned(language, text)
    assert plan is not None
    expected = execute_sync(
        language.schema, parse(text), root, variable_values=VARIABLES, field_resolver=fields, type_resolver=types
    )
    assert written(plan.run(root, VARIABLES)) == written(expected)


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_what_plans_are_not_made_for_is_left_to_graphql_core(language, text):
    assert planned(language, text) is None


def test_variables_that_do_not_fit_are_left_to_graphql_core(language, root):
    plan = planned(language, "query($n: Int!) { viewer { repositories(first: $n) { totalCount } } }")
    assert plan is not None
    assert plan.run(root, {"n": "three"}) is None
