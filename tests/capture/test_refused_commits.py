"""A commit that the database refuses is one repository's failure, unless it concerns them all."""

from collections.abc import Callable, Iterator

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.bounds import Stop
from contributor_backfill.domain.errors import StoreClosed, StoreReadOnly
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import Rig, rig
from tests.support.databases import Database

BAD, GOOD, LAST = "octo/bad", "octo/good", "octo/last"
NAMES = (BAD, GOOD, LAST)
REFUSED = (
    "select f.consecutive_errors, f.last_error, f.lease_holder from {table} f join repositories r"
)
REFUSED += " on r.id = f.repository_id where r.full_name = %s"
REFUSALS = {
    "42703": "perform new.a_column_that_is_missing",
    "42501": "raise exception 'not for you' using errcode = '42501'",
    "42883": "perform a_function_that_is_missing()",
    "57014": "raise exception 'canceling statement' using errcode = '57014'",
    "53200": "raise exception 'out of memory' using errcode = '53200'",
    "XX000": "raise exception 'internal' using errcode = 'XX000'",
    "P0001": "raise exception 'no'",
}


@pytest.fixture
def three(gateway: Gateway) -> Iterator[Rig]:
    """Three tracked repositories."""
    options = [RepositoryOptions(name, pull_requests=30, seed=n) for n, name in enumerate(NAMES)]
    with Sandbox(World.of(options)) as sandbox:
        work = rig(sandbox, gateway)
        for name in NAMES:
            work.track(name)
        yield work


@pytest.fixture
def refuse(database: Database) -> Iterator[Callable[..., None]]:
    """Make a trigger that refuses the changes of a repository's row, or of all."""

    def order(statement: str, *names: str, table: str = "pull_requests") -> None:
        listed = ", ".join(f"'{name}'" for name in names)
        database.rows(f"""
            create or replace function refuse() returns trigger language plpgsql as $$
            begin
              if exists (
                select from public.repositories r
                where r.id = new.repository_id and r.full_name in ({listed}))
              then
                {statement};
              end if;
              return new;
            end $$;
            create trigger refuse before insert or update on {table}
            for each row execute function refuse();
        """)

    yield order
    database.rows("drop function if exists refuse() cascade")


@pytest.mark.parametrize("sqlstate", REFUSALS)
def test_a_refused_commit_is_that_repositorys_failure_and_the_run_goes_on(
    sqlstate: str, three: Rig, refuse: Callable[..., None], database: Database
) -> None:
    refuse(REFUSALS[sqlstate], BAD, table="backfill_pull_requests")

    report = three.run()

    assert report.failed
    turns = {turn.repository.full_name: turn for turn in report.turns}
    assert {name: turn.stop for name, turn in turns.items()} == {
        BAD: Stop.ERROR,
        GOOD: Stop.COMPLETED,
        LAST: Stop.COMPLETED,
    }
    assert sqlstate in turns[BAD].reason
    [state] = database.rows(REFUSED.format(table="progressive_backfill_state"), BAD)
    assert state["consecutive_errors"] == 1
    assert sqlstate in state["last_error"]
    assert state["lease_holder"] is None


def test_what_is_refused_three_times_in_a_row_pauses_by_the_usual_rule(
    three: Rig, refuse: Callable[..., None], database: Database
) -> None:
    refuse(REFUSALS["42703"], BAD, table="backfill_pull_requests")

    for _ in range(3):
        three.run(repository=BAD)

    assert (
        database.value("""
        select s.status from progressive_backfill_state s
        join repositories r on r.id = s.repository_id where r.full_name = 'octo/bad'
    """)
        == "paused"
    )


def test_a_page_that_takes_the_database_too_long_is_smaller_the_next_time(
    three: Rig, refuse: Callable[..., None], database: Database
) -> None:
    refuse(REFUSALS["57014"], BAD, table="backfill_pull_requests")

    three.run(repository=BAD)

    assert database.value("select page_size from backfill_page_sizes") < 20


@pytest.mark.parametrize("feed", [SourceName.SYNC, SourceName.REVIEW_COMMENTS])
def test_a_refused_step_of_a_source_is_that_repositorys_failure(
    feed: SourceName, three: Rig, refuse: Callable[..., None], database: Database
) -> None:
    three.run()
    refuse(REFUSALS["42703"], BAD)
    database.rows("""
        create trigger refuse before update on backfill_feeds for each row
        when (new.step > old.step) execute function refuse();
    """)

    report = three.serve(Wanted((feed,), forced=True))

    stops = {turn.repository.full_name: turn.stop for turn in report.turns}
    assert stops == {BAD: Stop.ERROR, GOOD: Stop.COMPLETED, LAST: Stop.COMPLETED}
    [held] = database.rows(REFUSED.format(table="backfill_feeds") + f" and f.feed = '{feed}'", BAD)
    assert (held["consecutive_errors"], held["lease_holder"]) == (1, None)
    assert "42703" in held["last_error"]


def test_a_missing_right_that_the_second_repository_meets_too_ends_the_run(
    three: Rig, refuse: Callable[..., None]
) -> None:
    refuse(REFUSALS["42501"], *NAMES, table="backfill_pull_requests")

    report = three.run()

    assert report.stop is Stop.REFUSED
    assert len(report.turns) == 2


@pytest.mark.parametrize(("sqlstate", "error"), [("53100", StoreClosed), ("25006", StoreReadOnly)])
def test_a_database_that_stores_nothing_ends_the_run_at_once(
    sqlstate: str, error: type[StoreClosed], three: Rig, refuse: Callable[..., None]
) -> None:
    refuse(
        f"raise exception 'nothing' using errcode = '{sqlstate}'",
        *NAMES,
        table="backfill_pull_requests",
    )

    with pytest.raises(error, match=sqlstate):
        three.run()


def test_a_refusal_that_cannot_even_be_recorded_leaves_the_others_to_be_served(
    three: Rig, refuse: Callable[..., None], database: Database
) -> None:
    refuse(REFUSALS["P0001"], BAD, table="backfill_pull_requests")
    database.rows("""
        create trigger refuse before update on progressive_backfill_state for each row
        when (new.last_error is not null) execute function refuse();
    """)

    report = three.run()

    stops = [(turn.repository.full_name, turn.stop) for turn in report.turns]
    assert (GOOD, Stop.COMPLETED) in stops
    assert (LAST, Stop.COMPLETED) in stops
