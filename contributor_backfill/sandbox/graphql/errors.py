"""GitHub's GraphQL errors: the shape of an entry of `errors`, and the sentences clients match on.

The limits are GitHub's:
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError


class GitHubError(Exception):
    """An error with GitHub's `type`, "" where GitHub sends none, as with `extensions`."""

    def __init__(
        self, kind: str, message: str, extensions: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.extensions = extensions

    def entry(self) -> dict[str, Any]:
        """Return the entry of `errors` for a query that was not executed at all."""
        kind = {"type": self.kind} if self.kind else {}
        extensions = {"extensions": dict(self.extensions)} if self.extensions else {}
        return {**kind, **extensions, "message": self.message}


def entry(error: GraphQLError) -> dict[str, Any]:
    """Return the entry of `errors` for an error of one field or of the query's text."""
    original = error.original_error
    known = original.entry() if isinstance(original, GitHubError) else {}
    locations = [
        {"line": location.line, "column": location.column} for location in error.locations or ()
    ]
    path = {"path": list(error.path)} if error.path is not None else {}
    return {**known, **path, "locations": locations, "message": error.message}


def repository_not_found(name_with_owner: str) -> GitHubError:
    """Return the error for a repository that is not there or not for this token."""
    return GitHubError(
        "NOT_FOUND", f"Could not resolve to a Repository with the name '{name_with_owner}'."
    )


def node_not_found(node_id: str) -> GitHubError:
    """Return the error for an id that leads nowhere."""
    return GitHubError(
        "NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'"
    )


def pull_request_not_found(number: int) -> GitHubError:
    """Return the error for a number that is no pull request."""
    return GitHubError(
        "NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}."
    )


def issue_or_pull_request_not_found(number: int) -> GitHubError:
    """Return the error for a number that nothing has."""
    return GitHubError(
        "NOT_FOUND", f"Could not resolve to an issue or pull request with the number of {number}."
    )


def saml() -> GitHubError:
    """Return the error for an organization that asks for a single sign-on."""
    return GitHubError(
        "FORBIDDEN",
        "Resource protected by organization SAML enforcement. "
        "You must grant your OAuth token access to this organization.",
        {"saml_failure": True},
    )


def access_blocked() -> GitHubError:
    """Return the error for a repository that was taken down; its type is not published."""
    return GitHubError("FORBIDDEN", "Repository access blocked")


def something_went_wrong() -> GitHubError:
    """Return the error of a field that GitHub could not work out; it has no type."""
    return GitHubError("", "Something went wrong while executing your query.")


def resource_limits_exceeded() -> GitHubError:
    """Return the error of a query that was cut off for the work it made."""
    return GitHubError("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.")


def missing_boundaries(connection: str) -> GitHubError:
    """Return the error for a connection without `first` or `last`."""
    return GitHubError(
        "MISSING_PAGINATION_BOUNDARIES",
        f"You must provide a `first` or `last` value to properly paginate the `{connection}` "
        "connection.",
    )


def excessive_pagination(connection: str, argument: str, asked: int, limit: int) -> GitHubError:
    """Return the error for a page above the limit."""
    return GitHubError(
        "EXCESSIVE_PAGINATION",
        f"Requesting {asked:,} records on the `{connection}` connection exceeds the `{argument}` "
        f"limit of {limit} records.",
    )


def unusable_pagination(connection: str, argument: str) -> GitHubError:
    """Return the error for a page of less than one; GitHub's own sentence is not published."""
    return GitHubError(
        "INVALID_PAGINATION",
        f"`{argument}` on the `{connection}` connection must be at least 1.",
    )


def bad_cursor(cursor: str) -> GitHubError:
    """Return the error for a text that is no cursor."""
    return GitHubError(
        "INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor."
    )


def too_many_node_ids(count: int, limit: int) -> GitHubError:
    """Return the error for a list of ids above the limit."""
    return GitHubError(
        "ARGUMENT_LIMIT",
        f"You may not provide more than {limit} node ids; you provided {count}.",
    )


def too_many_nodes(connection: str, nodes: int, limit: int) -> GitHubError:
    """Return the error for a query that could return more nodes than the limit."""
    return GitHubError(
        "MAX_NODE_LIMIT_EXCEEDED",
        f"By the time this query traverses to the {connection} connection, it is requesting up "
        f"to {nodes:,} possible nodes which exceeds the maximum limit of {limit:,}.",
    )
