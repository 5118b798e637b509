"""The page in a real Chromium, opened from disk: quiet, alone, and of use to everybody."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from contributor_backfill.reports.html import write_page
from tests.browser.chromium import Browser, Scheme
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.made_snapshots import empty_snapshot, full_snapshot, hostile_snapshot
from tests.support.monitored_fleet import fleet
from tests.support.page_databases import FLEETS, page_of

PHONE, READ_AT, DESK = 360, 390, 1280
SHOWN = (
    "[...document.querySelectorAll('table.fleet tbody tr')].filter((row) => !row.hidden)"
    ".map((row) => row.cells[0].textContent)"
)
FOCUSED = "document.activeElement.textContent || document.activeElement.id"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(full_snapshot(), tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(empty_snapshot(), tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory, shared_database: Database) -> Path:
    """The page of half a day's real captures, with an error and a killed run among them."""
    shared_database.empty()
    directory = tmp_path_factory.mktemp("captured")
    with (
        pytest.MonkeyPatch.context() as patch,
        fleet({"octo/large": 900, "octo/small": 40}, shared_database, patch, directory) as life,
    ):
        life.live(24, max_chunks=1)
        done = life.run("monitor", "--html", str(directory))
    assert done.exit_code == 0, done.talk
    return directory / "index.html"


@pytest.fixture(scope="module")
def demonstrated() -> Iterator[Path]:
    """The page with which the demo ends."""
    with tempfile.TemporaryDirectory(prefix="cb-demo-") as directory:
        home = Path(directory)
        home.chmod(0o755)  # Postgres's own account must come in
        commands = Commands({"CONTRIBUTOR_BACKFILL_HOME": directory}, home)
        done = commands.run("demo", "--pull-requests", "60")
        assert done.returncode == 0, done.stderr
        (file,) = home.rglob("index.html")
        assert str(file) in done.stdout
        yield file


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(hostile_snapshot(), tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize(
    ("kind", "width", "scheme"),
    [
        ("full", PHONE, "light"),
        ("full", PHONE, "dark"),
        ("full", DESK, "light"),
        ("full", DESK, "dark"),
        ("captured", DESK, "dark"),
        ("demonstrated", PHONE, "light"),
        ("empty", DESK, "light"),
        ("hostile", PHONE, "dark"),
    ],
)
def test_nobody_is_shut_out_nothing_is_asked_for_and_nothing_goes_wrong(
    browser: Browser, request: pytest.FixtureRequest, kind: str, width: int, scheme: Scheme
) -> None:
    file: Path = request.getfixturevalue(kind)

    browser.open(file, width=width, scheme=scheme)
    browser.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    assert browser.barriers() == []
    assert browser.errors == []
    assert browser.requests == [file.as_uri()]
    assert browser.evaluate("document.documentElement.scrollWidth") == width


def test_the_first_key_leads_past_the_navigation(browser: Browser, full: Path) -> None:
    browser.open(full)

    browser.press("Tab")
    assert browser.evaluate(FOCUSED) == "To the content"
    assert browser.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    browser.press("Enter")

    assert browser.evaluate(FOCUSED).lstrip().startswith("At a glance")


def test_the_table_is_filtered_by_name_and_state_with_keys_alone(
    browser: Browser, full: Path
) -> None:
    browser.open(full)
    browser.evaluate("document.getElementById('tools').scrollIntoView()")
    browser.evaluate("document.getElementById('name').focus()")

    browser.type("REPOSITORY-1")
    assert len(browser.evaluate(SHOWN)) == 11
    assert browser.text("#told") == "11 of 30 shown"
    browser.press("Tab")
    browser.type("paused")

    assert browser.evaluate(SHOWN) == ["organization-14/some-repository-14"]
    assert browser.text("#told") == "1 of 30 shown"


def test_the_table_is_sorted_both_ways_with_keys_alone(browser: Browser, full: Path) -> None:
    browser.open(full)
    browser.evaluate("document.querySelectorAll('.fleet th button')[2].focus()")

    browser.press("Enter")
    first = browser.evaluate(SHOWN)
    browser.press("Space")
    last = browser.evaluate(SHOWN)

    assert first == [f"organization-{n}/some-repository-{n}" for n in range(30)]
    assert last == first[::-1]
    sorted_by = "[...document.querySelectorAll('[aria-sort]')].map((each) => each.ariaSort)"
    assert browser.evaluate(sorted_by) == ["descending"]


def test_names_become_links_to_github_and_to_nowhere_else(browser: Browser, hostile: Path) -> None:
    browser.open(hostile)
    links = "[...document.querySelectorAll('a[href]')].map((each) => each.href)"

    assert [each for each in browser.evaluate(links) if not each.startswith("file:///")] == []


def test_without_javascript_all_of_it_is_there(browser: Browser, full: Path) -> None:
    browser.open(full, javascript=False)

    assert "organization-29/some-repository-29" in browser.text("table.fleet")
    assert "of 30 shown" not in browser.text("main")
    assert "Points by hour" in browser.text("#quota")


def test_two_thousand_repositories_are_sorted_while_one_waits(
    browser: Browser, tmp_path: Path
) -> None:
    browser.open(write_page(full_snapshot(2_000), tmp_path))

    took = browser.evaluate("""
        (() => {
          const began = performance.now();
          document.querySelectorAll('.fleet th button')[2].click();
          document.body.offsetHeight;
          return performance.now() - began;
        })()
    """)

    assert len(browser.evaluate(SHOWN)) == 2_000
    assert took < 3_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_there_are_pictures_of_the_first_hours_to_look_at(
    browser: Browser, captured: Path, screenshots: Path, width: int, scheme: Scheme
) -> None:
    browser.open(captured, width=width, scheme=scheme)

    file = browser.screenshot(screenshots / f"page-first-hours-{width}-{scheme}.png")

    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", FLEETS)
def test_there_are_pictures_of_every_fleet_and_nobody_is_shut_out(
    browser: Browser, database: Database, screenshots: Path, tmp_path: Path, kind: str
) -> None:
    file = page_of(kind, database, tmp_path)

    assert file.stat().st_size < 500_000
    looks: tuple[tuple[int, Scheme], ...] = ((READ_AT, "dark"), (DESK, "light"))
    for width, scheme in looks:
        browser.open(file, width=width, scheme=scheme)
        picture = browser.screenshot(screenshots / f"page-{kind}-{width}-{scheme}.png", whole=False)
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert browser.barriers() == []
        assert browser.evaluate("document.documentElement.scrollWidth") == width


def test_a_repositorys_view_shows_where_its_name_leads_without_a_script(
    browser: Browser, full: Path
) -> None:
    browser.open(full, javascript=False)
    views = "[...document.querySelectorAll('.view')].filter((each) => each.offsetHeight).length"

    assert browser.evaluate(views) == 0
    browser.evaluate("document.querySelector('table.fleet a').click()")

    assert browser.evaluate(views) == 1
    # What finds barriers is a script itself.
    browser.open(full)
    browser.evaluate("document.querySelector('table.fleet a').click()")
    assert browser.barriers() == []
