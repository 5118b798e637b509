"""The queries are GitHub's own language, and the sandbox speaks it too."""

import re
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest
from graphql import (
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLObjectType,
    ListValueNode,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)

from contributor_backfill.domain.control import KnownRepository
from contributor_backfill.domain.sources import Connection, PendingConnection
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.github.connections import ConnectionsRequest
from contributor_backfill.github.documents import Detail, query_text
from contributor_backfill.github.pull_requests import LEAVABLE, NumbersRequest, PageRequest
from contributor_backfill.github.repositories import AccessRequest, NewestChangesRequest
from contributor_backfill.github.totals import SampleRequest, numbers_query

ROOT = Path(__file__).parent.parent.parent
SANDBOX = ROOT / "contributor_backfill" / "sandbox" / "graphql" / "schema.graphql"
GITHUB = ROOT.parent / "shared" / "github-schema.graphql"
QUERIES = ROOT / "contributor_backfill" / "github" / "queries"
FILES = {file.stem: file.read_text(encoding="utf-8") for file in QUERIES.glob("*.graphql")}
REPEATED = {name for name, text in FILES.items() if re.search(r"^ *#each ", text, re.MULTILINE)}
SCHEMAS = pytest.mark.parametrize("schema", [SANDBOX, GITHUB], ids=["sandbox", "github"])


def pending(connection: Connection, place: int) -> PendingConnection:
    return PendingConnection(f"PR_{place}", place, place, connection, None, None)


def sorted_names(names: AbstractSet[str]) -> str:
    return "-".join(sorted(names))


def lists(*connections: Connection) -> str:
    return ConnectionsRequest(tuple(pending(c, place) for place, c in enumerate(connections))).query


def numbers(*of: int) -> str:
    return NumbersRequest("R_1", of, detail=Detail.FULL, with_labels=True).query


def access(of: int) -> str:
    named = KnownRepository(RepositoryId("1"), 1, None, "octo/one")
    return AccessRequest((named,) * of).query


def newest_changes(of: int) -> str:
    named = KnownRepository(RepositoryId("1"), 1, None, "octo/one")
    return NewestChangesRequest((named,) * of).query


BUILT = {
    "access": [access(0), access(1), access(100)],
    "lists": [
        lists(Connection.REVIEWS),
        lists(Connection.COMMENTS),
        lists(*[Connection.REVIEWS, Connection.COMMENTS] * 50),
    ],
    "newest_changes": [newest_changes(0), newest_changes(1), newest_changes(100)],
    "pull_requests_by_number": [numbers(7), numbers(*range(1, 101))],
    "numbers": [numbers_query((7,)), numbers_query(tuple(range(1, 101)))],
    "sample": [SampleRequest("R_1", (7,)).query, SampleRequest("R_1", tuple(range(1, 101))).query],
}
"""What is made of the files with repeated lines, for one thing and for a hundred."""
PLAIN = {name: query_text(name) for name in FILES if name not in REPEATED | {"fragments"}}
TEXTS = [
    *(pytest.param(text, id=name) for name, text in PLAIN.items()),
    *(pytest.param(text, id=name) for name, texts in BUILT.items() for text in texts),
]


@SCHEMAS
@pytest.mark.parametrize("text", TEXTS)
def test_a_query_is_valid(text: str, schema: Path) -> None:
    if not schema.exists():
        pytest.skip(f"{schema} is not here")
    # GitHub's published schema breaks a rule of GraphQL's own about deprecations.
    built = build_schema(schema.read_text(encoding="utf-8"), assume_valid=True)

    assert validate(built, parse(text)) == []


def test_no_query_is_left_out_here() -> None:
    assert BUILT.keys() == REPEATED
    assert {"repository", "pull_requests_page", "viewer"} <= PLAIN.keys()


@SCHEMAS
@pytest.mark.parametrize("text", TEXTS)
def test_reviews_are_asked_for_in_every_state_but_pending(text: str, schema: Path) -> None:
    """A review that is still being written is its author's own, and counts for nobody else."""
    if not schema.exists():
        pytest.skip(f"{schema} is not here")
    built = build_schema(schema.read_text(encoding="utf-8"), assume_valid=True)
    known = built.type_map["PullRequestReviewState"]
    assert isinstance(known, GraphQLEnumType)

    for states in states_of_reviews(text):
        assert states == known.values.keys() - {"PENDING"}


def test_what_captures_reviews_asks_for_them() -> None:
    for text in (PLAIN["pull_requests_page"], lists(Connection.REVIEWS), numbers(1)):
        assert len(states_of_reviews(text)) == 1


def states_of_reviews(text: str) -> list[set[str]]:
    """Return the states that each selection of `reviews` names."""
    found: list[set[str]] = []

    class Reviews(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            if node.name.value == "reviews":
                values = [a.value for a in node.arguments or () if a.name.value == "states"]
                items = values[0].values if values and isinstance(values[0], ListValueNode) else ()
                found.append({v.value for v in items if isinstance(v, EnumValueNode)})

    visit(parse(text), Reviews())
    return found


@pytest.mark.parametrize(
    ("kind", "field"), [("Mannequin", "name"), ("PullRequest", "mergeStateStatus")]
)
@pytest.mark.parametrize("text", TEXTS)
def test_an_enterprise_server_without_newer_fields_responses_every_query(
    text: str, kind: str, field: str
) -> None:
    built = build_schema(SANDBOX.read_text(encoding="utf-8"))
    found = built.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    found.fields.pop(field, None)

    assert validate(built, parse(text)) == []


def test_nothing_is_asked_for_that_github_works_out_while_the_query_waits() -> None:
    assert not re.search(r"^\s*merge(able|StateStatus)\b", "\n".join(FILES.values()), re.MULTILINE)


@SCHEMAS
@pytest.mark.parametrize(
    "names", [*({name} for name in sorted(LEAVABLE)), LEAVABLE], ids=sorted_names
)
def test_a_query_without_what_is_withheld_is_valid(names: AbstractSet[str], schema: Path) -> None:
    if not schema.exists():
        pytest.skip(f"{schema} is not here")
    built = build_schema(schema.read_text(encoding="utf-8"), assume_valid=True)
    left_out = tuple(sorted(names))
    page = PageRequest("R", 1, None, detail=Detail.FULL, with_labels=True, left_out=left_out)
    by_number = NumbersRequest("R", (1, 2), detail=Detail.FULL, with_labels=True, left_out=left_out)

    for request in (page, by_number):
        assert validate(built, parse(request.query)) == []
        assert request.variables["withLabels"] is ("labels" not in names)
        for name in names - {"labels"}:
            assert not re.search(rf"^  {name}\b", request.query, re.MULTILINE)
