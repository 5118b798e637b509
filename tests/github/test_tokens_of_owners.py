"""Which token serves a repository, and what is said of `GITHUB_TOKENS`."""

from datetime import UTC, datetime, timedelta

import pytest

from contributor_backfill.cli.settings import from_variables
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.redaction import redactor
from contributor_backfill.domain.secrets import secrets_of
from contributor_backfill.domain.types import RateLimit
from contributor_backfill.github.tokens import Resource, Tokens

NOW = datetime(2026, 11, 30, tzinfo=UTC)
RESET = NOW + timedelta(minutes=20)
FIRST, SECOND = "ghs_plantedFirst4711aaaa", "github_pat_plantedSecond4711"


def tokens() -> Tokens:
    return Tokens("general", {"Acme": "of-acme", "other": "of-other"})


def owners(found: Tokens, full_name: str) -> list[str]:
    return [token.owner for token in found.candidates(full_name)]


def test_an_owners_token_comes_first_and_serves_no_other_owner() -> None:
    assert owners(tokens(), "acme/one") == ["Acme", ""]
    assert owners(tokens(), "ACME/one") == ["Acme", ""]
    assert owners(tokens(), "third/one") == [""]
    assert owners(tokens(), "") == [""]


def test_what_the_owners_token_may_not_read_is_asked_of_the_general_one_first() -> None:
    found = tokens()

    found.cannot_read("acme/One")

    assert owners(found, "acme/one") == ["", "Acme"]
    assert owners(found, "acme/two") == ["Acme", ""]


def test_a_token_is_left_out_until_its_reset_once_the_reserve_is_reached() -> None:
    found = tokens()
    owned, _ = found.candidates("acme/one")
    owned.left[Resource.GRAPHQL] = RateLimit(1_000, 200, RESET)

    usable, limit = found.usable("acme/one", Resource.GRAPHQL, NOW)
    after, none = found.usable("acme/one", Resource.GRAPHQL, RESET)

    assert [token.owner for token in usable] == [""]
    assert limit is not None
    assert limit.reset_at == RESET
    assert "Acme" in limit.message
    assert "of-acme" not in limit.message
    assert ([token.owner for token in after], none) == (["Acme", ""], None)


def test_a_smaller_reserve_leaves_more_to_spend() -> None:
    found = tokens()
    found.reserve = 10
    owned, _ = found.candidates("acme/one")
    owned.left[Resource.GRAPHQL] = RateLimit(1_000, 11, RESET)

    assert found.usable("acme/one", Resource.GRAPHQL, NOW)[1] is None


def test_a_run_goes_by_the_token_that_has_most_left() -> None:
    found = tokens()
    assert found.best_left(Resource.GRAPHQL) is None, "one was not asked yet"

    for token, left in ((found.general, 5), *((t, 700) for t in found.candidates("acme/x")[:1])):
        token.left[Resource.GRAPHQL] = RateLimit(1_000, left, RESET)
    assert found.best_left(Resource.GRAPHQL) is None
    found.candidates("other/x")[0].left[Resource.GRAPHQL] = RateLimit(1_000, 300, RESET)

    best = found.best_left(Resource.GRAPHQL)
    assert best is not None
    assert best.remaining == 700


@pytest.mark.parametrize("separator", [",", " ", "\n", ", ", ",\n  "])
def test_the_setting_names_a_token_for_each_owner(separator: str) -> None:
    value = f"acme={FIRST}{separator}other-org={SECOND}"

    assert from_variables({"GITHUB_TOKENS": value}).github_tokens == {
        "acme": FIRST,
        "other-org": SECOND,
    }
    assert FIRST not in repr(from_variables({"GITHUB_TOKENS": value}))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (FIRST, "Entry 1 of GITHUB_TOKENS is not OWNER=TOKEN."),
        (f"acme={FIRST},{SECOND}", "Entry 2 of GITHUB_TOKENS is not OWNER=TOKEN."),
        ("acme=", "Entry 1 of GITHUB_TOKENS is not OWNER=TOKEN."),
        (f"={FIRST}", "Entry 1 of GITHUB_TOKENS is not OWNER=TOKEN."),
        (f"ac/me={FIRST}", "Entry 1 of GITHUB_TOKENS is not OWNER=TOKEN."),
        (f"acme={FIRST},Acme={SECOND}", "GITHUB_TOKENS names Acme twice."),
        (f"acme='{FIRST}'", "GITHUB_TOKENS"),
        (f"acme={FIRST}\u200b", "GITHUB_TOKENS"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_without_a_token_in_the_message(
    value: str, said: str
) -> None:
    with pytest.raises(NotConfigured) as refusal:
        from_variables({"GITHUB_TOKENS": value})

    assert said in str(refusal.value)
    assert "planted" not in str(refusal.value)


@pytest.mark.parametrize("separator", [",", " ", "\n"])
def test_each_token_is_hidden_wherever_it_is_written(separator: str) -> None:
    value = f"acme={FIRST}{separator}{SECOND}"

    text = redactor(secrets_of({"GITHUB_TOKENS": value}))(f"a {FIRST} b {SECOND} c {value}")

    assert "planted" not in text
    assert text.startswith("a ")
