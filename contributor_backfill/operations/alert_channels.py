"""Notify people through GitHub issues, one an alert, and a webhook that takes Slack's JSON."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from contributor_backfill.domain.alerts import Action, Message, Tell
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import BackfillError
from contributor_backfill.domain.network import DIRECT, Network
from contributor_backfill.github import issues
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import (
    AccessLost,
    BadCredentials,
    Forbidden,
    GitHubFault,
    Gone,
    RateLimited,
    TooHeavy,
    Unavailable,
    Unusable,
)
from contributor_backfill.github.retry import GiveUp, decide
from contributor_backfill.operations.alerts import ChannelDown, PassedOver
from contributor_backfill.operations.outbound import Undelivered, post

T = TypeVar("T")
TRIES = 4


class Repeating:
    """Make attempts until one succeeds. The patience is for all of them together."""

    def __init__(self, clock: Clock, patience: timedelta) -> None:
        self._clock = clock
        self._deadline = clock.now() + patience

    def attempt(self, once: Callable[[int], T]) -> T:
        """Return what `once` returns, which is told how many attempts there were before.

        Raises the fault that does not pass, or not soon enough.
        """
        for earlier in range(TRIES):
            try:
                return once(earlier)
            except GitHubFault as fault:
                now = self._clock.now()
                decision = decide(fault, earlier + 1, now)
                if isinstance(decision, GiveUp) or earlier + 1 == TRIES:
                    raise
                if decision.until > self._deadline:
                    raise
                self._clock.sleep((decision.until - now).total_seconds())
        raise AssertionError("the last attempt returns or raises")


LABEL = "contributor-backfill"
DESCRIPTION = "Opened and closed by contributor-backfill"
PATIENCE = timedelta(minutes=2)
CLOCKS_DIFFER = timedelta(minutes=10)


class IssueChannel:
    """Open, comment on, close, reopen. What a killed run has written is found, not doubled."""

    is_announced = True

    def __init__(self, client: GitHubClient, clock: Clock, repository: str) -> None:
        self.name = f"issues {repository.lower()}"
        self._client = client
        self._repository = repository
        self._repeating = Repeating(clock, PATIENCE)
        self._has_label = False

    def tell(self, tell: Tell, message: Message, /) -> int | None:
        """Tell people, and return the issue's number. Raises `ChannelDown`."""
        with self._explained():
            number = tell.telling.issue_number if tell.telling else None
            try:
                if number is not None:
                    self._write_on(number, tell, message)
                    return number
            except Gone:
                # The issue, or the whole repository? Then this raises it again.
                self._ask(lambda: issues.look_at_issues(self._client, self._repository))
            return self._without_number(tell, message)

    def _without_number(self, tell: Tell, message: Message) -> int | None:
        """Open an issue unless a run that was killed has; of that one, tell the end."""
        found = self._ask(lambda: self._find(tell, message))
        if tell.action is not Action.CLOSE:
            return found or self._open(tell, message)
        if found:
            self._write_on(found, tell, message)
        return found

    def _open(self, tell: Tell, message: Message) -> int:
        def once(earlier: int) -> int:
            # A request that was cut off may have come through.
            found = self._find(tell, message) if earlier else None
            return found or issues.open_issue(
                self._client, self._repository, message.title, message.body, [LABEL]
            )

        self._make_label()
        return self._repeating.attempt(once)

    def _find(self, tell: Tell, message: Message) -> int | None:
        since = tell.alert.opened_at - CLOCKS_DIFFER
        return issues.find_issue(self._client, self._repository, message.marker, LABEL, since)

    def _write_on(self, number: int, tell: Tell, message: Message) -> None:
        """Comment once, and set the issue's state, whatever a killed run has done of it.

        Raises `Gone` for an issue that is not there any more, and `PassedOver` for one that takes
        no comment from this token, whose state is set all the same.
        """
        is_locked = self._ask(lambda: issues.is_locked(self._client, self._repository, number))
        marker = message.body.partition("\n")[0]
        since = _before(tell)

        def is_written() -> bool:
            return issues.has_comment(self._client, self._repository, number, marker, since)

        def once(earlier: int) -> None:
            if not (earlier and is_written()):
                issues.add_comment(self._client, self._repository, number, message.body)

        refused: PassedOver | None = None

        if tell.action is Action.REOPEN:
            self._set_state(number, is_open=True)
        if not self._ask(is_written):
            try:
                self._repeating.attempt(once)
            except (Forbidden, Unusable) as fault:
                if not (is_locked if isinstance(fault, Forbidden) else "422" in fault.message):
                    raise
                refused = self._takes_no_comment(number, fault)
        if tell.action is Action.CLOSE:
            self._set_state(number, is_open=False)
        if refused:
            raise refused

    def _takes_no_comment(self, number: int, fault: BackfillError) -> PassedOver:
        return PassedOver(
            f"Issue #{number} of {self._repository} was passed over: {fault.message}",
            advice="Unlock it, or delete it: then the next change opens a new one.",
        )

    def _set_state(self, number: int, *, is_open: bool) -> None:
        self._ask(
            lambda: issues.set_issue_state(self._client, self._repository, number, is_open=is_open)
        )

    def _make_label(self) -> None:
        """Make the label, where the token may; issues come without it where it may not."""
        if self._has_label:
            return
        self._has_label = True
        try:
            self._ask(lambda: issues.make_label(self._client, self._repository, LABEL, DESCRIPTION))
        except (AccessLost, Unusable):
            return

    def _ask(self, once: Callable[[], T]) -> T:
        """Do what may be repeated."""
        return self._repeating.attempt(lambda _: once())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what GitHub says as what it means for issues."""
        try:
            yield
        except Gone as fault:
            raise self._closed(fault) from fault
        except AccessLost as fault:
            raise ChannelDown(
                f"This token may not write issues in {self._repository}: {fault.message}",
                advice="Give the job `permissions: issues: write`.",
            ) from fault
        except BadCredentials as fault:
            raise ChannelDown(fault.message, advice=fault.advice) from fault
        except RateLimited as fault:
            raise ChannelDown(
                f"GitHub asks to wait: {fault.message}", advice="The next run tells.", passes=True
            ) from fault
        except (Unavailable, TooHeavy) as fault:
            raise ChannelDown(
                f"No issue could be written in {self._repository}: {fault.message}",
                advice="The next run tries again.",
            ) from fault

    def _closed(self, fault: BackfillError) -> ChannelDown:
        if "410" in fault.message:
            return ChannelDown(
                f"Issues are disabled in {self._repository}.",
                advice="Enable them, or name another repository with --issues, whose token needs"
                " `issues: write`.",
            )
        return ChannelDown(
            f"The token does not see the repository {self._repository}, which --issues names.",
            advice="Check the name, and give the token `issues: write` there.",
        )


def _before(tell: Tell) -> datetime:
    """Return a moment before which this telling cannot have been written."""
    assert tell.telling is not None, "only what was told before has an issue"
    return tell.telling.told_at - CLOCKS_DIFFER


class WebhookChannel:
    """One message for each telling; it comes twice when a run is killed in between."""

    name = "webhook"
    is_announced = False

    def __init__(self, url: str, network: Network = DIRECT) -> None:
        self._url = url
        self._network = network

    def tell(self, _: Tell, message: Message, /) -> None:
        """Post the message. Raises `ChannelDown`, without the address."""
        try:
            post(self._url, {"text": message.text}, self._network)
        except Undelivered as error:
            raise ChannelDown(
                f"The webhook took no message: {error}.",
                advice="The next run tries again; check CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK.",
            ) from None
