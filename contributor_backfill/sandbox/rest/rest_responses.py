"""The answers that REST words otherwise than GraphQL."""

from typing import Any

from contributor_backfill.sandbox import responses
from contributor_backfill.sandbox.budget import Standing
from contributor_backfill.sandbox.responses import Answer

_DOCUMENTATION = "https://docs.github.com/rest"
_SAML = (
    "Resource protected by organization SAML enforcement. You must grant your Personal Access "
    "token access to this organization."
)


def not_found() -> Answer:
    """Return 404 for what is not there or not for this token."""
    return _message(404, "Not Found")


def moved(location: str, method: str) -> Answer:
    """Return 301 for a repository under a name that it once had; 307 keeps the body of a write."""
    status = 301 if method == "GET" else 307
    document = {"message": "Moved Permanently", "url": location}
    return responses.of_json(
        status, {**document, "documentation_url": _DOCUMENTATION}, {"location": location}
    )


def blocked(since: str) -> Answer:
    """Return 451 for a repository that GitHub's staff took down."""
    block = {
        "reason": "dmca",
        "created_at": since,
        "html_url": "https://github.com/github/dmca/blob/master/sandbox.md",
    }
    return responses.of_json(451, {"message": "Repository access blocked", "block": block})


def not_accessible() -> Answer:
    """Return 403 for a token that lacks a permission."""
    return _message(403, "Resource not accessible by integration")


def read_only() -> Answer:
    """Return 403 for writing to an archived repository."""
    return _message(403, "Repository was archived so is read-only.")


def issues_disabled() -> Answer:
    """Return 410 for a repository without issues."""
    return _message(410, "Issues are disabled for this repo")


def issue_deleted() -> Answer:
    """Return 410 for an issue that was deleted."""
    return _message(410, "This issue was deleted")


def locked() -> Answer:
    """Return 403 for a comment on a locked issue, which takes more than `issues: write`."""
    return _message(403, "Unable to create comment because issue is locked.")


def bad_body(message: str) -> Answer:
    """Return 400 for a body that cannot be read."""
    return _message(400, message)


def unprocessable(message: str) -> Answer:
    """Return 422 for a request that asks for what is not possible."""
    return _message(422, message)


def validation_failed(resource: str, field: str, code: str, message: str = "") -> Answer:
    """Return 422 for one field that cannot be as it is."""
    error = {"resource": resource, "code": code, "field": field}
    document = {
        "message": "Validation Failed",
        "errors": [{**error, **({"message": message} if message else {})}],
        "documentation_url": _DOCUMENTATION,
        "status": "422",
    }
    return responses.of_json(422, document)


def sign_on_first() -> Answer:
    """Return 403 for an organization that asks for a single sign-on."""
    return _message(403, _SAML, responses.SINGLE_SIGN_ON)


def rate_limited(standing: Standing) -> Answer:
    """Return 403 for a spent hour."""
    return _message(403, "API rate limit exceeded for user ID 1.", standing.headers())


def rate_limit(core: Standing, graphql: Standing) -> Answer:
    """Return what is left of both quotas."""
    resources = {"core": _standing(core), "graphql": _standing(graphql)}
    document = {"resources": resources, "rate": _standing(core)}
    return responses.of_json(200, document, core.headers())


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "limit": standing.limit,
        "used": standing.used,
        "remaining": standing.remaining,
        "reset": standing.reset_at,
        "resource": standing.resource,
    }


def _message(status: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    document = {
        "message": message,
        "documentation_url": _DOCUMENTATION,
        "status": str(status),
    }
    return responses.of_json(status, document, headers)
