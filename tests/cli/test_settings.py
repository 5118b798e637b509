"""Where things are, as the environment and `.env` say it."""

import os
import subprocess
from pathlib import Path

import pytest

from contributor_backfill.cli.holder import is_dead, this_process
from contributor_backfill.cli.settings import Store, from_variables, load
from contributor_backfill.domain.addresses import GRAPHQL_URL
from contributor_backfill.domain.errors import NotConfigured

SUPABASE = {"SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_KEY": "k"}
POSTGRES = {"DATABASE_URL": "postgresql://host/db"}


@pytest.mark.parametrize(
    ("variables", "store"),
    [
        ({}, Store.EMBEDDED),
        (POSTGRES, Store.POSTGRES),
        (SUPABASE, Store.SUPABASE),
        ({**SUPABASE, **POSTGRES}, Store.SUPABASE),
        (
            {"VITE_SUPABASE_URL": "https://x.supabase.co", "SUPABASE_SERVICE_ROLE_KEY": "k"},
            Store.SUPABASE,
        ),
    ],
)
def test_the_store_is_the_best_that_is_configured(variables: dict[str, str], store: Store) -> None:
    assert from_variables(variables).store(None) is store


@pytest.mark.parametrize(
    ("variables", "asked", "named"),
    [
        ({"SUPABASE_URL": "https://x"}, None, "SUPABASE_SERVICE_KEY"),
        ({"SUPABASE_SERVICE_KEY": "k"}, None, "SUPABASE_URL"),
        (POSTGRES, Store.SUPABASE, "SUPABASE_URL"),
        (SUPABASE, Store.POSTGRES, "DATABASE_URL"),
        ({"GITHUB_ACTIONS": "true"}, None, "embedded"),
    ],
)
def test_what_is_missing_is_named(
    variables: dict[str, str], asked: Store | None, named: str
) -> None:
    with pytest.raises(NotConfigured, match=named):
        from_variables(variables).store(asked)


def test_keys_that_were_pasted_with_a_newline_are_stripped() -> None:
    assert from_variables({"SUPABASE_SERVICE_KEY": " key\n"}).supabase_key == "key"


@pytest.mark.parametrize("token", ["ghp_a\nghp_b", "ghp a", "ghp_a…", "ghp_\x00"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(NotConfigured, match="GITHUB_TOKEN") as raised:
        from_variables({"GITHUB_TOKEN": token}).token()

    assert token not in str(raised.value)


@pytest.mark.parametrize("content", [b"GITHUB_TOKEN=\xff\n", None])
def test_a_file_that_cannot_be_read_is_named_and_none_is_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    if content is None:
        assert load(tmp_path).github_token == ""
        return
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(NotConfigured, match=r"\.env"):
        load(tmp_path)


def test_the_projects_own_names_come_before_the_sites() -> None:
    both = {
        **SUPABASE,
        "VITE_SUPABASE_URL": "https://site.supabase.co",
        "SUPABASE_SERVICE_ROLE_KEY": "site",
    }

    settings = from_variables(both)

    assert (settings.supabase_url, settings.supabase_key) == ("https://x.supabase.co", "k")


def test_in_actions_a_database_that_stays_is_accepted() -> None:
    assert from_variables({**POSTGRES, "GITHUB_ACTIONS": "true"}).store(None) is Store.POSTGRES


def test_an_empty_variable_counts_as_not_set() -> None:
    settings = from_variables({"GITHUB_GRAPHQL_URL": "", "GITHUB_TOKEN": " "})

    assert settings.graphql_url == GRAPHQL_URL
    with pytest.raises(NotConfigured, match="GITHUB_TOKEN"):
        settings.token()


def test_real_variables_win_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("GITHUB_TOKEN=from-file\nDATABASE_URL=postgresql://file/db\n")
    monkeypatch.setenv("GITHUB_TOKEN", "from-environment")
    monkeypatch.delenv("DATABASE_URL", raising=False)

    settings = load(tmp_path)

    assert settings.github_token == "from-environment"
    assert settings.database_url == "postgresql://file/db"


def test_a_process_knows_itself_to_be_alive_and_another_dead() -> None:
    child = subprocess.Popen(["sleep", "60"])
    holder = f"{this_process().rpartition('/')[0]}/{child.pid}"
    assert not is_dead(this_process())
    assert not is_dead(holder)

    child.kill()

    # Whether it is a zombie still or was waited for, it is gone.
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(holder)
    child.wait()
    assert is_dead(holder)


def test_a_process_of_another_machine_cannot_be_judged() -> None:
    assert not is_dead("elsewhere/boot/1")
    assert not is_dead("nonsense")
