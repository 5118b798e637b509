"""Ask GitHub about the repositories with errors: whether it shows them, and by which name."""

from dataclasses import replace
from datetime import timedelta

from contributor_backfill.capture.fetcher import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetcher,
    ParsedResponse,
)
from contributor_backfill.capture.report import Silence
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.control import (
    Access,
    AccessFinding,
    KnownRepository,
    Refused,
    Shown,
    access_finding,
)
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.repositories import AccessRequest, read_access

PATIENCE = timedelta(minutes=1)
Responses = tuple[tuple[KnownRepository, Shown | Refused], ...]


def ask_about(
    client: GitHubClient, clock: Clock, suspects: tuple[KnownRepository, ...]
) -> tuple[AccessFinding, ...] | Deferred:
    """Return what GitHub says of up to a hundred repositories, or until when it asks to wait.

    Raises the faults of `github.faults` when it does not respond at all.
    """
    responses = _ask(client, clock, suspects)
    if isinstance(responses, Deferred):
        return responses
    # A node id may lead nowhere while the repository is there: GitHub has changed them before.
    unknown = tuple(
        replace(suspect, node_id=None)
        for suspect, response in responses
        if suspect.node_id and isinstance(response, Refused) and response.access is Access.GONE
    )
    by_name = _ask(client, clock, unknown)
    if isinstance(by_name, Deferred):
        return by_name
    last = {suspect.repository_id: response for suspect, response in (*responses, *by_name)}
    return tuple(access_finding(suspect, last[suspect.repository_id]) for suspect, _ in responses)


def _ask(
    client: GitHubClient, clock: Clock, suspects: tuple[KnownRepository, ...]
) -> Responses | Deferred:
    """Ask with the token of each owner: what one cannot see, another may."""
    responses: Responses = ()
    for group in client.tokens.alike(suspects):
        client.serve(group[0].full_name)
        of_one_owner = _ask_with_one_token(client, clock, group)
        if isinstance(of_one_owner, Deferred):
            return of_one_owner
        responses += of_one_owner
    return responses


def _ask_with_one_token(
    client: GitHubClient, clock: Clock, suspects: tuple[KnownRepository, ...]
) -> Responses | Deferred:
    fetched = Fetcher(client, clock, Silence()).fetch(
        _access_request(client, suspects),
        PagePlanner(len(suspects), fixed=True),
        clock.now() + PATIENCE,
        has_ladder=False,
    )
    if isinstance(fetched, Deferred):
        return fetched
    if isinstance(fetched, Failed):
        raise fetched.fault
    return fetched.content


def _access_request(client: GitHubClient, suspects: tuple[KnownRepository, ...]) -> Ask[Responses]:
    def ask(attempt: Attempt) -> ParsedResponse[Responses]:
        request = AccessRequest(suspects[: attempt.first])
        response = client.execute(request.query, request.variables)
        return ParsedResponse(
            read_access(response, request), response.rate_limit, response.points, connections=0
        )

    return ask
