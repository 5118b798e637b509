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


def not_found(what: str) -> GitHubError:
    """Return the error for what is not there or not for this token."""
    return GitHubError("NOT_FOUND", f"Could not resolve to {what}")


def saml() -> GitHubError:
    """Return the error for an organization that asks for a single sign-on."""
    return GitHubError(
        "FORBIDDEN",
        "Resource protected by organization SAML enforcement. "
        "You must grant your OAuth token access to this organization.",
        {"saml_failure": True},
    )


def something_went_wrong() -> GitHubError:
    """Return the error of a field that GitHub could not work out; it has no type."""
    return GitHubError("", "Something went wrong while executing your query.")


def resource_limits_exceeded() -> GitHubError:
    """Return the error of a query that was cut off for the work it made."""
    return GitHubError("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.")
