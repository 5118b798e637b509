"""One query against the world: from text and variables to the body of an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import execute_sync

from contributor_backfill.sandbox.graphql.context import Context, Work
from contributor_backfill.sandbox.graphql.documents import Document, document
from contributor_backfill.sandbox.graphql.graphql_errors import entry
from contributor_backfill.sandbox.graphql.pricing import Shape, shape_of
from contributor_backfill.sandbox.graphql.schema import executable_schema
from contributor_backfill.sandbox.options import Limits


@dataclass(frozen=True, slots=True)
class Query:
    """A request that can be executed: its document, variables, name and declared shape."""

    document: Document
    variables: Mapping[str, Any]
    operation: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Outcome:
    """The body of an answer and the work behind it. `has_saml` asks for a header."""

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
    return Query(parsed, variables, operation.name.value if operation.name else "", shape)


def execute(query: Query, context: Context) -> Outcome:
    """Execute a query. Errors of single fields are in the body, beside what could be had."""
    result = execute_sync(
        executable_schema(),
        query.document.tree,
        context_value=context,
        variable_values=dict(query.variables),
        operation_name=query.operation or None,
    )
    errors = [entry(error) for error in result.errors or ()]
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = errors
    has_saml = any(error.get("type") == "FORBIDDEN" for error in errors)
    return Outcome(body, context.work, has_saml)
