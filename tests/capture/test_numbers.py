"""Pull requests are captured by number, and what a number stands for is remembered."""

from contributor_backfill.domain.sources import Connection, SourceName, Wanted
from contributor_backfill.sandbox import Sandbox
from tests.support.captures import REPOSITORY, SYNC, Rig
from tests.support.databases import Database
from tests.support.truth import differences

LISTS = Wanted((SourceName.CONNECTIONS,))


def test_what_was_left_out_of_a_capture_is_captured_whole_by_number(
    work: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = work.longest("reviews", 3)["number"]
    sandbox.add_fault({"kind": "poison", "when": {"number": number, "with_lists": True}})
    work.run()
    sandbox.clear_faults()
    assert differences(database, sandbox.export(REPOSITORY)) != []

    work.serve()

    assert database.value("select count(*) from backfill_numbers") == 0
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_only_the_lists_of_the_named_pull_requests_are_read(work: Rig, database: Database) -> None:
    """The one that is not stored is captured first."""
    known, new, other = (work.longest("comments", place)["number"] for place in range(3))
    work.run()
    database.rows("delete from backfill_continuations")
    database.rows("delete from pull_requests where number = %s", new)
    wanted = Wanted(
        (SourceName.CONNECTIONS,),
        (Connection.COMMENTS,),
        full_name=REPOSITORY,
        numbers=(known, new),
    )

    _, missing = work.gateway.want_connections(
        wanted.numbers, wanted.connections, "by hand", full_name=REPOSITORY
    )
    work.serve(wanted)

    assert missing == (new,)
    rows = database.rows("select number, comments_stored from backfill_pull_requests")
    comments = {row["number"]: row["comments_stored"] for row in rows}
    assert comments[known] == 1_200
    assert comments[new] == len(work.longest("comments", 1)["comments"])
    queued = database.rows(
        "select number from backfill_continuations join backfill_pull_requests"
        " using (pull_request_id)"
    )
    assert other not in {row["number"] for row in queued}


def test_many_are_captured_a_page_at_a_time_and_then_their_comments_on_the_diff(
    whole: Rig, sandbox: Sandbox, database: Database
) -> None:
    short = (x for x in sandbox.export(REPOSITORY) if len(x["reviews"] + x["comments"]) < 100)
    lost = [line["number"] for line in short][50:110]
    database.rows("delete from pull_requests where number = any (%s)", lost)

    _, missing = whole.gateway.want_connections(lost, (), "by hand", full_name=REPOSITORY)
    (turn,) = whole.serve(LISTS).turns

    assert sorted(missing) == sorted(lost)
    assert turn.captured == 60
    assert turn.points <= 4
    whole.serve(SYNC)
    assert differences(database, sandbox.export(REPOSITORY), whole=True) == []


def test_a_number_that_is_no_pull_request_is_remembered_and_not_asked_for_again(
    whole: Rig, sandbox: Sandbox, database: Database
) -> None:
    taken = {line["number"] for line in sandbox.export(REPOSITORY)}
    issue = next(n for n in range(1, max(taken)) if n not in taken)
    whole.gateway.want_connections([issue], (), "by hand", full_name=REPOSITORY)

    report = whole.serve(LISTS)

    assert not report.failed
    assert database.rows("select number, meaning from backfill_numbers") == [
        {"number": issue, "meaning": "issue"}
    ]
    before = sandbox.counters()["requests"]
    whole.serve(LISTS)
    assert sandbox.counters()["requests"] == before


def test_an_open_one_that_github_shows_no_more_is_marked_when_it_is_asked_for(
    whole: Rig, database: Database
) -> None:
    """So it is with one that was archived, for whoever lacks triage rights."""
    number = database.value("select max(number) from pull_requests where state = 'open'")
    whole.change("delete_pull_request", number=number)
    wanted = Wanted(
        (SourceName.CONNECTIONS,), (Connection.REVIEWS,), full_name=REPOSITORY, numbers=(number,)
    )
    whole.gateway.want_connections([number], wanted.connections, "by hand", full_name=REPOSITORY)

    report = whole.serve(wanted)

    assert not report.failed
    marked = (
        "select number from backfill_deletions d join pull_requests p on p.id = d.pull_request_id"
    )
    assert database.value(f"{marked} where d.kind = 'pull_requests'") == number
    assert database.value("select count(*) from backfill_continuations") == 0


def test_one_that_nothing_brings_is_recorded_and_tried_again_ever_later(
    whole: Rig, sandbox: Sandbox, database: Database
) -> None:
    number = whole.longest("comments", 9)["number"]
    database.rows("delete from pull_requests where number = %s", number)
    sandbox.add_fault({"kind": "poison", "when": {"number": number, "with_details": True}})
    whole.gateway.want_connections([number], (), "by hand", full_name=REPOSITORY)

    for _ in range(2):
        report = whole.serve(LISTS)
        assert report.failed
        database.rows("update backfill_numbers set next_attempt_at = now()")

    (reject,) = database.rows("select kind, number, sqlstate from backfill_rejects")
    assert reject == {"kind": "pull_requests", "number": number, "sqlstate": "CB100"}
    assert database.value("select attempts from backfill_numbers") == 2
    sandbox.clear_faults()
    whole.serve()
    assert database.value("select count(*) from backfill_rejects") == 0
