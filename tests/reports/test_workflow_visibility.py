"""The runner's event tells whether a workflow's minutes cost; it is never guessed."""

from pathlib import Path

import pytest

from contributor_backfill.actions.runner import workflow_run
from tests.support.runners import Runner


@pytest.mark.parametrize(
    ("event", "is_private"),
    [
        (b'{"repository": {"private": true}}', True),
        (b'{"repository": {"private": false}}', False),
        (b'{"repository": {"private": "yes"}}', None),
        (b'{"repository": null}', None),
        (b'{"repository": {}}', None),
        (b"[1]", None),
        (b"\xff{", None),
        (None, None),
    ],
)
def test_the_event_says_whether_the_repository_is_private(
    event: bytes | None, is_private: bool | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "event.json"
    if event is not None:
        file.write_bytes(event)
    for name, value in {**Runner(tmp_path).variables, "GITHUB_EVENT_PATH": str(file)}.items():
        monkeypatch.setenv(name, value)

    run = workflow_run()

    assert run is not None
    assert run.is_private is is_private
