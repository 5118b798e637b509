"""`alert` at a moved time, against the issues and the webhook of a sandbox."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contributor_backfill.sandbox import Sandbox, SandboxClock
from tests.support.alerting import HERE, SECRET
from tests.support.entry import Done
from tests.support.moved_time import MovedTime


@pytest.fixture
def time(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> MovedTime:
    assert isinstance(sandbox.clock, SandboxClock)
    return MovedTime(sandbox.clock, monkeypatch)


@pytest.fixture
def alert(
    time: MovedTime, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """Run `alert` at the moved time."""
    monkeypatch.chdir(tmp_path)

    def run(settings: dict[str, str], *options: str) -> Done:
        return time.run({**variables, **settings}, *HERE, *options)

    return run


@pytest.fixture
def webhook(sandbox: Sandbox) -> dict[str, str]:
    return {"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": f"{sandbox.webhook_url}?{SECRET}"}
