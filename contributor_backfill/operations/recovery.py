"""Ask GitHub about the repositories that are in trouble, and settle what it says."""

from datetime import timedelta

from contributor_backfill.capture.fetching import Ask, Attempt, Deferred, Failed, Fetcher, Reply
from contributor_backfill.capture.progress import Silence
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.control import Refused, Shown, Suspect, Verdict, verdict
from contributor_backfill.domain.types import PageSize
from contributor_backfill.github.access import AccessRequest, read_access
from contributor_backfill.github.client import GitHubClient

PATIENCE = timedelta(minutes=1)
Said = tuple[tuple[Suspect, Shown | Refused], ...]


def ask_about(
    client: GitHubClient, clock: Clock, suspects: tuple[Suspect, ...]
) -> tuple[Verdict, ...] | Deferred:
    """Return what GitHub says of up to a hundred repositories, or until when it asks to wait.

    Raises the faults of `github.faults` when it answers nothing at all.
    """
    if not suspects:
        return ()
    fetched = Fetcher(client, clock, Silence()).fetch(
        _asking(client, suspects),
        PageSize(len(suspects), fixed=True),
        clock.now() + PATIENCE,
        has_ladder=False,
    )
    if isinstance(fetched, Deferred):
        return fetched
    if isinstance(fetched, Failed):
        raise fetched.fault
    return tuple(verdict(suspect, said) for suspect, said in fetched.content)


def _asking(client: GitHubClient, suspects: tuple[Suspect, ...]) -> Ask[Said]:
    def ask(attempt: Attempt) -> Reply[Said]:
        request = AccessRequest(suspects[: attempt.first])
        answer = client.execute(request.query, request.variables)
        return Reply(read_access(answer, request), answer.rate_limit, answer.points, connections=0)

    return ask
