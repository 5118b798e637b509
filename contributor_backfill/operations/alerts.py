"""Notify people of problems: when one begins, when it changes, and when it is over.

The channels are GitHub issues, one an alert, and a webhook that takes Slack's JSON.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.alerts import (
    WARNED_AFTER_DAYS,
    Action,
    Alert,
    AlertState,
    Kind,
    Message,
    Notification,
    Problem,
    agenda,
    whole_days,
)
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import BackfillError, LeaseLost
from contributor_backfill.domain.network import DIRECT, Network
from contributor_backfill.domain.runs import Severity
from contributor_backfill.domain.types import LeaseToken
from contributor_backfill.github import issues
from contributor_backfill.github.actions import disabled_by_inactivity, last_push
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
from contributor_backfill.operations.outbound import Undelivered, post

T = TypeVar("T")
MOST_FAILURES = 3
"""Messages that a channel refuses before it is left alone until the next run."""
MOST_ATTEMPTS = 4
LABEL = "contributor-backfill"
DESCRIPTION = "Opened and closed by contributor-backfill"
PATIENCE = timedelta(minutes=2)
"""The time that all requests of a run together wait for GitHub."""
CLOCKS_DIFFER = timedelta(minutes=10)


class ChannelDown(BackfillError):
    """A channel takes no notification now. `passes` says that it is only a matter of time."""

    def __init__(self, message: str, *, advice: str = "", passes: bool = False) -> None:
        super().__init__(message, advice=advice)
        self.passes = passes


class PassedOver(BackfillError):
    """One alert's issue takes no notification, and others do."""


class Channel(Protocol):
    """A way to notify people. Under its `name` is remembered what they were sent."""

    @property
    def name(self) -> str:
        """Return the name."""

    @property
    def is_announced(self) -> bool:
        """Return whether it is noted beforehand that something is about to be opened there."""

    def send(self, notification: Notification, message: Message, /) -> int | None:
        """Send a notification, and return the number of an issue where there is one.

        Raises `ChannelDown`, `PassedOver`, and other errors for what this message alone cannot do.
        """


@dataclass(frozen=True)
class Sent:
    """A notification that was sent now."""

    action: Action
    alert: Alert
    issue_number: int | None


@dataclass
class Report:
    """The notifications of a run: sent, left for the next one, or refused.

    `passed_over` says which alerts were left out because of their own issue. `held_by` is set when
    another run notifies people: then this one did nothing.
    """

    alerts: tuple[Alert, ...] = ()
    sent: list[Sent] = field(default_factory=list)
    left: int = 0
    problems: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    held_by: str = ""

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """The alerts that are open."""
        return tuple(alert for alert in self.alerts if alert.state is AlertState.OPEN)


class Notifier:
    """Record the problems that were found, and notify people over each channel."""

    def __init__(
        self,
        gateway: Gateway,
        clock: Clock,
        channels: Sequence[Channel],
        write: Callable[[Notification], Message],
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._channels = channels
        self._write = write

    def run(
        self,
        found: Iterable[tuple[Problem, str]],
        interval_minutes: float,
        holder: str,
        is_dead: Callable[[str], bool],
    ) -> Report:
        """Notify people of the problems that were found, each with its title.

        Raises `StoreFault`.
        """
        lease = self._gateway.claim_alert_lease(holder)
        if lease.token is None and is_dead(lease.holder):
            lease = self._gateway.claim_alert_lease(holder, (lease.holder,))
        if lease.token is None:
            return Report(held_by=lease.holder)
        try:
            report = Report(self._gateway.observe_alerts(lease.token, found, interval_minutes))
            try:
                for channel in self._channels:
                    self._notify(channel, lease.token, report)
            except LeaseLost as error:
                report.waits.append(str(error))
            return report
        finally:
            self._gateway.release_alert_lease(lease.token)

    def _notify(self, channel: Channel, token: LeaseToken, report: Report) -> None:
        due = agenda(report.alerts, channel.name, self._clock.now())
        report.left += due.left
        failures = 0
        for notification in due.notifications:
            self._prepare(channel, notification, token)
            try:
                number = channel.send(notification, self._write(notification))
            except ChannelDown as error:
                (report.waits if error.passes else report.problems).append(str(error))
                return
            except PassedOver as error:
                # Noted as sent, or each run would try it again.
                report.passed_over.append(str(error))
                number = notification.issue_number
            except BackfillError as error:
                report.problems.append(str(error))
                failures += 1
                if failures == MOST_FAILURES:
                    return
                continue
            else:
                report.sent.append(Sent(notification.action, notification.alert, number))
            self._gateway.note_notification(
                token, notification, channel.name, notification.state, number
            )

    def _prepare(self, channel: Channel, notification: Notification, token: LeaseToken) -> None:
        """Make sure that nobody else sends it, and that it is not forgotten half done."""
        if notification.action is Action.OPEN and channel.is_announced:
            # A run that is killed now may have opened the issue: the next one looks for it.
            self._gateway.note_notification(token, notification, channel.name, AlertState.OPENING)
        else:
            self._gateway.hold_alert_lease(token)


def find_inactivity(client: GitHubClient, repository: str, now: datetime) -> tuple[Problem, ...]:
    """Return the problems of a repository's schedules, as far as the token may ask."""
    found: list[Problem] = []
    try:
        pushed_at = last_push(client, repository)
        if pushed_at and (days := whole_days(pushed_at, now)) >= WARNED_AFTER_DAYS:
            facts = {"repository": repository, "count": days, "since": pushed_at.isoformat()}
            found.append(Problem(Kind.INACTIVITY, Severity.WARNING, detail=facts))
        if files := disabled_by_inactivity(client, repository):
            facts = {"repository": repository, "files": list(files)}
            found.append(Problem(Kind.WORKFLOWS_DISABLED, Severity.ERROR, detail=facts))
    except GitHubFault:
        # Whatever keeps GitHub from responding is reported by the channel that needs it.
        return tuple(found)
    return tuple(found)


class IssueChannel:
    """Open, comment on, close, reopen. What a killed run has written is found, not doubled."""

    is_announced = True

    def __init__(self, client: GitHubClient, clock: Clock, repository: str) -> None:
        self.name = f"issues {repository.lower()}"
        self._client = client
        self._clock = clock
        self._repository = repository
        self._deadline = clock.now() + PATIENCE
        self._has_label = False

    def send(self, notification: Notification, message: Message, /) -> int | None:
        """Write the notification, and return the issue's number. Raises `ChannelDown`."""
        with self._explained():
            number = notification.issue_number
            try:
                if number is not None:
                    self._write_on(number, notification, message)
                    return number
            except Gone:
                # The issue, or the whole repository? Then this raises it again.
                self._ask(lambda: issues.check_issues(self._client, self._repository))
            return self._without_number(notification, message)

    def _without_number(self, notification: Notification, message: Message) -> int | None:
        """Open an issue unless a run that was killed has; close the one that it opened."""
        found = self._ask(lambda: self._find(notification, message))
        if notification.action is not Action.CLOSE:
            return found or self._open(notification, message)
        if found:
            self._write_on(found, notification, message)
        return found

    def _open(self, notification: Notification, message: Message) -> int:
        def once(earlier: int) -> int:
            # A request that was cut off may have come through.
            found = self._find(notification, message) if earlier else None
            return found or issues.open_issue(
                self._client, self._repository, message.title, message.body, [LABEL]
            )

        self._make_label()
        return self._attempt(once)

    def _find(self, notification: Notification, message: Message) -> int | None:
        since = notification.alert.opened_at - CLOCKS_DIFFER
        return issues.find_issue(self._client, self._repository, message.marker, LABEL, since)

    def _write_on(self, number: int, notification: Notification, message: Message) -> None:
        """Comment once, and set the issue's state, whatever a killed run has done of it.

        Raises `Gone` for an issue that is not there any more, and `PassedOver` for one that takes
        no comment from this token, whose state is set all the same.
        """
        is_locked = self._ask(lambda: issues.is_locked(self._client, self._repository, number))
        marker = message.body.partition("\n")[0]
        assert notification.last is not None, "only what was sent before has an issue"
        since = notification.last.told_at - CLOCKS_DIFFER

        def is_written() -> bool:
            return issues.has_comment(self._client, self._repository, number, marker, since)

        def once(earlier: int) -> None:
            if not (earlier and is_written()):
                issues.add_comment(self._client, self._repository, number, message.body)

        refused: PassedOver | None = None
        # Opened before the comment and closed after it: a run that is killed leaves it open.
        if notification.action is Action.REOPEN:
            self._set_state(number, is_open=True)
        if not self._ask(is_written):
            try:
                self._attempt(once)
            except (Forbidden, Unusable) as fault:
                if not (is_locked if isinstance(fault, Forbidden) else "422" in fault.message):
                    raise
                refused = self._takes_no_comment(number, fault)
        if notification.action is Action.CLOSE:
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
        return self._attempt(lambda _: once())

    def _attempt(self, once: Callable[[int], T]) -> T:
        """Return what `once` returns, which is given how many attempts there were before.

        Raises the fault that does not pass, or not soon enough.
        """
        for earlier in range(MOST_ATTEMPTS):
            try:
                return once(earlier)
            except GitHubFault as fault:
                now = self._clock.now()
                decision = decide(fault, earlier + 1, now)
                if isinstance(decision, GiveUp) or earlier + 1 == MOST_ATTEMPTS:
                    raise
                if decision.until > self._deadline:
                    raise
                self._clock.sleep((decision.until - now).total_seconds())
        raise AssertionError("the last attempt returns or raises")

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
                f"GitHub asks to wait: {fault.message}",
                advice="The next run notifies people.",
                passes=True,
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


class WebhookChannel:
    """One message for each notification; it comes twice when a run is killed in between."""

    name = "webhook"
    is_announced = False

    def __init__(self, url: str, network: Network = DIRECT) -> None:
        self._url = url
        self._network = network

    def send(self, _: Notification, message: Message, /) -> None:
        """Post the message. Raises `ChannelDown`, without the address."""
        try:
            post(self._url, {"text": message.text}, self._network)
        except Undelivered as error:
            raise ChannelDown(
                f"The webhook took no message: {error}.",
                advice="The next run tries again; check CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK.",
            ) from None
