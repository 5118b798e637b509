"""Probe which repositories moved: ask GitHub for their newest change, a hundred in one query.

What moved is due for a sync at once. What did not is known to be current without a sync of its own.
A probe cannot see everything, such as the edit of a review comment: so each repository is still
synced every twelve hours.
"""

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
from contributor_backfill.domain.control import KnownRepository, Order
from contributor_backfill.domain.errors import StoreFault
from contributor_backfill.domain.freshness import Finding, Findings, findings_of
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
"""GitHub takes so many in one query, for one point."""
TIMES_ASKED = 3
"""How often a repository is probed whose part of a response came damaged."""
FAILURES_IN_A_ROW = 2
"""After so many probes of one repository without a response, GitHub itself does not respond."""


@dataclass(frozen=True)
class ProbeReport:
    """The findings of a run's probes, and why they ended.

    `refused` names the repositories that GitHub does not show, `unclear` counts those of which
    nothing usable came, `left` is what is left of the quota.
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
    """Tell whether a run captures whatever is due, so that it probes before.

    Whoever names a repository or a moment wants a sync, whatever moved.
    """
    return (
        SourceName.SYNC in wanted.sources
        and not wanted.is_one
        and not wanted.only
        and not wanted.forced
        and wanted.since is None
    )


class FreshnessProbe:
    """Claim the repositories to be probed, ask GitHub, store the findings, until none is due."""

    def __init__(
        self, gateway: Gateway, client: GitHubClient, clock: Clock, progress: Progress, actor: str
    ) -> None:
        self._gateway = gateway
        self._client = client
        self._clock = clock
        self._fetcher = Fetcher(client, clock, progress)
        self._actor = actor

    def run(self, bounds: Bounds) -> ProbeReport:
        """Probe until every repository was, or half of the run's time is used up.

        Raises `BadCredentials`. Whatever else fails is in the report: the syncs come all the same.
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
                findings = round_.ask(claim.repositories)
                noted = self._gateway.note_probes(
                    claim, findings, round_.settled_before, Order(str(uuid4()), self._actor)
                )
            except StoreFault as fault:
                return replace(report, stop=Stop.ERROR, reason=str(fault), failed=True)
            report = replace(
                report,
                current=report.current + noted.current,
                moved=(*report.moved, *noted.moved),
                refused=(*report.refused, *(verdict.full_name for verdict in findings.refused)),
                unclear=report.unclear + len(findings.unclear),
            )
            if round_.stop is not None:
                return replace(report, stop=round_.stop, reason=round_.reason)
            if claim.taken < MOST_AT_ONCE:
                return report
        return replace(report, stop=stop)


@dataclass
class _Round:
    """The probes of one run: how many repositories one takes, and why they end."""

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

    def ask(self, repositories: tuple[KnownRepository, ...]) -> Findings:
        """Probe all of them, as many in one query as GitHub takes.

        A repository that was not probed any more is in no part of the result; it stays due.
        """
        self._asked, self._owners, self.settled_before = {}, {}, None
        waiting, total = list(repositories), Findings()
        while waiting and self.must_stop() is None:
            found, hidden = self._as_owners_see(self._next(waiting), repositories)
            again = [
                *(replace(repository, node_id=None) for repository in found.by_name),
                *(repository for repository in found.unclear if self._may_ask_again(repository)),
                *hidden,
            ]
            lost = tuple(r for r in found.unclear if not self._may_ask_again(r))
            # Those of one token together, the general one first.
            waiting = sorted([*waiting, *again], key=self._owner)
            total = Findings(
                total.shown + found.shown,
                total.refused + found.refused,
                unclear=total.unclear + lost,
            )
        self.stop = self.must_stop() if waiting else self.stop
        return total

    def _next(self, waiting: list[KnownRepository]) -> Findings:
        """Probe the first of them, and take them off the list."""
        began = self.clock.now()
        owner = self._owner(waiting[0])
        alike = [repository for repository in waiting if self._owner(repository) == owner]
        wanted = min(self.size, len(alike))
        self.client.serve(alike[0].full_name if owner else "")
        fetched = self.fetcher.fetch(
            _asking(self.client, tuple(alike)),
            PagePlanner(wanted),
            self.bounds.waits_until,
            has_ladder=False,
        )
        if isinstance(fetched, Deferred):
            self.stop, self.reason = Stop.RATE_LIMITED, fetched.reason
            return Findings()
        if isinstance(fetched, Failed):
            return self._failed(fetched, waiting, wanted)
        self._failures = 0
        self.seconds = max(self.seconds * 0.9, (self.clock.now() - began).total_seconds())
        findings = findings_of(fetched.content.findings)
        del waiting[: fetched.first]  # they are those of `alike`, which come first
        self._note_date(fetched.content.dated)
        # What came damaged came with too many others.
        is_cut = fetched.first < wanted or bool(findings.unclear)
        self.size = max(1, fetched.first // 2) if findings.unclear else fetched.first
        if not is_cut:
            self.size = min(MOST_AT_ONCE, max(self.size, wanted) * 2)
        for repository in findings.unclear:
            repository_id = repository.repository_id
            self._asked[repository_id] = self._asked.get(repository_id, 0) + 1
        return findings

    def _owner(self, repository: KnownRepository) -> str:
        """Return whose token probes it; empty for the general one."""
        return self._owners.get(repository.repository_id, "")

    def _as_owners_see(
        self, findings: Findings, repositories: tuple[KnownRepository, ...]
    ) -> tuple[Findings, list[KnownRepository]]:
        """Return the findings, and apart the repositories that only their owner's token may see.

        None is called gone while the token that may read it has to wait, or is not accepted.
        """
        refused, hidden = [], []
        unclear = list(findings.unclear)
        by_id = {repository.repository_id: repository for repository in repositories}
        for verdict in findings.refused:
            repository = by_id[verdict.repository_id]
            owner = self.client.tokens.candidates(repository.full_name)[0].owner
            if not owner or self._is_heard(repository):
                refused.append(verdict)
            elif self._owner(repository):
                unclear.append(repository)
            else:
                self._owners[repository.repository_id] = owner
                hidden.append(repository)
        return replace(findings, refused=tuple(refused), unclear=tuple(unclear)), hidden

    def _is_heard(self, repository: KnownRepository) -> bool:
        """Tell whether the finding came with the owner's own token."""
        owner = self._owner(repository)
        usable, _ = self.client.tokens.usable(
            repository.full_name, Resource.GRAPHQL, self.clock.now()
        )
        is_accepted = owner not in self.client.refused_owners
        return bool(owner) and is_accepted and any(token.owner == owner for token in usable)

    def _may_ask_again(self, repository: KnownRepository) -> bool:
        return 0 < self._asked.get(repository.repository_id, 0) < TIMES_ASKED

    def _failed(self, failed: Failed, waiting: list[KnownRepository], wanted: int) -> Findings:
        """Pass one that gives nothing, unless GitHub gives nothing at all."""
        if isinstance(failed.fault, BadCredentials):
            raise failed.fault
        if isinstance(failed.fault, Unusable) and wanted > 1:
            # GitHub does not say which of them it is about.
            self.size = wanted // 2
            return Findings()
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            self.stop, self.reason = Stop.ERROR, str(failed.fault)
        self.size = 1
        return Findings(unclear=(waiting.pop(0),))

    def _note_date(self, dated: datetime | None) -> None:
        if dated is not None:
            moment = dated - SETTLED
            self.settled_before = min(self.settled_before or moment, moment)


@dataclass(frozen=True)
class _Response:
    """The findings of one query, and GitHub's clock at that moment."""

    findings: tuple[tuple[KnownRepository, Finding | None], ...]
    dated: datetime | None


def _asking(client: GitHubClient, waiting: tuple[KnownRepository, ...]) -> Ask[_Response]:
    def ask(attempt: Attempt) -> ParsedResponse[_Response]:
        request = NewestChangesRequest(waiting[: attempt.first])
        response = client.execute(request.query, request.variables)
        found = dict(read_newest_changes(response, request))
        # In the order of the request: `Fetched.first` counts from its beginning.
        in_order = tuple((repository, found[repository]) for repository in request.repositories)
        return ParsedResponse(
            _Response(in_order, response.date),
            response.rate_limit,
            response.points,
            connections=1,
        )

    return ask
