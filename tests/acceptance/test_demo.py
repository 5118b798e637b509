"""The demo and the embedded Postgres, as a new user meets them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Commands


@pytest.fixture
def alone() -> Iterator[Commands]:
    """Nothing configured; a home that Postgres's own account may enter."""
    with tempfile.TemporaryDirectory(prefix="cb-demo-") as directory:
        Path(directory).chmod(0o755)
        yield Commands({"CONTRIBUTOR_BACKFILL_HOME": directory}, Path(directory))


def test_the_demo_needs_nothing_and_its_data_can_be_looked_at(alone: Commands) -> None:
    done = alone.run("demo")

    assert done.returncode == 0, done.stderr
    assert "Captured 1,250 new pull requests" in done.stdout
    home = Path(alone.variables["CONTRIBUTOR_BACKFILL_HOME"]) / "demo"
    assert str(home) in done.stdout
    page = home / "page" / "index.html"
    assert f"{page}\n" in done.stdout
    assert "octo-sandbox/demo" in page.read_text(encoding="utf-8")
    looking = Commands({"CONTRIBUTOR_BACKFILL_HOME": str(home)}, alone.directory)
    count = looking.run("psql", "-At", "-c", "select count(*) from pull_requests")
    assert count.stdout.strip() == "1250"


def test_the_embedded_database_is_named_first_and_brought_up_to_date(alone: Commands) -> None:
    first, second = alone.run("status"), alone.run("status")

    assert first.stderr.startswith("Making an embedded Postgres in ")
    assert second.stderr.startswith("Using the embedded Postgres in ")
    assert first.stdout == second.stdout
    assert first.stdout.startswith("No repository is tracked.")
