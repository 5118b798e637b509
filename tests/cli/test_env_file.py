"""`.env` of a folder that somebody else may have written."""

import os
from pathlib import Path

import pytest

from contributor_backfill.cli.env_file import LARGEST
from contributor_backfill.cli.settings import Settings, load
from contributor_backfill.domain.addresses import API_URL, GRAPHQL_URL
from contributor_backfill.domain.errors import NotConfigured
from contributor_backfill.domain.secrets import KEYS, SECRET_ADDRESSES

HOSTILE = """
GITHUB_API_URL=https://evil.example/api/v3
GITHUB_GRAPHQL_URL=https://evil.example/api/graphql
SUPABASE_URL=https://evil.example
INNGEST_BASE_URL=https://evil.example
CONTRIBUTOR_BACKFILL_PG_BIN=evil
CONTRIBUTOR_BACKFILL_HOME=evil
"""
SECRETS = {"GITHUB_TOKEN": "ghp_x", "SUPABASE_SERVICE_KEY": "key", "INNGEST_EVENT_KEY": "key"}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every variable away: whoever runs the tests may have set any."""
    for name in list(os.environ):
        monkeypatch.delenv(name)


def written(directory: Path, text: str) -> Settings:
    (directory / ".env").write_text(text, encoding="utf-8")
    return load(directory)


def test_no_address_of_the_file_receives_a_secret_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)

    settings = written(tmp_path, HOSTILE)

    assert "evil" not in repr(settings)
    assert (settings.graphql_url, settings.api_url) == (GRAPHQL_URL, API_URL)
    talk = capfd.readouterr().err
    assert talk.count("is ignored") == 6
    assert f"{tmp_path / '.env'}, line 2: GITHUB_API_URL is ignored, because GITHUB_TOKEN" in talk
    load(tmp_path)
    assert capfd.readouterr().err == "", "it is said once"


@pytest.mark.parametrize("secret", [*KEYS, *SECRET_ADDRESSES, "DATABASE_URL"])
def test_no_program_of_the_file_runs_beside_any_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    address = {"DATABASE_URL": "host=localhost", SECRET_ADDRESSES[0]: "https://hooks.example/x"}
    monkeypatch.setenv(secret, address.get(secret, "x"))

    settings = written(tmp_path, "CONTRIBUTOR_BACKFILL_PG_BIN=/x\nCONTRIBUTOR_BACKFILL_HOME=/y\n")

    assert (settings.postgres_binaries, settings.home) == (None, None)


def test_a_file_with_its_own_secrets_is_believed_whole(tmp_path: Path) -> None:
    settings = written(tmp_path, HOSTILE + "".join(f"{n}={v}\n" for n, v in SECRETS.items()))

    assert settings.api_url == "https://evil.example/api/v3"
    assert settings.postgres_binaries == Path("evil")


def test_an_address_without_secret_in_the_environment_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "https://github.example/api/v3")
    monkeypatch.setenv("VITE_SUPABASE_URL", "https://mine.example")

    settings = written(tmp_path, HOSTILE)

    assert settings.graphql_url == "https://github.example/api/graphql"
    assert settings.supabase_url == "https://mine.example"


def test_the_file_cannot_read_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted")

    settings = written(
        tmp_path,
        "NAME=own\nDATABASE_URL=postgresql://${NAME}:x${GITHUB_TOKEN}@127.0.0.1/db\n",
    )

    assert settings.database_url == "postgresql://own:x@127.0.0.1/db"


def test_what_libraries_read_is_not_taken_from_the_file(tmp_path: Path) -> None:
    settings = written(tmp_path, "DATABASE_URL=postgresql://h.example/x\nPGSSLMODE=disable\n")

    assert settings.ssl_mode == ""


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"A=1\nGITHUB_TOKEN planted4711\n", 2),
        (b"A=1\n\n\nGITHUB_TOKEN='planted4711\n", 4),
        (b"A=1\nGITHUB_TOKEN=planted4711\xff\n", 2),
        (b"GITHUB_TOKEN=planted4711\0\n", 1),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, line: int) -> None:
    (tmp_path / ".env").write_bytes(content)

    with pytest.raises(NotConfigured, match=rf"\.env, line {line}, cannot be read") as refused:
        load(tmp_path)

    assert "planted4711" not in str(refused.value)


def test_a_mark_of_its_encoding_hides_no_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfGITHUB_TOKEN=ghp_x\r\n")

    assert load(tmp_path).github_token == "ghp_x"


def test_what_is_no_ordinary_file_is_passed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".env")
    assert load(tmp_path) == Settings()
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    assert load(tmp_path) == Settings()
    (tmp_path / ".env").rmdir()
    (tmp_path / ".env").symlink_to("/dev/zero")
    assert load(tmp_path) == Settings()


def test_a_file_that_is_too_large_is_said(tmp_path: Path) -> None:
    with (tmp_path / ".env").open("wb") as file:
        file.truncate(LARGEST + 1)

    with pytest.raises(NotConfigured, match="larger than a megabyte"):
        load(tmp_path)
