"""Changes of whole pull requests."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.sandbox.pull_requests.records import PullRequest
from contributor_backfill.sandbox.world.change_targets import (
    Change,
    Document,
    pull_request_of,
    repository_of,
)
from contributor_backfill.sandbox.world.world import World

_FIXED = {"ordinal", "number", "database_id", "repository_id"}
_LISTS = {"reviews", "comments", "review_threads"}
_SETTABLE = frozenset(field.name for field in fields(PullRequest)) - _FIXED - _LISTS


def insert_pull_request(world: World, change: Document, moment: str) -> dict[str, Any]:
    """Open a pull request."""
    repository = repository_of(world, change)
    built = repository.source.build(repository.new_head(moment))
    made = _with_values(built, change.get("set", {}), moment)
    repository.put(made)
    return {"number": made.number}


def _update_pull_request(world: World, change: Document, moment: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    updated = replace(pull_request, updated_at=moment)
    repository.put(_with_values(updated, change.get("set", {}), moment))
    return {"number": pull_request.number}


def _delete_pull_request(world: World, change: Document, _: str) -> dict[str, Any]:
    repository, pull_request = pull_request_of(world, change)
    repository.remove(pull_request.number)
    return {"number": pull_request.number}


CHANGES: Mapping[str, Change] = {
    "insert_pull_request": insert_pull_request,
    "update_pull_request": _update_pull_request,
    "delete_pull_request": _delete_pull_request,
}


def _with_values(pull_request: PullRequest, values: Document, moment: str) -> PullRequest:
    """Return the pull request with new values; a new state sets the times that belong to it."""
    unknown = values.keys() - _SETTABLE
    if unknown:
        raise InvalidInput(f"Nobody can set {', '.join(sorted(unknown))} of a pull request.")
    times: dict[str, str | None] = {}
    if "state" in values:
        times = _times(values["state"], moment)
    lists = {name: tuple(each) for name, each in values.items() if isinstance(each, list)}
    return replace(pull_request, **{**times, **values, **lists})


def _times(state: str, moment: str) -> dict[str, str | None]:
    if state not in ("OPEN", "CLOSED", "MERGED"):
        raise InvalidInput(f"A pull request cannot be {state!r}.")
    return {
        "closed_at": None if state == "OPEN" else moment,
        "merged_at": moment if state == "MERGED" else None,
    }
