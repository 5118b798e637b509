"""A repository that is not tracked any more, and the deletion of its data. Over both transports."""

from datetime import timedelta
from typing import Any

import pytest

from contributor_backfill.db.gateway import Gateway
from contributor_backfill.domain.control import (
    FIRST_PIECE,
    LARGEST_PIECE,
    Action,
    Ending,
    next_piece,
)
from contributor_backfill.domain.errors import BackfillError, InUse, LeaseLost, NotFound
from contributor_backfill.domain.sources import SourceName, Wanted
from contributor_backfill.operations.deletion import delete, measure
from tests.support.clocks import ManualClock
from tests.support.control import ONE, interventions, order
from tests.support.databases import Database
from tests.support.pages import claim, commit, cursor_of, idle, item, page, pull_request, repository
from tests.support.sources import no_source
from tests.support.untracking import HOLDING, fill, rows_of

EVERY_FEED = Wanted(
    (
        SourceName.SYNC,
        SourceName.REVIEW_COMMENTS,
        SourceName.CONNECTIONS,
        SourceName.RECONCILIATION,
    ),
    forced=True,
)
TWO = "octo/two"


def untrack(gateway: Gateway, name: str = ONE, *, deletes: bool = False) -> None:
    candidate = gateway.peek_untrack(name)
    done = gateway.untrack_repository(candidate.repository_id, order(), deletes=deletes)
    assert done.busy == ()


def delete_all(gateway: Gateway, name: str = ONE) -> Ending:
    return delete(gateway, gateway.peek_untrack(name), order(), ManualClock(), lambda _: None)


def everything_but(database: Database, *tables: str) -> dict[str, list[dict[str, Any]]]:
    names = database.rows(
        "select relname from pg_class where relkind = 'r' and relnamespace ="
        " 'public'::regnamespace order by 1"
    )
    return {
        name["relname"]: database.rows(f"select * from {name['relname']} order by 1, 2")
        for name in names
        if name["relname"] not in tables
    }


def test_untracking_touches_nothing_that_was_captured_nor_how_far_it_came(
    either_gateway: Gateway, database: Database
) -> None:
    fill(either_gateway, database)
    marks = ("backfill_repositories", "backfill_interventions", "tracked_repositories")
    leases = ("progressive_backfill_state", "backfill_feeds", "backfill_due")
    before = everything_but(database, *marks, *leases)
    cursor = database.value("select last_processed_cursor from progressive_backfill_state")

    untrack(either_gateway)

    assert everything_but(database, *marks, *leases) == before
    assert database.value("select last_processed_cursor from progressive_backfill_state") == cursor


def test_nothing_serves_an_untracked_repository_however_it_is_asked_for(
    either_gateway: Gateway, database: Database
) -> None:
    fill(either_gateway, database)

    untrack(either_gateway)

    assert idle(either_gateway).blocked == ()
    assert no_source(either_gateway, EVERY_FEED).blocked == ()
    assert either_gateway.read_status() == []
    assert database.value("select backfill_find_problems_v1() -> 'problems'") == []
    assert database.value("select backfill_read_snapshot_v1() #> '{repositories,rows}'") == []
    assert database.value("select backfill_read_queue_v1() -> 'jobs'") == []
    assert (
        database.value("select backfill_claim_job_v1('x', 9, '{github_actions}') -> 'job'") is None
    )
    assert either_gateway.control_repositories(Action.PAUSE, {}, order()).changes == ()
    for asked in (
        lambda: idle(either_gateway, full_name=ONE),
        lambda: either_gateway.read_status(full_name=ONE),
        lambda: either_gateway.control_repositories(Action.RESUME, {}, order(), full_name=ONE),
    ):
        with pytest.raises(NotFound, match=f"{ONE} is not tracked any more"):
            asked()


def test_tracking_it_again_goes_on_where_it_stood(
    either_gateway: Gateway, database: Database
) -> None:
    fill(either_gateway, database)
    kept = everything_but(database, "backfill_interventions")
    untrack(either_gateway)

    either_gateway.track_repository(repository(), None)

    after = everything_but(database, "backfill_interventions")
    changing = {"total_seen_at", "is_private"}  # what GitHub says now
    for table, rows in kept.items():
        for row, again in zip(rows, after[table], strict=True):
            different = {name for name in row if row[name] != again[name]} - changing
            assert different <= {"lease_token", "lease_holder", "lease_expires_at"}, table
    assert cursor_of(claim(either_gateway)) == "cursor-105"


def test_whoever_works_on_it_is_left_alone(either_gateway: Gateway, database: Database) -> None:
    fill(either_gateway, database)
    held = claim(either_gateway)
    candidate = either_gateway.peek_untrack(ONE)

    done = either_gateway.untrack_repository(candidate.repository_id, order(), deletes=True)

    assert candidate.worker == "test"
    assert (done.busy, done.changes) == (("test",), ())
    commit(either_gateway, held, page(item(pull_request(9))), lease_seconds=None)


def test_a_run_that_wakes_up_late_stores_nothing(
    either_gateway: Gateway, database: Database
) -> None:
    fill(either_gateway, database)
    held = claim(either_gateway)
    database.rows(
        "update progressive_backfill_state set lease_expires_at = now() - '1 s'::interval"
    )

    untrack(either_gateway)

    with pytest.raises(LeaseLost):
        commit(either_gateway, held, page(item(pull_request(9))), lease_seconds=None)


def test_a_deletion_takes_everything_of_the_repository_and_nothing_of_another(
    either_gateway: Gateway, database: Database
) -> None:
    fill(either_gateway, database)
    other = fill(either_gateway, database, 2, TWO)
    before = rows_of(database, other)
    assert {t["relname"] for t in database.rows(HOLDING)} <= before.keys() | {
        "backfill_repositories",
        "backfill_workflow_jobs",
    }

    untrack(either_gateway, deletes=True)
    counted = measure(either_gateway, either_gateway.peek_untrack(ONE).repository_id)
    ending = delete_all(either_gateway)

    assert ending.is_done
    assert ending.kept_by is None
    assert ending.deleted == {**counted.counts, "backfill_repositories": 1, "repositories": 1}
    assert rows_of(database, other) == before
    for table in database.rows(HOLDING):
        name = table["relname"]
        if name in before and name not in ("backfill_tellings", "backfill_alerts"):
            assert database.value(f"select count(*) from {name}") == before[name], name
    assert database.value("select count(*) from contributors") == 1


def test_each_piece_is_bounded_and_a_deletion_that_was_interrupted_goes_on(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = fill(either_gateway, database)
    total = sum(rows_of(database, repository_id).values())
    untrack(either_gateway, deletes=True)
    gone = 0

    while True:
        piece = either_gateway.delete_piece(repository_id, 3)
        many = sum(piece.deleted.values())
        assert many <= 6
        gone += many
        (line,) = either_gateway.read_status(full_name=ONE)
        assert line.status == "being deleted"
        assert idle(either_gateway).blocked == ()
        with pytest.raises(InUse, match="is being deleted"):
            either_gateway.track_repository(repository(), None)
        if not piece.is_left:
            break

    assert gone == total
    ending = delete_all(either_gateway)
    assert sum(ending.deleted.values()) == total + 2
    assert either_gateway.read_status() == []


def test_it_is_on_record_with_who_why_and_how_much(
    either_gateway: Gateway, database: Database
) -> None:
    fill(either_gateway, database)
    untrack(either_gateway, deletes=True)
    ending = delete_all(either_gateway)

    begun, ended = interventions(database)

    assert (begun["action"], begun["actor"], begun["reason"]) == ("untrack", "ada", "because")
    assert begun["after"]["deleting_at"] is not None
    assert (ended["action"], ended["repository"]) == ("delete_data", ONE)
    assert ended["after"] == {"deleted": ending.deleted, "kept_by": None}
    shown = either_gateway.list_interventions(50, full_name=ONE)
    assert [change.action for change in shown] == ["delete_data", "untrack"]


def test_a_call_repeated_after_a_lost_response_gets_the_same_response(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = fill(either_gateway, database)
    once = order()

    first = either_gateway.untrack_repository(repository_id, once, deletes=True)
    assert either_gateway.untrack_repository(repository_id, once, deletes=True) == first
    while either_gateway.delete_piece(repository_id, 50).is_left:
        pass
    ended = either_gateway.finish_deletion(repository_id, once)

    assert either_gateway.finish_deletion(repository_id, once) == ended
    assert not either_gateway.delete_piece(repository_id, 50).is_left
    assert len(interventions(database)) == 2


def test_what_is_stored_meanwhile_goes_too(either_gateway: Gateway, database: Database) -> None:
    repository_id = fill(either_gateway, database)
    untrack(either_gateway, deletes=True)
    while either_gateway.delete_piece(repository_id, 50).is_left:
        pass
    database.rows(f"""
        insert into pull_requests (github_id, number, title, state, repository_id, head_branch,
          created_at, updated_at, repository_full_name)
        values (5, 5, 'x', 'open', '{repository_id}', 'x', now(), now(), '{ONE}')
    """)

    assert not either_gateway.finish_deletion(repository_id, order()).is_done
    assert delete_all(either_gateway).is_done

    assert database.value("select count(*) from pull_requests") == 0


@pytest.fixture
def site_table(database: Database) -> Any:
    """A table that is not ours and refers to pull requests and repositories."""
    database.rows("""
        create table notes (
          id int primary key,
          pull_request_id uuid constraint notes_pr references pull_requests (id),
          review_id uuid references reviews (id) on delete cascade,
          repository_id uuid references repositories (id) on delete cascade);
        grant select on notes to service_role
    """)
    yield "notes"
    database.rows("drop table notes")


def test_a_table_that_lets_nothing_go_is_named_and_the_deletion_goes_on_without_it(
    either_gateway: Gateway, database: Database, site_table: str
) -> None:
    repository_id = fill(either_gateway, database)
    database.rows("insert into notes select 1, id from pull_requests where number = 103")
    untrack(either_gateway, deletes=True)

    (refusal,) = measure(either_gateway, repository_id).refusals
    assert (refusal.table, refusal.column, refusal.constraint) == (
        site_table,
        "pull_request_id",
        "notes_pr",
    )
    assert refusal.count == 1
    with pytest.raises(BackfillError, match=r"table notes refers .* \(foreign key notes_pr\)"):
        delete_all(either_gateway)
    assert either_gateway.read_status(full_name=ONE)[0].status == "being deleted"
    assert database.value("select count(*) from notes") == 1

    database.rows("delete from notes")
    assert delete_all(either_gateway).is_done


def test_a_deferred_key_and_a_table_that_cannot_be_looked_into_are_heard_of_too(
    either_gateway: Gateway, database: Database, site_table: str
) -> None:
    fill(either_gateway, database)
    database.rows(f"""
        alter table {site_table} alter constraint notes_pr deferrable initially deferred;
        revoke select on {site_table} from service_role
    """)
    database.rows("insert into notes select 1, id from pull_requests where number = 103")
    untrack(either_gateway, deletes=True)

    others = measure(either_gateway, either_gateway.peek_untrack(ONE).repository_id).others
    assert [o.count for o in others] == [None, None, None]
    with pytest.raises(BackfillError, match=r"table notes refers .* \(foreign key notes_pr\)"):
        delete_all(either_gateway)


def test_what_goes_along_is_counted_and_what_refers_to_the_repository_keeps_its_row(
    either_gateway: Gateway, database: Database, site_table: str
) -> None:
    repository_id = fill(either_gateway, database)
    database.rows("""
        insert into notes select 1, null, id from reviews limit 1;
        insert into notes select 2, null, null, id from repositories;
    """)

    others = measure(either_gateway, repository_id).others
    untrack(either_gateway, deletes=True)
    ending = delete_all(either_gateway)

    assert {(o.target, o.action, o.count) for o in others} == {
        ("reviews", "cascade", 1),
        ("repositories", "cascade", 1),
    }
    assert ending.kept_by == (site_table,)
    assert [row["id"] for row in database.rows("select id from notes")] == [2]
    assert database.value("select count(*) from repositories") == 1
    with pytest.raises(NotFound, match=f"{ONE} is not tracked"):
        either_gateway.peek_untrack(ONE)


def test_a_former_name_finds_a_repository_that_was_renamed(
    either_gateway: Gateway, database: Database
) -> None:
    repository_id = fill(either_gateway, database)
    either_gateway.track_repository(repository(1, "New/Name"), None)
    database.rows("update pull_requests set repository_full_name = 'New/Name'")

    assert either_gateway.peek_untrack("OCTO/One").full_name == "New/Name"
    assert either_gateway.peek_untrack("new/name").repository_id == repository_id

    # Its name may be another's by now.
    other = either_gateway.track_repository(repository(2, ONE), None)
    assert either_gateway.peek_untrack(ONE).repository_id == other.repository_id


def test_a_repository_that_was_never_tracked_is_named(
    either_gateway: Gateway, database: Database
) -> None:
    database.rows("""
        insert into repositories (github_id, full_name, owner, name) values (9, 'o/r', 'o', 'r')
    """)

    with pytest.raises(NotFound, match=r"octo/none is not tracked and not in this database\."):
        either_gateway.peek_untrack("octo/none")
    with pytest.raises(NotFound, match=r"o/r is not tracked\."):
        either_gateway.peek_untrack("o/r")


def test_counting_goes_on_in_parts(either_gateway: Gateway, database: Database) -> None:
    repository_id = fill(either_gateway, database)

    whole = rows_of(database, repository_id)
    parts = []
    after = None
    while True:
        part = database.value(
            "select backfill_count_deletion_v1(%s::uuid, %s::int, 2)", repository_id, after
        )
        parts.append(part["counts"])
        after = part["next"]
        if after is None:
            break

    assert len(parts) == 3  # of two, two and one
    sums = {name: sum(part.get(name, 0) for part in parts) for name in whole}
    assert sums == whole


def test_the_pieces_follow_how_long_they_take() -> None:
    assert next_piece(FIRST_PIECE, timedelta(seconds=0.01)) == 2 * FIRST_PIECE
    assert next_piece(LARGEST_PIECE, timedelta(0)) == LARGEST_PIECE
    assert next_piece(FIRST_PIECE, timedelta(seconds=0.4)) == FIRST_PIECE
    assert next_piece(1, timedelta(seconds=9)) == 1
