"""The answers that REST words otherwise than GraphQL."""

from typing import Any

from contributor_backfill.sandbox import answers
from contributor_backfill.sandbox.answers import Answer
from contributor_backfill.sandbox.budget import Standing

_DOCUMENTATION = "https://docs.github.com/rest"
_SAML = (
    "Resource protected by organization SAML enforcement. You must grant your Personal Access "
    "token access to this organization."
)


def not_found() -> Answer:
    """Return 404 for what is not there or not for this token."""
    return _message(404, "Not Found")


def moved(location: str) -> Answer:
    """Return 301 for a repository under a name that it once had."""
    document = {"message": "Moved Permanently", "url": location}
    return answers.of_json(
        301, {**document, "documentation_url": _DOCUMENTATION}, {"location": location}
    )


def sign_on_first() -> Answer:
    """Return 403 for an organization that asks for a single sign-on."""
    return _message(403, _SAML, answers.SINGLE_SIGN_ON)


def rate_limited(standing: Standing) -> Answer:
    """Return 403 for a spent hour."""
    return _message(403, "API rate limit exceeded for user ID 1.", standing.headers())


def rate_limit(core: Standing, graphql: Standing) -> Answer:
    """Return what is left of both quotas."""
    resources = {"core": _standing(core), "graphql": _standing(graphql)}
    document = {"resources": resources, "rate": _standing(core)}
    return answers.of_json(200, document, core.headers())


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
    return answers.of_json(status, document, headers)
