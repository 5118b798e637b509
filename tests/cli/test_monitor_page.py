"""`monitor --html`: the page of what is really stored, and one sentence where there can be none."""

from pathlib import Path

from tests.support.captures import REPOSITORY
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.made_snapshots import HOSTILE


def test_it_names_the_file_and_nobodys_text_becomes_markup(
    commands: Commands, database: Database, tmp_path: Path
) -> None:
    assert commands.run("track", REPOSITORY).returncode == 0
    for number, text in enumerate(HOSTILE):
        database.rows(
            "with made as (insert into repositories (github_id, full_name, owner, name)"
            " values (%s, %s, 'o', %s) returning id)"
            " insert into progressive_backfill_state"
            " (repository_id, total_prs, status, next_attempt_reason, last_error)"
            " select id, 5, 'failed', %s, %s from made",
            9_000 + number,
            text,
            str(number),
            text,
            text,
        )

    done = commands.run("monitor", "--html", "site")

    assert (done.returncode, done.stdout) == (0, "site/index.html\n"), done.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert REPOSITORY in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script") == 1
    assert "<img" not in page
    assert 'href="javascript:' not in page


def test_a_directory_that_cannot_be_is_named_in_a_sentence(
    commands: Commands, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    done = commands.run("monitor", "--html", "file/site")

    assert done.returncode == 2
    assert "The page cannot be written into file/site: Not a directory." in done.stderr
    assert "Traceback" not in done.stderr
