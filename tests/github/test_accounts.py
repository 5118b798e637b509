"""Everybody who writes on GitHub has an id and a name, whichever of its APIs told of them."""

from typing import Any

import pytest

from contributor_backfill.domain.records import GHOST
from contributor_backfill.github.http import clean
from contributor_backfill.github.records import account, rest_account
from tests.github.test_parsing import USER

ACCOUNTS = [
    (None, (10137, "ghost", False)),
    (USER, (1, "ada", False)),
    ({**USER, "__typename": "Bot", "login": "dependabot"}, (1, "dependabot[bot]", True)),
    ({**USER, "__typename": "Mannequin"}, (1, "ada", False)),
    ({**USER, "__typename": "Organization"}, (1, "ada", False)),
    (
        {
            **USER,
            "__typename": "EnterpriseUserAccount",
            "databaseId": None,
            "user": {"databaseId": 5},
        },
        (5, "ada", False),
    ),
    (
        {**USER, "__typename": "EnterpriseUserAccount", "databaseId": None, "user": None},
        (10137, "ghost", False),
    ),
]


@pytest.mark.parametrize(("actor", "expected"), ACCOUNTS)
def test_every_kind_of_account_has_an_id_and_a_name(
    actor: dict[str, Any] | None, expected: tuple[int, str, bool]
) -> None:
    found = account(actor)

    assert (found.github_id, found.username, found.is_bot) == expected


REST_USER: dict[str, Any] = {
    "id": 1,
    "login": "ada",
    "type": "User",
    "avatar_url": "https://avatars.example/1",
    "html_url": "https://github.com/ada",
}
REST_ACCOUNTS = [
    (None, (10137, "ghost", False)),
    ({**REST_USER, "id": 10137, "login": "ghost"}, (10137, "ghost", False)),
    (REST_USER, (1, "ada", False)),
    ({**REST_USER, "type": "Bot", "login": "dependabot[bot]"}, (1, "dependabot[bot]", True)),
    ({**REST_USER, "login": "old[bot]"}, (1, "old[bot]", True)),
    ({**REST_USER, "type": "Mannequin"}, (1, "ada", False)),
    ({**REST_USER, "type": "Organization"}, (1, "ada", False)),
]


@pytest.mark.parametrize(("user", "expected"), REST_ACCOUNTS)
def test_so_has_every_kind_of_account_that_rest_shows(
    user: dict[str, Any] | None, expected: tuple[int, str, bool]
) -> None:
    found = rest_account(user)

    assert (found.github_id, found.username, found.is_bot) == expected


def test_rest_is_known_to_say_less_but_of_the_ghost_everything_is_known() -> None:
    assert rest_account(REST_USER).is_brief
    assert not account(USER).is_brief
    assert rest_account(None) == GHOST


def test_a_login_that_is_written_as_a_bots_is_a_bots() -> None:
    bot = account({**USER, "__typename": "Bot", "login": "ci[bot]"})
    user = account({**USER, "login": "old[bot]"})

    assert (bot.username, bot.is_bot) == ("ci[bot]", True)
    assert (user.username, user.is_bot) == ("old[bot]", True)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("a\x00b", "ab"), ("a\ud800b", "ab"), ("\U0001f600é", "\U0001f600é"), ("", ""), (None, None)],
)
def test_what_postgres_cannot_hold_is_removed(text: str | None, kept: str | None) -> None:
    assert clean(text) == kept
