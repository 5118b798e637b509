"""Whether GitHub disables the workflows of a repository where nothing happens, or has."""

from datetime import datetime

from contributor_backfill.domain.alerting import Kind, Trouble
from contributor_backfill.domain.inactivity import WARNED_AFTER_DAYS, whole_days
from contributor_backfill.domain.runs import Severity
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import GitHubFault
from contributor_backfill.github.workflows import disabled_by_inactivity, last_push


def find_inactivity(client: GitHubClient, repository: str, now: datetime) -> tuple[Trouble, ...]:
    """Return the trouble that there is. What the token may not ask is no trouble."""
    found: list[Trouble] = []
    try:
        pushed_at = last_push(client, repository)
        if pushed_at and (days := whole_days(pushed_at, now)) >= WARNED_AFTER_DAYS:
            facts = {"repository": repository, "count": days, "since": pushed_at.isoformat()}
            found.append(Trouble(Kind.INACTIVITY, Severity.WARNING, detail=facts))
        if files := disabled_by_inactivity(client, repository):
            facts = {"repository": repository, "files": list(files)}
            found.append(Trouble(Kind.WORKFLOWS_DISABLED, Severity.ERROR, detail=facts))
    except GitHubFault:
        # Whatever keeps GitHub from answering is told by the channel that needs it.
        return tuple(found)
    return tuple(found)
