import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from contributor_backfill.db.embedded import embedded_postgres, find_binaries
from contributor_backfill.domain.errors import StoreFault
from tests.embedded.helpers import (
    kill_server_processes,
    lives,
    note,
    notes,
    postmaster,
    the_server,
    wait_until,
    worker,
)


def test_the_next_run_takes_over_the_server_of_a_killed_process(home: Path) -> None:
    with worker(home) as killed:
        note(killed.conninfo(), "committed")
        number = postmaster(home)
        killed.kill()
    with embedded_postgres(home) as conninfo:
        assert postmaster(home) == number
        assert notes(conninfo) == ["committed"]
    assert not lives(home)


def test_killing_everything_loses_no_committed_row(home: Path) -> None:
    with worker(home) as killed:
        conninfo = killed.conninfo()
        note(conninfo, "committed")
        connection = psycopg.connect(conninfo)
        connection.execute("insert into note values ('not committed')")
        killed.kill()
        kill_server_processes(home)
        connection.close()
    with embedded_postgres(home) as conninfo:
        assert notes(conninfo) == ["committed"]


def test_a_killed_postmaster_is_replaced_though_it_is_a_zombie(home: Path) -> None:
    with worker(home) as parent:
        note(parent.conninfo(), "committed")
        number = postmaster(home)
        os.kill(number, signal.SIGKILL)
        with embedded_postgres(home) as conninfo:
            assert notes(conninfo) == ["committed"]
            assert postmaster(home) != number
        parent.finish()
    assert not lives(home)


def test_a_process_that_got_the_number_of_a_dead_server_survives(home: Path) -> None:
    with embedded_postgres(home):
        remains = (the_server(home).data / "postmaster.pid").read_text()
    with subprocess.Popen(["sleep", "600"]) as unrelated:
        number, _, rest = remains.partition("\n")
        stale = the_server(home).data / "postmaster.pid"
        stale.write_text(f"{unrelated.pid}\n{rest}")
        with embedded_postgres(home):
            assert postmaster(home) not in {unrelated.pid, int(number)}
        assert unrelated.poll() is None
        unrelated.kill()


def test_a_run_killed_during_initdb_is_made_good_by_the_next(new_home: Path) -> None:
    with worker(new_home) as killed:
        wait_until(lambda: any(new_home.glob("pg*/pgdata.unfinished-*/PG_VERSION")))
        killed.kill()
    assert not the_server(new_home).data.exists()
    with embedded_postgres(new_home) as conninfo:
        note(conninfo, "works")


def test_three_processes_may_race_at_the_first_start(new_home: Path) -> None:
    with ExitStack() as stack:
        racers = [stack.enter_context(worker(new_home)) for _ in range(3)]
        assert len({racer.conninfo() for racer in racers}) == 1
        for racer in racers:
            racer.finish()
    assert not lives(new_home)


def test_a_server_that_cannot_start_shows_its_log(home: Path) -> None:
    with embedded_postgres(home):
        pass
    with (the_server(home).data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(StoreFault, match="no_such_setting"), embedded_postgres(home):
        pass
    assert not lives(home)


def test_a_server_started_by_hand_is_left_alone(home: Path) -> None:
    with embedded_postgres(home):
        pass
    with server_by_hand(home) as by_hand:
        with pytest.raises(StoreFault, match="still in use"), embedded_postgres(home):
            pass
        assert by_hand.poll() is None


@contextmanager
def server_by_hand(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    server = the_server(home)
    number_file = server.data / "postmaster.pid"
    command = [str(find_binaries() / "postgres"), "-D", str(server.data)]
    command += ["-c", "listen_addresses=", "-c", f"unix_socket_directories={server.data}"]
    with subprocess.Popen(
        command,
        cwd=server.directory,
        stderr=subprocess.DEVNULL,
        **server.account.process_options,
    ) as process:
        try:
            wait_until(lambda: number_file.exists() and "ready" in number_file.read_text())
            yield process
        finally:
            process.terminate()
