"""What GitHub's list leaves open: sums that differ, what vanished, comments that were answered."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from contributor_backfill.capture.fetcher import (
    Attempt,
    Deferred,
    Failed,
    Fetched,
    Fetcher,
    Reply,
)
from contributor_backfill.capture.pages import by_node_id
from contributor_backfill.capture.source import Limits, Step
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.harvest import Commit, Harvest, Number
from contributor_backfill.domain.page_planner import PagePlanner
from contributor_backfill.domain.records import Page
from contributor_backfill.domain.sources import Claim
from contributor_backfill.github import totals
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import Gone
from contributor_backfill.github.http import Answer
from contributor_backfill.github.review_comments import comment_path
from contributor_backfill.github.tokens import Resource

ONE = PagePlanner(1, fixed=True)
T = TypeVar("T")
Outcome = Step | Deferred | Failed


class QuestionSteps:
    """Ask what the database says is open, and take the answers down."""

    def __init__(self, gateway: Gateway, client: GitHubClient, fetcher: Fetcher) -> None:
        self._gateway = gateway
        self._client = client
        self._fetcher = fetcher
        self._asked_for: set[int] = set()

    def next(
        self, claim: Claim, since: datetime | None, limits: Limits, *, finishes: bool
    ) -> Outcome:
        """Ask the next question; without any, end the turn, and the pass if `finishes`."""
        open_questions = self._gateway.next_questions(
            claim.repository.repository_id,
            since,
            self._asked_for,
            totals.LARGEST_WITH_COMMENTS,
        )
        if open_questions.doubtful:
            return self.count(claim, open_questions.doubtful, limits)
        if open_questions.vanished:
            return self.explain(claim, open_questions.vanished, limits)
        if open_questions.parents:
            return self._parent(claim, open_questions.parents[0], limits)
        commit = Commit(Harvest(), claim.position, finished=finishes, ends_turn=not finishes)
        nothing = Fetched(None, ONE, None, first=1, points=0, requests=0, milliseconds=0)
        return Step((commit,), nothing, Resource.GRAPHQL, plan_is_ours=False)

    def count(self, claim: Claim, node_ids: tuple[str, ...], limits: Limits) -> Outcome:
        """Ask for the totals of these pull requests, and of their comments alone."""
        variables = {"ids": list(node_ids)}
        fetched = self._graphql(totals.totals_query(), variables, totals.read_totals, limits)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        shown = {each.node_id for each in fetched.content}
        if gone := [node_id for node_id in node_ids if node_id not in shown]:
            # An old id may not resolve any more: only its number settles it.
            self._gateway.note_gone(claim.repository.repository_id, node_ids=gone)
        commit = Commit(Harvest(counts=fetched.content), claim.position)
        return Step((commit,), fetched, Resource.GRAPHQL, plan_is_ours=False)

    def explain(self, claim: Claim, numbers: tuple[int, ...], limits: Limits) -> Outcome:
        """Ask what these numbers are: a pull request that is missing, an issue, or nothing."""
        query = totals.numbers_query(numbers)

        def asked(node_id: str) -> Reply[tuple[Page, tuple[Number, ...]]]:
            answer = self._client.execute(query, {"repository": node_id})
            found = totals.read_numbers(answer, numbers)
            return Reply(found, answer.rate_limit, answer.points, connections=1)

        def ask(_: Attempt) -> Reply[tuple[Page, tuple[Number, ...]]]:
            return by_node_id(self._client, claim.repository, asked)

        fetched = self._fetcher.fetch(ask, ONE, limits.deadline, has_ladder=False)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        head, found = fetched.content
        gone = [each.number for each in found if each.meaning == "gone"]
        self._gateway.note_gone(claim.repository.repository_id, numbers=gone)
        commit = Commit(Harvest(numbers=found), claim.position, page=head)
        return Step((commit,), fetched, Resource.GRAPHQL, plan_is_ours=False)

    def _parent(self, claim: Claim, parent: int, limits: Limits) -> Outcome:
        """Ask for a comment that was answered and is not stored.

        One that exists is among the comments that are short, so its pull request is found by that.
        """
        self._asked_for.add(parent)
        path = comment_path(claim.repository.full_name, parent)

        def ask(_: Attempt) -> Reply[bool]:
            try:
                answer = self._client.get(path)
            except Gone:
                return Reply(content=False, rate_limit=None, points=0, connections=0)
            return Reply(content=True, rate_limit=answer.rate_limit, points=0, connections=0)

        fetched = self._fetcher.fetch(ask, ONE, limits.deadline, has_ladder=False)
        if isinstance(fetched, Deferred | Failed):
            return fetched
        if not fetched.content:
            self._gateway.note_gone(claim.repository.repository_id, parents=(parent,))
        commit = Commit(Harvest(), claim.position)
        return Step((commit,), fetched, Resource.REST, plan_is_ours=False)

    def _graphql(
        self,
        query: str,
        variables: Mapping[str, Any],
        read: Callable[[Answer], T],
        limits: Limits,
    ) -> Fetched[T] | Deferred | Failed:
        """Ask one query of a fixed size."""

        def ask(_: Attempt) -> Reply[T]:
            answer = self._client.execute(query, variables)
            return Reply(read(answer), answer.rate_limit, answer.points, connections=1)

        return self._fetcher.fetch(ask, ONE, limits.deadline, has_ladder=False)
