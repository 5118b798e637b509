"""One query against the world: from text and variables to the body of a response, and its time."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from operator import attrgetter
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
)

from contributor_backfill.sandbox.accounts import Account
from contributor_backfill.sandbox.graphql.context import Context, Work
from contributor_backfill.sandbox.graphql.errors import entry
from contributor_backfill.sandbox.graphql.pricing import Document, Shape, document, shape_of
from contributor_backfill.sandbox.graphql.resolvers import AVATAR_URL, RESOLVERS, Resolver
from contributor_backfill.sandbox.invention.randomness import stream
from contributor_backfill.sandbox.options import Limits, WorkModel
from contributor_backfill.sandbox.pull_requests.records import (
    IssueComment,
    Review,
    ReviewComment,
    ReviewThread,
)

_TYPE_NAMES = {
    Review: "PullRequestReview",
    ReviewComment: "PullRequestReviewComment",
    ReviewThread: "PullRequestReviewThread",
    IssueComment: "IssueComment",
}
_ARGUMENT_NAMES = {"id": "node_id", "followRenames": "follow_renames"}


@lru_cache(maxsize=1)
def executable_schema() -> GraphQLSchema:
    """Return the one schema of the process."""
    text = resources.files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = lambda thing, *_: type_name(thing)
        elif isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                _attach(kind.name, name, field)
    return schema


def type_name(thing: object) -> str:
    """Return the GraphQL type of a thing of the world."""
    if isinstance(thing, Account):
        return thing.kind
    return _TYPE_NAMES.get(type(thing), type(thing).__name__)


def _attach(kind: str, name: str, field: GraphQLField) -> None:
    for argument_name, argument in field.args.items():
        argument.out_name = _ARGUMENT_NAMES.get(argument_name, argument_name)
    special = RESOLVERS.get(kind, {}).get(name)
    if special is not None:
        field.resolve = special
    elif name == "avatarUrl":
        field.resolve = AVATAR_URL
    else:
        field.resolve = _attribute(name)


def _attribute(name: str) -> Resolver:
    """Return a resolver that reads the attribute of the same name, in Python's spelling."""
    if name == "fullDatabaseId":  # a `BigInt`, which GitHub sends as a string
        return lambda thing, _: str(thing.database_id)
    read = attrgetter("node_id" if name == "id" else snake_case(name))
    return lambda thing, _: read(thing)


def snake_case(name: str) -> str:
    """Return Python's spelling of a GraphQL name."""
    return re.sub(r"(?=[A-Z])", "_", name).lower()


_DIFF_STATISTICS = frozenset(
    f"PullRequest.{name}"
    for name in ("additions", "changedFiles", "deletions", "mergeStateStatus", "mergeable")
)


@dataclass(frozen=True, slots=True)
class Burden:
    """The work behind a query. `files` are changed files, where diff statistics are asked for."""

    pull_requests: int
    nodes: int
    kilobytes: float
    with_statistics: int = 0
    files: int = 0


def burden(shape: Shape, work: Work) -> Burden:
    """Return what was really returned."""
    pull_requests = len(work.numbers)
    has_statistics = bool(_DIFF_STATISTICS & shape.fields)
    return Burden(
        pull_requests,
        work.nodes,
        work.characters / 1024,
        pull_requests if has_statistics else 0,
        work.changed_files if has_statistics else 0,
    )


def milliseconds(model: WorkModel, burden: Burden, query: int) -> float:
    """Return the time that a burden takes as the `query`-th query since the start."""
    steady = (
        model.milliseconds_per_request
        + model.milliseconds_per_pull_request * burden.pull_requests
        + model.milliseconds_per_node * burden.nodes
        + model.milliseconds_per_kilobyte * burden.kilobytes
        + model.milliseconds_per_diff_statistics * burden.with_statistics
        + model.milliseconds_per_changed_file * burden.files
    )
    wave = 1 + model.drift * math.sin(2 * math.pi * query / model.drift_queries)
    noise = stream(model.seed, query).gauss(0, model.noise) if model.noise else 0.0
    return steady * wave * math.exp(noise)


@dataclass(frozen=True, slots=True)
class Query:
    """A request that can be executed, with its declared shape."""

    document: Document
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]
    shape: Shape

    @property
    def name(self) -> str | None:
        """Return the name of the operation."""
        return self.operation.name.value if self.operation.name else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The body of a response and the work behind it. `has_saml` asks for a header."""

    body: dict[str, Any]
    work: Work
    has_saml: bool


def prepare(text: str, variables: Mapping[str, Any], name: str | None, limits: Limits) -> Query:
    """Return the query of a request.

    Raises `BadQuery` for a text that cannot be executed, `GitHubError` above the node limit.
    """
    schema = executable_schema()
    parsed = document(schema, text)
    operation = parsed.operation(name)
    shape = shape_of(schema, parsed, operation, variables, limits.node_limit)
    return Query(parsed, operation, variables, shape)


def execute(query: Query, context: Context) -> Outcome:
    """Execute a query. Errors of single fields are in the body, beside what could be had."""
    result = execute_sync(
        executable_schema(),
        query.document.tree,
        context_value=context,
        variable_values=dict(query.variables),
        operation_name=query.name,
    )
    errors = [entry(error) for error in result.errors or ()]
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = errors
    has_saml = any(error.get("type") == "FORBIDDEN" for error in errors)
    return Outcome(body, context.work, has_saml)
