"""A secret or an address that cannot be right ends in one sentence that does not show it."""

from pathlib import Path

import pytest

from tests.support.captures import REPOSITORY
from tests.support.entry import Done, run_here

SECRET = "planted4711"
DATABASE = {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}
SUPABASE = {"SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_KEY": f"sb_secret_{SECRET}"}
SPOILT = (
    "{}\u200b",
    "\u201c{}\u201d",
    "{}\xa0",
    "\xa0{}",
    "{}\n{}",
    "{} {}",
    '"{}"',
    "'{}'",
    "{}é",
)
SECRETS = (
    "GITHUB_TOKEN",
    "SUPABASE_SERVICE_KEY",
    "SUPABASE_SERVICE_ROLE_KEY",
    "INNGEST_EVENT_KEY",
)


@pytest.fixture
def said_by(tmp_path: Path) -> "Commanding":
    return Commanding(tmp_path)


class Commanding:
    """Run a command that reads the configuration."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, variables: dict[str, str], *arguments: str) -> Done:
        return run_here(variables, self._directory, *(arguments or ("status",)))


def assert_refused(done: Done, name: str) -> None:
    assert done.exit_code == 3, done.talk
    assert name in done.talk
    assert len(done.talk.splitlines()) == 1
    assert SECRET not in done.talk + done.output


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_was_pasted_badly_is_named(
    said_by: Commanding, name: str, spoilt: str
) -> None:
    value = spoilt.format(SECRET, SECRET)

    assert_refused(said_by({**DATABASE, name: value}), name)


@pytest.mark.parametrize("spoilt", [spoilt for spoilt in SPOILT if spoilt != "{} {}"])
def test_so_is_a_webhooks_secret_though_it_may_be_a_phrase(
    said_by: Commanding, spoilt: str
) -> None:
    name = "GITHUB_WEBHOOK_SECRET"
    phrase = f'It\'s {SECRET}, "a secret" to everybody'

    assert_refused(said_by({**DATABASE, name: spoilt.format(SECRET, SECRET)}), name)
    assert "does not answer" in said_by({**DATABASE, name: phrase}).talk, "it was taken"


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize(
    "name",
    [
        "SUPABASE_URL",
        "GITHUB_API_URL",
        "INNGEST_BASE_URL",
        "DATABASE_URL",
        "CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK",
    ],
)
def test_so_is_an_address(said_by: Commanding, name: str, spoilt: str) -> None:
    start = "postgresql://u:p@h.example/" if name == "DATABASE_URL" else "https://h.example/"
    value = start + spoilt.format(SECRET, SECRET)

    assert_refused(said_by({**DATABASE, name: value}), name)


def test_address_and_key_that_were_swapped_are_shown_neither_of_them(said_by: Commanding) -> None:
    for key in (f"sb_secret_{SECRET}", f"eyJ{SECRET}.{SECRET}.{SECRET}"):
        done = said_by(
            {"SUPABASE_URL": key, "SUPABASE_SERVICE_KEY": f"https://{SECRET}.supabase.co"}
        )
        assert_refused(done, "SUPABASE_URL")
    done = said_by({**SUPABASE, "SUPABASE_SERVICE_KEY": f"https://{SECRET}.supabase.co"})
    assert_refused(done, "SUPABASE_SERVICE_KEY")


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_API_URL": f"https://me:{SECRET}@github.example/api/v3"},
        {"GITHUB_GRAPHQL_URL": f"https://{SECRET}@github.example/api/graphql"},
        {"SUPABASE_URL": f"https://me:{SECRET}@x.supabase.co"},
        {"DATABASE_URL": f"postgresql://me:p@{SECRET}@127.0.0.1:1/x"},
        {"DATABASE_URL": f"postgresql://me:p#{SECRET}@127.0.0.1:1/x"},
        {"INNGEST_BASE_URL": f"https://me:{SECRET}@inngest.example"},
        {"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": f"https://me:{SECRET}@hooks.example"},
    ],
)
def test_credentials_where_none_belong_are_shown_nowhere(
    said_by: Commanding, variables: dict[str, str]
) -> None:
    (name,) = variables
    for options in ((), ("--verbose",)):
        done = said_by({**DATABASE, **variables}, *options, "status")

        assert done.exit_code == 3
        assert name in done.talk
        assert SECRET not in done.talk + done.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUPABASE_URL", f"http://{SECRET}.example"),
        ("GITHUB_API_URL", f"http://{SECRET}.example/api/v3"),
        ("GITHUB_GRAPHQL_URL", f"http://{SECRET}.example/api/graphql"),
        ("INNGEST_BASE_URL", f"http://{SECRET}.example"),
        ("CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK", f"http://{SECRET}.example"),
        ("DATABASE_URL", f"postgresql://me:{SECRET}@h.example/db?sslmode=disable"),
        ("PGSSLMODE", "disable"),
    ],
)
def test_no_secret_leaves_the_machine_unprotected(
    said_by: Commanding, name: str, value: str
) -> None:
    remote = {"DATABASE_URL": f"postgresql://me:{SECRET}@h.example/db"}

    assert_refused(said_by({**remote, name: value}), name)


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_the_address_alone_says_where_the_database_is(said_by: Commanding, name: str) -> None:
    assert_refused(said_by({"DATABASE_URL": "postgresql:///x", name: SECRET}), name)


def test_doctor_shows_hosts_and_ports_and_nothing_else(said_by: Commanding) -> None:
    variables = {
        "DATABASE_URL": f"postgresql://{SECRET}:{SECRET}@127.0.0.1:1/{SECRET}",
        "GITHUB_API_URL": "http://127.0.0.1:1",
        "GITHUB_TOKEN": SECRET,
    }

    done = said_by(variables, "doctor")

    assert done.exit_code == 3
    assert "127.0.0.1:1" in done.output
    assert SECRET not in done.output + done.talk


REMOTE = (
    {"DATABASE_URL": "postgresql://h.invalid/db"},
    SUPABASE | {"SUPABASE_URL": "https://h.invalid"},
)


@pytest.mark.parametrize("remote", REMOTE)
@pytest.mark.parametrize("command", [("track", REPOSITORY), ("progressive-backfill",), ("status",)])
def test_a_sandbox_writes_into_no_database_that_is_elsewhere(
    said_by: Commanding, remote: dict[str, str], command: tuple[str, ...]
) -> None:
    github = {"GITHUB_API_URL": "http://127.0.0.1:1", "GITHUB_TOKEN": "any"}

    refused = said_by({**remote, **github}, *command)

    assert_refused(refused, "--allow-sandbox-data")


@pytest.mark.parametrize("place", ["before", "after"])
def test_unless_that_is_meant(said_by: Commanding, place: str) -> None:
    variables = {**REMOTE[0], "GITHUB_API_URL": "http://127.0.0.1:1"}
    allow = ("--allow-sandbox-data",)
    arguments = (*allow, "status") if place == "before" else ("status", *allow)

    done = said_by(variables, *arguments)

    assert done.exit_code == 1, "the database was asked, and is not there"
    assert "does not answer" in done.talk


def test_a_real_github_elsewhere_and_a_real_database_need_nothing(said_by: Commanding) -> None:
    variables = {**REMOTE[0], "GITHUB_API_URL": "https://github.example/api/v3"}

    assert said_by(variables).exit_code == 1


OF_OTHERS = (
    f"mysql://me:{SECRET}@h.example/db",
    f"mongodb+srv://me:{SECRET}@h.example/db",
    "file:./dev.db",
    "sqlite:///x.db",
)


@pytest.mark.parametrize("value", OF_OTHERS)
def test_another_kind_of_database_is_passed_where_supabase_is_the_store(
    said_by: Commanding, value: str
) -> None:
    with_supabase = {**SUPABASE, "SUPABASE_URL": "https://h.invalid", "DATABASE_URL": value}

    passed = said_by(with_supabase)

    assert passed.exit_code == 1, "Supabase was asked, and is not there"
    assert SECRET not in passed.talk
    assert_refused(said_by({"DATABASE_URL": value}), "DATABASE_URL")


@pytest.mark.parametrize(
    "value", [f"postgresql://me:p@{SECRET}@h.example/db", f"h.example:5432/{SECRET}", SECRET]
)
def test_a_postgres_that_is_misspelt_is_refused_beside_supabase_too(
    said_by: Commanding, value: str
) -> None:
    assert_refused(said_by({**SUPABASE, "DATABASE_URL": value}), "DATABASE_URL")
