"""The page in a real Chromium, opened from disk: quiet, alone, and of use to everybody."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.domain.prices import DEFAULT_PRICES
from contributor_backfill.reports.html import write_page
from contributor_backfill.reports.snapshot import snapshot
from scripts.bench_snapshot import FILL
from tests.browser.chromium import Browser, Scheme
from tests.support.commands import Commands
from tests.support.databases import Database
from tests.support.made_snapshots import empty_snapshot, full_snapshot, hostile_snapshot
from tests.support.monitored_fleet import fleet

LIMIT_MEGABYTES = 500
FLEETS = {
    "empty": "",
    "fifty": FILL.format(repositories=50, chunks=30_000, runs=2_000),
    "troubled": FILL.format(repositories=30, chunks=9_000, runs=1_500),
    "large": FILL.format(repositories=2_000, chunks=60_000, runs=20_000),
}
# What pull requests say of the work: a year of them in each of the first repositories.
WORK = """
    set local session_replication_role = replica;
    insert into contributors (github_id, username, is_bot, last_updated_at)
    select n, (array['ada', 'grace', 'linus', 'barbara', 'alan', 'renovate[bot]', 'edsger',
      'margaret', 'donald', 'frances', 'ken'])[n], n = 6, now() from generate_series(1, 11) n;
    insert into pull_requests (github_id, number, title, state, repository_id, author_id,
      head_branch, created_at, updated_at, repository_full_name, author_login, merged, merged_at)
    select r.github_id * 100000 + n, n, 'Mend the thing number ' || n, 'merged', r.id, c.id,
      'topic', at.moment, at.moment, r.full_name, c.username, n % 6 > 0,
      case when n % 6 > 0 then at.moment + n % 90 * interval '1 hour' end
    from repositories r, generate_series(1, 400) n,
      lateral (select now() - (400 - n) * (0.7 + n % 7 * 0.05) * interval '1 day') at (moment),
      lateral (select 1 + (n * n + n / 9) % 11 as id) w
    join contributors c on c.github_id = w.id
    where r.github_id <= 60;
    insert into reviews (github_id, pull_request_id, author_id, reviewer_id, repository_id, state,
      submitted_at)
    select p.github_id, p.id, c.id, c.id, p.repository_id, 'APPROVED',
      p.created_at + (2 + p.number % 40) * interval '1 hour'
    from pull_requests p, lateral (select 1 + p.number % 10 as id) w
    join contributors c on c.github_id = w.id
    where p.number % 4 > 0;
    analyze;
    select backfill_count_activity_v1(1000000, now());
"""
TROUBLE = """
    insert into backfill_alerts (repository_id, kind, severity, title, fingerprint, opened_at)
    select r.id, kind.name, 'error', r.full_name || ': ' || kind.words, '',
      now() - interval '3 hours'
    from repositories r, (values ('failed', 'cannot be read'),
      ('rejects', 'rows could not be stored')) kind (name, words)
    where r.github_id in (2, 4);
    insert into backfill_alerts (kind, severity, title, fingerprint, opened_at)
    values ('schedule_late', 'warning', 'the schedule is late', '', now() - interval '5 hours'),
      ('database_size', 'error', 'the database is nearly full', '', now() - interval '1 day');
    update progressive_backfill_state s set status = 'failed', consecutive_errors = 3,
      last_error = 'GitHub does not show owner/repository: it was deleted or made private.',
      last_error_at = now()
    from repositories r where r.id = s.repository_id and r.github_id % 7 = 2;
    update progressive_backfill_state s set status = 'paused',
      resume_at = now() + interval '2 hours', next_attempt_reason = 'three errors in a row',
      consecutive_errors = 3, last_error = 'GitHub answered 502 three times.', last_error_at = now()
    from repositories r where r.id = s.repository_id and r.github_id % 7 = 3;
    update backfill_runs set outcome = 'failed', error = 'GitHub answered 502.'
    where outcome = 'done' and started_at > now() - interval '6 hours';
    insert into backfill_routing (target, is_stopped) values (0.25, true)
    on conflict (is_only) do update set is_stopped = true;
    insert into backfill_database_sizes (day, bytes)
    select (now() at time zone 'UTC')::date - n, 480000000 - n * 9000000
    from generate_series(0, 29) n on conflict (day) do update set bytes = excluded.bytes;
"""


def page_of(kind: str, database: Database, directory: Path) -> Path:
    """Fill a database that holds nothing and write the page of it."""
    if FLEETS[kind]:
        database.rows(FLEETS[kind])
        database.rows(WORK)
    if kind == "troubled":
        database.rows(TROUBLE)
    transport = PostgresTransport(database.conninfo, read_only=True)
    with closing(transport):
        document = Gateway(transport).read_snapshot()
    shown = snapshot(document, DEFAULT_PRICES, datetime.now(UTC), limit_megabytes=LIMIT_MEGABYTES)
    return write_page(shown, directory)


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

    assert [link for link in browser.evaluate(links) if not link.startswith("file:///")] == []


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
