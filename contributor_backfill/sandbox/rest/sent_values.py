"""The values of a JSON body that somebody sent, refused as GitHub refuses them."""

from typing import Any

from contributor_backfill.sandbox.rest import rest_responses
from contributor_backfill.sandbox.rest.visit import Refusal


def needed_text(document: dict[str, Any], name: str, resource: str, longest: int) -> str:
    """Return a text that must be there. Raises `Refusal`."""
    text = optional_text(document, name, resource, longest)
    if text is None or not text.strip():
        raise Refusal(rest_responses.validation_failed(resource, name, "missing_field"))
    return text


def optional_text(document: dict[str, Any], name: str, resource: str, longest: int) -> str | None:
    """Return a text, or None where there is none. Raises `Refusal`."""
    text = document.get(name)
    if text is not None and not isinstance(text, str):
        raise Refusal(rest_responses.validation_failed(resource, name, "invalid"))
    if text is not None and len(text) > longest:
        message = f"{name} is too long (maximum is {longest} characters)"
        raise Refusal(rest_responses.validation_failed(resource, name, "custom", message))
    return text


def label_names(document: dict[str, Any]) -> list[str]:
    """Return the names of labels, which are sent as texts or as objects. Raises `Refusal`."""
    given = document.get("labels") or []
    if not isinstance(given, list):
        raise _invalid_labels()
    names = [each.get("name") if isinstance(each, dict) else each for each in given]
    known = [name for name in names if isinstance(name, str) and name]
    if len(known) < len(names):
        raise _invalid_labels()
    return known


def _invalid_labels() -> Refusal:
    return Refusal(rest_responses.validation_failed("Issue", "labels", "invalid"))
