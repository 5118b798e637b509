"""The standing of one repository in words, for `status`, `monitor`, the page and the summary."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from contributor_backfill.domain.completeness import percentage
from contributor_backfill.domain.forecast import Forecast
from contributor_backfill.domain.freshness import Behind
from contributor_backfill.reports.model import State
from contributor_backfill.reports.wording import day, duration, plural

if TYPE_CHECKING:
    from contributor_backfill.reports.snapshot import RepositoryLine
    from contributor_backfill.reports.standing import Standing

Repository: TypeAlias = "RepositoryLine | Standing"
"""A repository as `monitor` and as `status` know it: the same words go for both."""
OPEN_STATES = ("active", "failed", "paused")
ORDER = ("failed", "paused", "being deleted", "incomplete", "active", "tracked", "complete")
"""Those with problems first."""
KIND_NOUNS = {
    "pull_requests": ("pull request", "pull requests"),
    "reviews": ("list of reviews", "lists of reviews"),
    "comments": ("conversation", "conversations"),
    "review_comments": ("list of review comments", "lists of review comments"),
}
OF_STORED = (
    "Reviews, comments and review comments (inline) are counted for the stored pull requests."
)
NOT_KNOWN = "not known yet"
NONE_TRACKED = (
    "No data: no repository is tracked. Begin with: contributor-backfill track OWNER/NAME"
)
OTHER_STEPS = {
    "failed": "needs you, see its error",
    "being deleted": "untrack --delete-data goes on",
    "tracked": "first sync to come",
}


def state_of(repository: Repository) -> State:
    """Tell whether a repository is well, deals with errors by itself, or waits for a person."""
    is_refused = repository.rejects and repository.state != "complete"
    if repository.state == "failed" or is_refused:
        return State.ACT
    if repository.state in {"paused", "incomplete", "being deleted"}:
        return State.WATCH
    if repository.last_error and repository.state != "complete":
        return State.WATCH
    return State.GOOD


def rank(repository: Repository) -> tuple[int, int, str]:
    """Return where a repository stands among others: what needs a person first."""
    level = (State.ACT, State.WATCH, State.GOOD).index(state_of(repository))
    return level, ORDER.index(repository.state), repository.full_name.lower()


def share(repository: Repository) -> str:
    """Return how much of the repository's pull requests is stored, in percent."""
    counted = repository.pull_requests
    if repository.state == "complete":
        return "100 %"
    if not counted.total:
        return "-"
    return f"{percentage(counted.stored, counted.total, short=counted.short):g} %"


def share_of_stored(repository: Repository, kind: str) -> str:
    """Return how complete a kind is for the pull requests that are stored; a dash where none is."""
    counted = (repository.kinds or {}).get(kind)
    if counted is None or not repository.pull_requests.stored:
        return "100 %" if repository.state == "complete" else "-"
    return f"{percentage(counted.stored, counted.total, short=counted.short):g} %"


def when_done(forecast: Forecast | None, now: datetime) -> str:
    """Say when something is done, as far as that is known, with its bounds."""
    if forecast is None:
        return NOT_KNOWN
    likely = day(forecast.at, now)
    low, high = day(forecast.earliest, now), day(forecast.latest, now) if forecast.latest else ""
    if low == high == likely:
        return f"about {likely}"
    return f"about {likely} ({low} to {high})" if high else f"about {likely} (or later)"


def outlook(left: int, captured: int, done: Forecast | None, now: datetime) -> str:
    """Say how much a run left, how many like it that takes, and when it is done."""
    if left <= 0:
        return "All pull requests of these backfills are stored."
    words = f"{plural(left, 'pull request')} left"
    if captured > 0:
        words += f": {plural(math.ceil(left / captured), 'more run')} like this one"
    if done is None:
        return f"{words}. When it is done is {NOT_KNOWN}: two runs of the schedule tell."
    return f"{words}. Done {when_done(done, now)}."


def reasons(repository: Repository) -> Iterator[str]:
    """Say why a repository is not complete, one reason after the other."""
    for kind, counted in (repository.kinds or {}).items():
        one, many = KIND_NOUNS[kind]
        if counted.short and kind == "pull_requests":
            yield f"{plural(counted.short, 'pull request')} missing or cut"
        elif counted.short:
            yield f"1 {one} differs" if counted.short == 1 else f"{counted.short:,} {many} differ"
        elif counted.stored != counted.total:
            too = "missing" if counted.total > counted.stored else "too many"
            yield f"{abs(counted.total - counted.stored):,} {too} in {many}"
    if repository.rejects:
        yield f"{plural(repository.rejects, 'row')} could not be stored"
    # They come from a list of their own, which the backfill of pull requests does not read.
    if repository.comments_synced_at is None:
        yield "its review comments were not read to the end yet"


def why_incomplete(repository: Repository) -> str:
    """Return the reasons in a line."""
    return ", ".join(reasons(repository)) or "it is not counted yet"


def behind_words(behind: Behind) -> str:
    """Say how far behind GitHub the repositories are; nothing where there are none."""
    if behind.median_seconds is None or behind.worst_seconds is None:
        return ""
    median, worst = (
        duration(timedelta(seconds=seconds))
        for seconds in (behind.median_seconds, behind.worst_seconds)
    )
    if behind.repositories == 1:
        return f"Behind GitHub: {worst}."
    return f"Behind GitHub: median {median}, worst {worst} ({behind.worst})."


def next_step(repository: Repository, now: datetime) -> str:
    """Say in a few words what comes next of a repository, or when it is done."""
    at_next, synced_at = repository.next_attempt_at, repository.synced_at
    if repository.state == "paused":
        return f"until {day(at_next, now)}" if at_next else "when resumed by hand"
    if repository.state == "incomplete":
        first, *others = why_incomplete(repository).split(", ")
        return f"{first} and {len(others)} more" if others else first
    if repository.state == "complete":
        return f"synced {day(synced_at, now)}" if synced_at else "-"
    if repository.state != "active":
        return OTHER_STEPS[repository.state]
    goes_on = f"goes on {day(at_next, now)}" if at_next and at_next > now else ""
    done = goes_on or f"done {when_done(repository.forecast, now)}"
    return "a run is at work on it" if repository.is_being_captured else done


def shortened(full_name: str, width: int) -> str:
    """Return a name of at most so many characters: the middle goes, both ends stay."""
    if len(full_name) <= width:
        return full_name
    # What tells the repositories of one owner apart stands at the end.
    tail = (width - 1) * 3 // 5
    return f"{full_name[: width - 1 - tail]}…{full_name[len(full_name) - tail :]}"
