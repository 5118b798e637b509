"""Ask GitHub for the newest change of all repositories, a hundred at once, before any is visited.

What moved is due for a sync at once. What did not is known to be current, and no visit is needed to
find that out. What this question cannot see, such as the edit of a review comment, is found by the
visits that come every twelve hours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from contributor_backfill.capture.fetcher import (
    Ask,
    Attempt,
    Deferred,
    Failed,
    Fetcher,
    ParsedResponse,
)
from contributor_backfill.capture.report import Progress
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Bounds, Stop, must_stop
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.control import Order, Suspect
from contributor_backfill.domain.errors import StoreFault
from contributor_backfill.domain.freshness import Asked, Said, judged
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.policy import PROBE_LEASE_SECONDS, SETTLED
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.domain.types import RateLimit, RepositoryId
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import BadCredentials, Unusable
from contributor_backfill.github.repositories import (
    NewestChangesRequest,
    read_newest_changes,
)
from contributor_backfill.github.tokens import Resource

MOST_AT_ONCE: Final = 100
"""What GitHub takes in one query, at one point."""
TIMES_ASKED = 3
"""How often a repository is asked about whose answer came damaged."""
FAILURES_IN_A_ROW = 2
"""After so many single repositories without an answer it is GitHub that does not answer."""


@dataclass(frozen=True)
class ProbeReport:
    """What the question told, and why no more were asked about.

    `refused` names what GitHub does not show, `unclear` counts what it did not answer, `left` is
    what is left of the quota.
    """

    current: int = 0
    moved: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    unclear: int = 0
    points: int = 0
    requests: int = 0
    stop: Stop = Stop.IDLE
    reason: str = ""
    failed: bool = False
    left: RateLimit | None = None

    @property
    def asked(self) -> int:
        """How many repositories were asked about."""
        return self.current + len(self.moved) + len(self.refused) + self.unclear


def concerns_everyone(wanted: Wanted) -> bool:
    """Tell whether a run serves whatever is due, so that the question comes before its visits.

    Who names a repository or a moment wants a visit, whatever moved.
    """
    return (
        SourceName.SYNC in wanted.sources
        and not wanted.is_one
        and not wanted.only
        and not wanted.forced
        and wanted.since is None
    )


class FreshnessProbe:
    """Take those whose turn it is, ask GitHub, write what it said; and again."""

    def __init__(
        self, gateway: Gateway, client: GitHubClient, clock: Clock, progress: Progress, actor: str
    ) -> None:
        self._gateway = gateway
        self._client = client
        self._clock = clock
        self._fetcher = Fetcher(client, clock, progress)
        self._actor = actor

    def run(self, bounds: Bounds) -> ProbeReport:
        """Ask until everyone was asked about, or half of the run's time is used up.

        Raises `BadCredentials`. Whatever else fails is in the report: visits come all the same.
        """
        now = self._clock.now()
        half = now + (bounds.deadline - now) / 2
        bounds = replace(bounds, deadline=half, waits_until=half, chunks=None)
        points, requests = self._client.points_spent, self._client.requests_sent
        report = self._run(_Round(self._client, self._clock, self._fetcher, bounds))
        return replace(
            report,
            points=self._client.points_spent - points,
            requests=self._client.requests_sent - requests,
            left=self._client.quota,
        )

    def _run(self, round_: "_Round") -> ProbeReport:
        report = ProbeReport()
        while (stop := round_.must_stop()) is None:
            try:
                claim = self._gateway.claim_probes(MOST_AT_ONCE, PROBE_LEASE_SECONDS)
                asked = round_.ask(claim.repositories)
                noted = self._gateway.note_probes(
                    claim, asked, round_.settled_before, Order(str(uuid4()), self._actor)
                )
            except StoreFault as fault:
                return replace(report, stop=Stop.ERROR, reason=str(fault), failed=True)
            report = replace(
                report,
                current=report.current + noted.current,
                moved=(*report.moved, *noted.moved),
                refused=(*report.refused, *(each.full_name for each in asked.refused)),
                unclear=report.unclear + len(asked.unclear),
            )
            if round_.stop is not None:
                return replace(report, stop=round_.stop, reason=round_.reason)
            if claim.taken < MOST_AT_ONCE:
                return report
        return replace(report, stop=stop)


@dataclass
class _Round:
    """One run's questions: how many at once GitHub answers now, and why it asks no more."""

    client: GitHubClient
    clock: Clock
    fetcher: Fetcher
    bounds: Bounds
    size: int = MOST_AT_ONCE
    seconds: float = 0.0
    stop: Stop | None = None
    reason: str = ""
    settled_before: datetime | None = None
    _failures: int = 0
    _asked: dict[RepositoryId, int] = field(default_factory=dict)
    _owners: dict[RepositoryId, str] = field(default_factory=dict)

    def must_stop(self) -> Stop | None:
        """Say why GitHub may not be asked again."""
        return self.stop or must_stop(
            self.bounds,
            self.clock.now(),
            chunks_done=0,
            page_seconds=self.seconds,
            page_points=1,
            points_done=self.client.points_spent,
            rate_limit=self.client.quota,
        )

    def ask(self, suspects: tuple[Suspect, ...]) -> Asked:
        """Ask about all of them, as many at once as GitHub answers.

        What was not asked about any more is in no part of the result; it is due again.
        """
        self._asked, self._owners, self.settled_before = {}, {}, None
        waiting, told = list(suspects), Asked()
        while waiting and self.must_stop() is None:
            answered, hidden = self._as_owners_see(self._next(waiting), suspects)
            again = [
                *(replace(each, node_id=None) for each in answered.by_name),
                *(each for each in answered.unclear if self._may_ask_again(each)),
                *hidden,
            ]
            lost = tuple(each for each in answered.unclear if not self._may_ask_again(each))
            # Those of one token together, the general one first.
            waiting = sorted([*waiting, *again], key=self._owner)
            told = Asked(
                told.shown + answered.shown,
                told.refused + answered.refused,
                unclear=told.unclear + lost,
            )
        self.stop = self.must_stop() if waiting else self.stop
        return told

    def _next(self, waiting: list[Suspect]) -> Asked:
        """Ask about the first of them, and take those out that were asked about."""
        began = self.clock.now()
        alike = [each for each in waiting if self._owner(each) == self._owner(waiting[0])]
        wanted = min(self.size, len(alike))
        self.client.serve(alike[0].full_name if self._owner(alike[0]) else "")
        fetched = self.fetcher.fetch(
            _asking(self.client, tuple(alike)),
            PagePlanner(wanted),
            self.bounds.waits_until,
            has_ladder=False,
        )
        if isinstance(fetched, Deferred):
            self.stop, self.reason = Stop.RATE_LIMITED, fetched.reason
            return Asked()
        if isinstance(fetched, Failed):
            return self._failed(fetched, waiting, wanted)
        self._failures = 0
        self.seconds = max(self.seconds * 0.9, (self.clock.now() - began).total_seconds())
        answered = judged(fetched.content.said)
        del waiting[: fetched.first]  # they are those of `alike`, which come first
        self._note_date(fetched.content.dated)
        # What came damaged came with too many others.
        is_cut = fetched.first < wanted or bool(answered.unclear)
        self.size = max(1, fetched.first // 2) if answered.unclear else fetched.first
        if not is_cut:
            self.size = min(MOST_AT_ONCE, max(self.size, wanted) * 2)
        for each in answered.unclear:
            self._asked[each.repository_id] = self._asked.get(each.repository_id, 0) + 1
        return answered

    def _owner(self, suspect: Suspect) -> str:
        """Return with whose token it is asked about; empty for the general one."""
        return self._owners.get(suspect.repository_id, "")

    def _as_owners_see(
        self, answered: Asked, suspects: tuple[Suspect, ...]
    ) -> tuple[Asked, list[Suspect]]:
        """Return the answers, and those apart that the owner's token may see and has to be asked.

        Nobody is called gone while the token that may read it has to wait, or is not accepted.
        """
        refused, hidden = [], []
        unclear = list(answered.unclear)
        by_id = {each.repository_id: each for each in suspects}
        for verdict in answered.refused:
            suspect = by_id[verdict.repository_id]
            owner = self.client.tokens.candidates(suspect.full_name)[0].owner
            if not owner or self._is_heard(suspect):
                refused.append(verdict)
            elif self._owner(suspect):
                unclear.append(suspect)
            else:
                self._owners[suspect.repository_id] = owner
                hidden.append(suspect)
        return replace(answered, refused=tuple(refused), unclear=tuple(unclear)), hidden

    def _is_heard(self, suspect: Suspect) -> bool:
        """Tell whether the answer was given to the owner's token."""
        owner = self._owner(suspect)
        usable, _ = self.client.tokens.usable(suspect.full_name, Resource.GRAPHQL, self.clock.now())
        is_accepted = owner not in self.client.refused_owners
        return bool(owner) and is_accepted and any(token.owner == owner for token in usable)

    def _may_ask_again(self, suspect: Suspect) -> bool:
        return 0 < self._asked.get(suspect.repository_id, 0) < TIMES_ASKED

    def _failed(self, failed: Failed, waiting: list[Suspect], wanted: int) -> Asked:
        """Pass one that gives nothing, unless GitHub gives nothing at all."""
        if isinstance(failed.fault, BadCredentials):
            raise failed.fault
        if isinstance(failed.fault, Unusable) and wanted > 1:
            # It is not said which of them it is about.
            self.size = wanted // 2
            return Asked()
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            self.stop, self.reason = Stop.ERROR, str(failed.fault)
        self.size = 1
        return Asked(unclear=(waiting.pop(0),))

    def _note_date(self, dated: datetime | None) -> None:
        if dated is not None:
            moment = dated - SETTLED
            self.settled_before = min(self.settled_before or moment, moment)


@dataclass(frozen=True)
class _Answers:
    """What GitHub said of each, and its clock when it did."""

    said: tuple[tuple[Suspect, Said | None], ...]
    dated: datetime | None


def _asking(client: GitHubClient, waiting: tuple[Suspect, ...]) -> Ask[_Answers]:
    def ask(attempt: Attempt) -> ParsedResponse[_Answers]:
        request = NewestChangesRequest(waiting[: attempt.first])
        response = client.execute(request.query, request.variables)
        said = _in_order(request, dict(read_newest_changes(response, request)))
        return ParsedResponse(
            _Answers(tuple(said), response.date),
            response.rate_limit,
            response.points,
            connections=1,
        )

    return ask


def _in_order(
    request: NewestChangesRequest, said: dict[Suspect, Said | None]
) -> Iterator[tuple[Suspect, Said | None]]:
    for suspect in request.suspects:
        yield suspect, said[suspect]
