import os
import signal
from pathlib import Path

import psycopg
import pytest

from contributor_backfill.db.embedded import embedded_postgres, stop, wipe
from contributor_backfill.domain.errors import StoreFault
from tests.embedded.helpers import lives, note, notes, postmaster, the_server, wait_until, worker


def test_the_connection_is_to_our_database_as_superuser(new_home: Path) -> None:
    with (
        embedded_postgres(new_home, durable=False) as conninfo,
        psycopg.connect(conninfo) as connection,
    ):
        row = connection.execute("select current_database(), current_user").fetchone()
    assert row == ("contributor_backfill", "postgres")


def test_data_outlives_the_server(home: Path) -> None:
    with embedded_postgres(home) as conninfo:
        note(conninfo, "kept")
    assert not lives(home)
    with embedded_postgres(home) as conninfo:
        assert notes(conninfo) == ["kept"]


def test_only_the_last_one_out_stops_the_server(home: Path) -> None:
    with worker(home) as first, worker(home) as second:
        conninfo = first.conninfo()
        assert second.conninfo() == conninfo
        first.finish()
        note(conninfo, "still served")
        second.finish()
    assert not lives(home)


def test_one_process_may_use_the_server_twice(home: Path) -> None:
    with embedded_postgres(home) as outer:
        with embedded_postgres(home) as inner:
            assert inner == outer
        note(outer, "still served")
    assert not lives(home)


def test_an_error_in_the_block_stops_the_server_and_is_passed_on(home: Path) -> None:
    with pytest.raises(OSError, match="ours"), embedded_postgres(home):
        raise OSError("ours")
    assert not lives(home)


def test_control_c_ends_the_user_first_and_then_the_server(home: Path) -> None:
    with worker(home) as user:
        user.conninfo()
        os.kill(user.process.pid, signal.SIGINT)
        user.process.wait()
    assert not lives(home)


def test_a_server_in_use_is_not_stopped(home: Path) -> None:
    with embedded_postgres(home) as conninfo:
        assert not stop(home)
        note(conninfo, "still served")


def test_a_server_nobody_uses_is_stopped(home: Path) -> None:
    with worker(home) as user:
        user.conninfo()
        user.kill()
    assert lives(home)
    assert stop(home)
    assert not lives(home)


def test_stopping_what_never_was_is_no_error(new_home: Path) -> None:
    assert stop(new_home)
    assert not new_home.exists()


def test_a_database_in_use_is_not_wiped(home: Path) -> None:
    with embedded_postgres(home) as conninfo:
        note(conninfo, "kept")
        with pytest.raises(StoreFault, match="in use"):
            wipe(home)
        assert notes(conninfo) == ["kept"]


def test_after_a_wipe_the_database_is_new(home: Path) -> None:
    with embedded_postgres(home) as conninfo:
        note(conninfo, "lost")
    wipe(home)
    assert not the_server(home).data.exists()
    with embedded_postgres(home) as conninfo, psycopg.connect(conninfo) as connection:
        assert connection.execute("select to_regclass('note')").fetchone() == (None,)


def test_a_stopped_server_leaves_no_zombie(home: Path) -> None:
    with embedded_postgres(home):
        number = postmaster(home)
    wait_until(lambda: not Path(f"/proc/{number}").exists())
