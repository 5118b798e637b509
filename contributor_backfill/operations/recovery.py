"""Ask GitHub about the repositories that are in trouble, and settle what it says."""

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
    Refused,
    Shown,
    Suspect,
    Verdict,
    verdict,
)
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.repositories import AccessRequest, read_access

PATIENCE = timedelta(minutes=1)
Said = tuple[tuple[Suspect, Shown | Refused], ...]


def ask_about(
    client: GitHubClient, clock: Clock, suspects: tuple[Suspect, ...]
) -> tuple[Verdict, ...] | Deferred:
    """Return what GitHub says of up to a hundred repositories, or until when it asks to wait.

    Raises the faults of `github.faults` when it answers nothing at all.
    """
    said = _said(client, clock, suspects)
    if isinstance(said, Deferred):
        return said
    # A node id may lead nowhere while the repository is there: GitHub has changed them before.
    unknown = tuple(who for who, answer in said if who.node_id and _is_gone(answer))
    by_name = _said(client, clock, tuple(replace(who, node_id=None) for who in unknown))
    if isinstance(by_name, Deferred):
        return by_name
    found = {who.repository_id: answer for who, answer in (*said, *by_name)}
    return tuple(verdict(who, found[who.repository_id]) for who, _ in said)


def _said(client: GitHubClient, clock: Clock, suspects: tuple[Suspect, ...]) -> Said | Deferred:
    """Ask with the token of each owner: what one cannot see, another may."""
    found: Said = ()
    for group in client.tokens.alike(suspects):
        client.serve(group[0].full_name)
        said = _said_of_one_owner(client, clock, group)
        if isinstance(said, Deferred):
            return said
        found += said
    return found


def _said_of_one_owner(
    client: GitHubClient, clock: Clock, suspects: tuple[Suspect, ...]
) -> Said | Deferred:
    fetched = Fetcher(client, clock, Silence()).fetch(
        _asking(client, suspects),
        PagePlanner(len(suspects), fixed=True),
        clock.now() + PATIENCE,
        has_ladder=False,
    )
    if isinstance(fetched, Deferred):
        return fetched
    if isinstance(fetched, Failed):
        raise fetched.fault
    return fetched.content


def _is_gone(answer: Shown | Refused) -> bool:
    return isinstance(answer, Refused) and answer.access is Access.GONE


def _asking(client: GitHubClient, suspects: tuple[Suspect, ...]) -> Ask[Said]:
    def ask(attempt: Attempt) -> ParsedResponse[Said]:
        request = AccessRequest(suspects[: attempt.first])
        answer = client.execute(request.query, request.variables)
        return ParsedResponse(
            read_access(answer, request), answer.rate_limit, answer.points, connections=0
        )

    return ask
