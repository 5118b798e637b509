"""Notify people of problems: when one begins, when it changes, and when it is over."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.alerts import (
    WARNED_AFTER_DAYS,
    Action,
    Alert,
    AlertState,
    Kind,
    Message,
    Tell,
    Trouble,
    agenda,
    whole_days,
)
from contributor_backfill.domain.clock import Clock
from contributor_backfill.domain.errors import BackfillError, LeaseLost
from contributor_backfill.domain.runs import Severity
from contributor_backfill.domain.types import LeaseToken
from contributor_backfill.github.actions import disabled_by_inactivity, last_push
from contributor_backfill.github.client import GitHubClient
from contributor_backfill.github.faults import GitHubFault

Write = Callable[[Tell], Message]
MOST_FAILURES = 3
"""Messages that a channel refuses before it is left alone until the next run."""


class ChannelDown(BackfillError):
    """Nothing can be told over a channel now. `passes` says that it is only a matter of time."""

    def __init__(self, message: str, *, advice: str = "", passes: bool = False) -> None:
        super().__init__(message, advice=advice)
        self.passes = passes


class PassedOver(BackfillError):
    """One alert cannot be told where it was told before, and others can."""


class Channel(Protocol):
    """Where people are told. `name` is under which it is remembered what they were told."""

    @property
    def name(self) -> str:
        """Return the name."""

    @property
    def is_announced(self) -> bool:
        """Return whether it is noted beforehand that something is about to be opened there."""

    def tell(self, tell: Tell, message: Message, /) -> int | None:
        """Tell people, and return the number of an issue where there is one.

        Raises `ChannelDown`, `PassedOver`, and other errors for what this message alone cannot do.
        """


@dataclass(frozen=True)
class Told:
    """Something that people were told now."""

    channel: str
    action: Action
    alert: Alert
    issue_number: int | None


@dataclass(frozen=True)
class Report:
    """What a run told, what has to wait, and what could not be told.

    `passed_over` says which alerts were not told because of their own issue. `held_by` is set when
    another run tells of alerts: then this one did nothing.
    """

    alerts: tuple[Alert, ...] = ()
    told: tuple[Told, ...] = ()
    left: int = 0
    problems: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    held_by: str = ""

    @property
    def open_alerts(self) -> tuple[Alert, ...]:
        """The alerts that are open."""
        return tuple(alert for alert in self.alerts if alert.state is AlertState.OPEN)


class Alerting:
    """Take in what trouble there is, and tell of it over each channel."""

    def __init__(
        self, gateway: Gateway, clock: Clock, channels: Sequence[Channel], write: Write
    ) -> None:
        self._gateway = gateway
        self._clock = clock
        self._channels = channels
        self._write = write

    def run(
        self,
        found: Iterable[tuple[Trouble, str]],
        interval_minutes: float,
        holder: str,
        is_dead: Callable[[str], bool],
    ) -> Report:
        """Tell of the trouble that was found, each with its title. Raises `StoreFault`."""
        lease = self._gateway.claim_alert_lease(holder)
        if lease.token is None and is_dead(lease.holder):
            lease = self._gateway.claim_alert_lease(holder, (lease.holder,))
        if lease.token is None:
            return Report(held_by=lease.holder)
        try:
            alerts = self._gateway.observe_alerts(lease.token, found, interval_minutes)
            return self._tell(alerts, lease.token)
        finally:
            self._gateway.release_alert_lease(lease.token)

    def _tell(self, alerts: tuple[Alert, ...], token: LeaseToken) -> Report:
        outcome = _Outcome()
        try:
            for channel in self._channels:
                self._tell_over(channel, alerts, token, outcome)
        except LeaseLost as error:
            outcome.waits.append(str(error))
        return Report(
            alerts,
            tuple(outcome.told),
            outcome.left,
            tuple(outcome.problems),
            tuple(outcome.waits),
            tuple(outcome.passed_over),
        )

    def _tell_over(
        self, channel: Channel, alerts: tuple[Alert, ...], token: LeaseToken, outcome: "_Outcome"
    ) -> None:
        due = agenda(alerts, channel.name, self._clock.now())
        outcome.left += due.left
        failures = 0
        for tell in due.tells:
            self._prepare(channel, tell, token)
            try:
                number = channel.tell(tell, self._write(tell))
            except ChannelDown as error:
                (outcome.waits if error.passes else outcome.problems).append(str(error))
                return
            except PassedOver as error:
                # Noted as told, or each run would try it again.
                outcome.passed_over.append(str(error))
                number = tell.telling.issue_number if tell.telling else None
                self._gateway.note_telling(token, tell, channel.name, tell.state, number)
                continue
            except BackfillError as error:
                outcome.problems.append(str(error))
                failures += 1
                if failures == MOST_FAILURES:
                    return
                continue
            self._gateway.note_telling(token, tell, channel.name, tell.state, number)
            outcome.told.append(Told(channel.name, tell.action, tell.alert, number))

    def _prepare(self, channel: Channel, tell: Tell, token: LeaseToken) -> None:
        """Make sure that nobody else tells it, and that it is not forgotten half done."""
        if tell.action is Action.OPEN and channel.is_announced:
            self._gateway.note_telling(token, tell, channel.name, AlertState.OPENING)
        else:
            self._gateway.hold_alert_lease(token)


@dataclass
class _Outcome:
    """What has come of a run so far."""

    told: list[Told] = field(default_factory=list)
    left: int = 0
    problems: list[str] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


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
