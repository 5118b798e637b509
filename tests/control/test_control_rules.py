"""GitHub's response says what is wrong with a repository, and a change is put into words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.control import (
    Access,
    AccessFinding,
    Change,
    KnownRepository,
    Refused,
    Shown,
    access_finding,
)
from contributor_backfill.domain.types import RepositoryId
from contributor_backfill.reports.interventions import WORDS, line, sentence

SUSPECT = KnownRepository(RepositoryId("1"), 7, "R_7", "octo/one")
NAMES = st.sampled_from(["octo/one", "octo/two", "Octo/One"])


@given(github_id=st.sampled_from([7, 8]), name=NAMES)
def test_a_repository_is_the_one_with_its_id_whatever_its_name(github_id: int, name: str) -> None:
    found = access_finding(SUSPECT, Shown(github_id, name))

    assert found.access is (Access.OK if github_id == 7 else Access.GONE)
    assert found.full_name == (name if github_id == 7 else "octo/one")


@given(access=st.sampled_from([Access.GONE, Access.FORBIDDEN]), message=st.text())
def test_what_github_does_not_show_keeps_its_name_and_githubs_words(
    access: Access, message: str
) -> None:
    found = access_finding(SUSPECT, Refused(access, message))

    assert found == AccessFinding(SUSPECT.repository_id, access, "octo/one", message)


@pytest.mark.parametrize(
    ("action", "before", "after", "words"),
    [
        (
            "pause",
            {},
            {"pause_ends_at": "2026-01-02T03:04:05+00:00"},
            "paused until 2026-01-02 03:04",
        ),
        ("retry", {}, {"wanted": [1, 2]}, "tried again: 2 pull requests queued"),
        ("retry", {}, {"status": "active"}, "tried again: its backfill goes on"),
        ("retry", {}, {"consecutive_errors": 0}, "tried again: its errors are forgotten"),
        ("set", {"bodies": None}, {"bodies": "none"}, "bodies unset -> none"),
        ("lose_run", {}, {"command": "recover"}, "the run of recover is closed as lost"),
        (
            "free_feed",
            {"lease_holder": "h"},
            {"feed": "review_comments"},
            "its review comments are taken from h",
        ),
        ("something_new", {}, {}, "something new"),
    ],
)
def test_a_change_is_one_sentence(
    action: str, before: dict[str, object], after: dict[str, object], words: str
) -> None:
    made = Change(action, "octo/one", "ada", "so\nit is.", before, after)

    assert sentence(made).startswith("octo/one: ")
    assert words in sentence(made)
    assert sentence(made).endswith(" (so it is).")


def test_a_line_of_the_history_says_when_and_who() -> None:
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    made = Change("resume", None, "ada", None, {}, {}, at)

    assert line(made) == "2026-01-02 03:04 UTC  ada  all repositories: resumed."


def test_every_action_of_the_database_has_its_words() -> None:
    assert {"pause", "resume", "retry", "reset", "set", "end_pause", "gone"} <= WORDS.keys()
