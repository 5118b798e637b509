"""The functions that a moved clock tells the time are known."""

from contributor_backfill.db.transport import functions_that_take_time
from tests.support.databases import Database

TAKES_TIME = "select proname from pg_proc where 'p_now' = any (proargnames)"


def test_every_function_that_takes_the_present_moment_is_known(database: Database) -> None:
    assert functions_that_take_time() == {row["proname"] for row in database.rows(TAKES_TIME)}
