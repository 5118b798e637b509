"""The rules by which a job gets its processor, in their order. Pure.

What the rules leave open is divided so that GitHub Actions gets its share of the *work*, not of the
jobs: whatever the rules gave it counts, and the rest makes up for it. A job's id, hashed, decides
against a threshold; the same jobs in the same order are always divided in the same way.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from contributor_backfill.domain.jobs import DEFAULT_DAYS, LISTS, SYNCS, JobType, Work
from contributor_backfill.domain.policy import (
    ACTIONS_TARGET,
    MANY_DAYS,
    MANY_PULL_REQUESTS,
)

WINDOW = 500
"""Jobs over which the share is measured."""
REACH = 1.0
"""Jobs of middling size that make up for a deviation, about: fewer keep the share tighter, more
leave more to the hash."""

CHANGED_A_DAY = 1 / 1_000
"""Pull requests of a repository that change in a day, of all it has: about pytorch's pace."""
MOST_OF_A_SYNC = 1_000
"""The length at which a sync ends by itself (`sync-historical --max-items`)."""
MOST_OF_A_BACKFILL = 2_400
"""The reach of a run of five minutes: 29 pull requests in three and a half seconds."""
UNKNOWN_SIZE = 100


class Verdict(StrEnum):
    """`backfill_jobs.decision`: a processor, or nobody."""

    INNGEST = "inngest"
    GITHUB_ACTIONS = "github_actions"
    SKIP = "skip"


@dataclass(frozen=True)
class Facts:
    """The facts about a job's repository; null: not known."""

    pull_requests: int | None = None
    remaining: int | None = None
    is_backfilling: bool = False


@dataclass(frozen=True)
class Policy:
    """The settings of a person. Names in `included` (empty: all) and `excluded` are lower case."""

    target: float = ACTIONS_TARGET
    included: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    def lets_share(self, full_name: str) -> bool:
        """Tell whether a repository's jobs take part in the share of GitHub Actions."""
        name = full_name.lower()
        return name not in self.excluded and (not self.included or name in self.included)


@dataclass(frozen=True)
class MeasuredShare:
    """The share as it is measured: the work of the last jobs, and Actions' part of it."""

    policy: Policy = Policy()
    actions: float = 0.0
    all: float = 0.0
    jobs: int = 0

    def threshold(self, work: float) -> float:
        """Return the chance, from 0 to 1, with which a job of so much work goes to Actions.

        It is the target, and what Actions is owed (or was given too much) in units of such a job.
        A large job goes more and more where it leaves the smaller deviation.
        """
        # What Actions was given too little of by the jobs before, or too much.
        owed = self.policy.target * self.all - self.actions
        ordinary = REACH * (self.all / self.jobs if self.jobs else work)
        chance = self.policy.target + owed / max(work, ordinary)
        # A coin toss about a giant could leave the share far off for many jobs.
        sharpness = max(1.0, work / ordinary)
        return min(1.0, max(0.0, 0.5 + (chance - 0.5) * sharpness))

    def after(self, verdict: Verdict, work: float) -> "MeasuredShare":
        """Return the share once a job is decided: old jobs fade as new ones come."""
        if verdict is Verdict.SKIP:
            return self
        kept = 1 - 1 / WINDOW if self.jobs >= WINDOW else 1.0
        given = work if verdict is Verdict.GITHUB_ACTIONS else 0.0
        return replace(
            self,
            actions=self.actions * kept + given,
            all=self.all * kept + work,
            jobs=min(self.jobs + 1, WINDOW),
        )


@dataclass(frozen=True)
class Undecided:
    """The jobs that nobody has decided yet, with what deciding needs to know of each."""

    jobs: tuple[tuple[Work, Facts], ...]
    share: MeasuredShare
    stopped_by: str | None = None


@dataclass(frozen=True)
class Decision:
    """A decision about a job, and why, in a sentence without its full stop."""

    job_id: str
    verdict: Verdict
    reason: str
    work: float


def decide(undecided: Undecided) -> tuple[Decision, ...]:
    """Decide jobs one after another, so that each is steered by those before it."""
    share, decisions = undecided.share, []
    for job, facts in undecided.jobs:
        decision = route(job, facts, share)
        share = share.after(decision.verdict, decision.work)
        decisions.append(decision)
    return tuple(decisions)


def estimated_work(job: Work, facts: Facts) -> float:
    """Return about how many pull requests a job reads: what its cost follows. At least 1."""
    size = UNKNOWN_SIZE if facts.pull_requests is None else facts.pull_requests
    if job.pr_numbers:
        return float(len(job.pr_numbers))
    if job.type is JobType.PROGRESSIVE_BACKFILL:
        left = size if facts.remaining is None else facts.remaining
        return float(max(1, min(left, MOST_OF_A_BACKFILL)))
    days = DEFAULT_DAYS if job.days is None else job.days
    return max(1.0, min(size, size * CHANGED_A_DAY * days, MOST_OF_A_SYNC))


def route(job: Work, facts: Facts, share: MeasuredShare) -> Decision:
    """Decide who takes a job: the first rule that says so, then the share."""
    work = estimated_work(job, facts)
    verdict, reason = _by_rule(job, facts) or _by_share(job, work, share)
    return Decision(job.job_id, verdict, reason, work)


def fraction(job_id: str) -> float:
    """Return a job's own number from 0 to 1 (never 1), the same on every machine for ever."""
    # Not Python's hash(), which differs from process to process.
    digest = hashlib.blake2b(job_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def _by_rule(job: Work, facts: Facts) -> tuple[Verdict, str] | None:
    for applies, verdict, reason in RULES:
        if applies(job, facts):
            return verdict, reason
    return None


def _by_share(job: Work, work: float, share: MeasuredShare) -> tuple[Verdict, str]:
    policy = share.policy
    if not policy.lets_share(job.full_name or ""):
        return Verdict.INNGEST, "its repository takes no part in the share of GitHub Actions"
    threshold = share.threshold(work)
    goes = fraction(job.job_id) < threshold
    verdict = Verdict.GITHUB_ACTIONS if goes else Verdict.INNGEST
    return verdict, (
        f"share of work, {policy.target * 100:.0f} % to GitHub Actions,"
        f" {threshold * 100:.0f} % for now"
    )


def _days(job: Work) -> int:
    return DEFAULT_DAYS if job.days is None and job.type in SYNCS else job.days or 0


def _is_long(job: Work, facts: Facts) -> bool:
    return (facts.pull_requests or 0) > MANY_PULL_REQUESTS and _days(job) > MANY_DAYS


RULES: tuple[tuple[Callable[[Work, Facts], bool], Verdict, str], ...] = (
    (lambda job, _: job.type is None, Verdict.SKIP, "nobody knows this type of job"),
    (
        lambda job, _: job.type is JobType.PROGRESSIVE_BACKFILL,
        Verdict.GITHUB_ACTIONS,
        "a progressive backfill always runs in GitHub Actions",
    ),
    (lambda job, _: not job.full_name, Verdict.SKIP, "the job names no repository"),
    (
        _is_long,
        Verdict.GITHUB_ACTIONS,
        f"more than {MANY_PULL_REQUESTS:,} pull requests, and more than {MANY_DAYS} days",
    ),
    (
        lambda job, facts: facts.is_backfilling and _days(job) > 1,
        Verdict.SKIP,
        "its backfill is under way, and captures more than the last day",
    ),
    (
        lambda job, _: job.type in LISTS and not job.pr_numbers,
        Verdict.GITHUB_ACTIONS,
        "Inngest takes these pull request by pull request, and the job names none",
    ),
    (
        lambda _, facts: facts.is_backfilling,
        Verdict.INNGEST,
        "its backfill is under way, and this is about a day at most",
    ),
)
"""The rules in their order; what none of them decides is divided by share."""
