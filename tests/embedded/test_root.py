"""The account that Postgres runs under cannot harm root, whatever it tries."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from contributor_backfill.db.embedded import embedded_postgres, own_program, stop, wipe
from contributor_backfill.db.embedded.account import server_account
from contributor_backfill.db.embedded.process import stop_server
from contributor_backfill.db.embedded.server import EmbeddedServer, make_directories, server_at
from contributor_backfill.domain.errors import BackfillError, NotConfigured
from tests.embedded.helpers import (
    lives,
    note,
    notes,
    postmaster,
    room_in_memory,
    the_server,
    worker,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to lose")
LOCKS = ("start.lock", "clients.lock", "alive.lock")
FILES = (*LOCKS, "server.log")


def process_of(server: EmbeddedServer, action: Callable[[], object]) -> int:
    """Let a process of the account of the server act, and return its number."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(server.account.gid)
            os.setuid(server.account.uid)
            action()
            code = 0
        finally:
            os._exit(code)
    return child


def attempt(server: EmbeddedServer, action: Callable[[], object]) -> bool:
    """Have the account of the server try something, and tell whether nothing refused it."""
    _, status = os.waitpid(process_of(server, action), 0)
    return status == 0


@contextmanager
def going_on(server: EmbeddedServer, action: Callable[[], object]) -> Iterator[None]:
    """Have the account of the server do something all the while."""
    child = process_of(server, action)
    try:
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def as_the_version_before_left_it(server: EmbeddedServer) -> None:
    """The directory was the account's, who could do in it what it liked."""
    os.chown(server.directory, server.account.uid, server.account.gid)
    server.directory.chmod(0o700)


def as_this_version_leaves_it(server: EmbeddedServer) -> None:
    assert server.directory.stat().st_uid == 0


@pytest.fixture(scope="module")
def used_home() -> Iterator[Path]:
    """A home with data in it, for all tests that leave it as it was."""
    with room_in_memory() as room:
        with embedded_postgres(room / "home", durable=False) as conninfo:
            note(conninfo, "kept")
        yield room / "home"


@pytest.fixture(params=[as_this_version_leaves_it, as_the_version_before_left_it])
def server(request: pytest.FixtureRequest, used_home: Path) -> EmbeddedServer:
    """A server that is stopped, with its directory as one version or the other left it."""
    request.param(the_server(used_home))
    return the_server(used_home)


@pytest.fixture
def private(room: Path) -> Path:
    """A directory of root's with a file in it."""
    private = room / "private"
    private.mkdir(mode=0o700)
    (private / "secret").write_text("root's\n")
    return private


def replace(path: Path, target: Path) -> Callable[[], None]:
    def action() -> None:
        with suppress(FileNotFoundError):
            path.unlink()
        path.symlink_to(target)

    return action


def test_links_in_the_place_of_our_files_reach_nothing(
    server: EmbeddedServer, private: Path
) -> None:
    for name in FILES:
        (private / name).write_text("root's\n")
        attempt(server, replace(server.directory / name, private / name))
    with embedded_postgres(server.directory.parent, durable=False) as conninfo:
        assert notes(conninfo) == ["kept"]
        opened = [path.resolve() for path in Path(f"/proc/{postmaster_of(server)}/fd").iterdir()]
        assert not {private / name for name in FILES}.intersection(opened)
    for name in FILES:
        assert (private / name).read_text() == "root's\n"
        assert (private / name).stat().st_uid == 0


def test_links_to_nothing_make_no_file_for_root(server: EmbeddedServer, private: Path) -> None:
    for name in FILES:
        attempt(server, replace(server.directory / name, private / name))
    with embedded_postgres(server.directory.parent, durable=False):
        pass
    assert [path.name for path in private.iterdir()] == ["secret"]


@pytest.mark.parametrize("name", FILES)
def test_a_second_name_of_a_file_of_roots_is_not_taken_for_ours(
    server: EmbeddedServer, private: Path, name: str
) -> None:
    if server.directory.stat().st_uid != 0:
        # What the account can do itself where the kernel does not protect hard links.
        (server.directory / name).unlink()
        os.link(private / "secret", server.directory / name)
    with embedded_postgres(server.directory.parent, durable=False):
        pass
    assert (private / "secret").read_text() == "root's\n"
    assert (private / "secret").stat().st_nlink == 1


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_directory(path: Path) -> None:
    path.unlink()
    (path / "deep").mkdir(parents=True)


@pytest.mark.parametrize("make", [make_pipe, make_directory])
def test_pipes_and_directories_in_the_place_of_our_files_hold_nobody_up(
    server: EmbeddedServer, make: Callable[[Path], None]
) -> None:
    for name in FILES:
        attempt(server, partial(make, server.directory / name))
    with embedded_postgres(server.directory.parent, durable=False) as conninfo:
        assert notes(conninfo) == ["kept"]


def postmaster_of(server: EmbeddedServer) -> int:
    return postmaster(server.directory.parent)


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process of root's."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def write_number(path: Path, content: str) -> None:
    path.unlink()
    path.write_text(content)


def test_a_number_in_the_file_of_the_server_makes_root_signal_nobody_else(
    server: EmbeddedServer, bystander: subprocess.Popen[bytes]
) -> None:
    numbers = server.data / "postmaster.pid"
    with embedded_postgres(server.directory.parent, durable=False) as conninfo:
        right = numbers.read_text()
        forged = [str(bystander.pid), "", "0", "-1", "1", "+7", "9" * 30, "root's", "1 2"]
        for number in forged:
            assert attempt(server, partial(write_number, numbers, f"{number}\n"))
            assert not stop_server(server)
            assert bystander.poll() is None
        assert notes(conninfo) == ["kept"]
        assert attempt(server, partial(write_number, numbers, right))


@pytest.mark.parametrize("thing", ["link", "pipe", "directory"])
def test_a_thing_in_the_place_of_the_number_shows_and_holds_up_nothing(
    server: EmbeddedServer, private: Path, thing: str
) -> None:
    numbers = server.data / "postmaster.pid"
    make = {
        "link": lambda: numbers.symlink_to(private / "secret"),
        "pipe": lambda: os.mkfifo(numbers),
        "directory": numbers.mkdir,
    }[thing]
    with embedded_postgres(server.directory.parent, durable=False):
        right = numbers.read_text()
        numbers.unlink()
        assert attempt(server, make)
        assert not stop_server(server)
        numbers.rmdir() if thing == "directory" else numbers.unlink()
        assert attempt(server, partial(numbers.write_text, right))


def test_a_race_for_the_socket_directory_gives_nothing_away(room: Path, private: Path) -> None:
    # A long path has its socket in /tmp, in a directory that its owner may replace at any time.
    server = server_at(room / ("x" * 120), 18)
    make_directories(server)
    place = server.socket_directory
    aside = place.with_name(f"{place.name}.aside")

    def swap_for_ever() -> None:
        while True:
            with suppress(OSError):
                place.rename(aside)
                place.symlink_to(private)
            with suppress(OSError):
                place.unlink()
                aside.rename(place)

    try:
        with going_on(server, swap_for_ever):
            for _ in range(3000):
                with suppress(BackfillError, OSError):
                    make_directories(server)
                assert private.stat().st_uid == 0
    finally:
        for path in (place, aside):
            path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)


def test_a_race_for_the_directory_gives_nothing_away(home: Path, private: Path) -> None:
    with embedded_postgres(home, durable=False):
        pass
    server = the_server(home)
    aside = server.directory / "aside"
    place = server.directory / "run"

    def swap_for_ever() -> None:
        while True:
            with suppress(OSError):
                place.rename(aside)
                place.symlink_to(private)
            with suppress(OSError):
                place.unlink()
                aside.rename(place)

    as_the_version_before_left_it(server)
    with going_on(server, swap_for_ever):
        for _ in range(300):
            as_the_version_before_left_it(server)
            with suppress(BackfillError, OSError):
                make_directories(server)
            assert private.stat().st_uid == 0


def test_a_socket_directory_led_elsewhere_has_nothing_removed(room: Path, private: Path) -> None:
    home = room / ("x" * 120)
    with embedded_postgres(home, durable=False):
        pass
    server = the_server(home)
    (private / ".s.PGSQL.5432").write_text("root's")
    place = server.socket_directory
    try:
        assert attempt(server, place.rmdir)
        assert attempt(server, partial(place.symlink_to, private))
        with (
            pytest.raises(NotConfigured, match="not a private directory"),
            embedded_postgres(home, durable=False),
        ):
            pass
        with suppress(BackfillError):
            wipe(home)
        assert (private / ".s.PGSQL.5432").read_text() == "root's"
    finally:
        place.unlink()


def test_a_home_of_the_version_before_goes_on_with_its_data(home: Path) -> None:
    with embedded_postgres(home) as conninfo:
        note(conninfo, "kept")
    as_the_version_before_left_it(the_server(home))
    with embedded_postgres(home) as conninfo:
        assert notes(conninfo) == ["kept"]
    directory = the_server(home).directory
    state = directory.stat()
    assert (state.st_uid, stat.S_IMODE(state.st_mode)) == (0, 0o711)
    assert {path.stat().st_uid for path in directory.iterdir() if path.is_file()} == {0}
    assert not lives(home)


def test_a_server_of_the_version_before_that_runs_is_joined_and_left(home: Path) -> None:
    with worker(home) as user:
        note(user.conninfo(), "kept")
        as_the_version_before_left_it(the_server(home))
        number = postmaster(home)
        with embedded_postgres(home) as conninfo:
            assert postmaster(home) == number
            assert notes(conninfo) == ["kept"]
        assert lives(home)
        user.finish()
    assert not lives(home)


def test_a_home_of_the_version_before_can_be_wiped_and_stopped(home: Path) -> None:
    with worker(home) as user:
        user.conninfo()
        user.kill()
    as_the_version_before_left_it(the_server(home))
    assert stop(home)
    as_the_version_before_left_it(the_server(home))
    wipe(home)
    assert not the_server(home).data.exists()


def test_a_home_where_the_account_could_replace_anything_is_refused(new_home: Path) -> None:
    account = server_account()
    new_home.mkdir()
    os.chown(new_home, account.uid, account.gid)
    new_home.chmod(0o755)
    with (
        pytest.raises(NotConfigured, match=f"{account.name}.*may write in {new_home}"),
        embedded_postgres(new_home),
    ):
        pass
    assert list(new_home.iterdir()) == []


def test_a_home_that_everyone_may_write_to_is_refused(new_home: Path) -> None:
    new_home.mkdir()
    new_home.chmod(0o777)
    with (
        pytest.raises(NotConfigured, match=f"may write in {new_home}"),
        embedded_postgres(new_home),
    ):
        pass


def test_a_home_in_a_sticky_directory_works(room: Path) -> None:
    shared = room / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    with embedded_postgres(shared / "home", durable=False) as conninfo:
        note(conninfo, "works")


def test_the_account_can_neither_write_to_nor_lock_what_is_ours(home: Path) -> None:
    with embedded_postgres(home, durable=False):
        server = the_server(home)
        for name in FILES:
            path = server.directory / name
            assert not attempt(server, partial(os.open, path, os.O_RDONLY))
            assert not attempt(server, path.unlink)
        assert not attempt(server, (server.directory / "new").touch)
        assert not attempt(server, partial(server.data.rename, server.directory / "moved"))
        assert not attempt(server, partial(os.listdir, server.directory))
        assert sorted(path.name for path in server.directory.iterdir()) == sorted(
            (*FILES, "pgdata", "run")
        )


def test_programs_that_the_account_could_change_are_copied_anew(
    home: Path, private_binaries: Path
) -> None:
    with embedded_postgres(home, binaries=private_binaries, durable=False):
        pass
    (copy,) = home.glob("binaries-*")
    program = next(copy.glob("*/*/bin/postgres"))
    assert {path.lstat().st_uid for path in copy.rglob("*")} == {0}
    program.write_text("#!/bin/sh\nexit 7\n")
    account = the_server(home).account
    os.chown(program, account.uid, account.gid)
    with embedded_postgres(home, binaries=private_binaries, durable=False):
        pass
    assert program.stat().st_uid == 0
    assert program.stat().st_size > 1000


def test_a_named_program_is_asked_for_its_version_without_our_rights(room: Path) -> None:
    binaries = room / "bin"
    binaries.mkdir()
    said = room / "said"
    said.mkdir()
    said.chmod(0o777)
    (binaries / "postgres").write_text(f"#!/bin/sh\nid -u > {said}/who\nexit 1\n")
    (binaries / "postgres").chmod(0o755)
    with (
        pytest.raises(NotConfigured, match="no postgres program"),
        embedded_postgres(room / "home", binaries=binaries),
    ):
        pass
    assert int((said / "who").read_text()) == server_account().uid


def test_psql_that_the_account_could_change_is_not_run(room: Path) -> None:
    binaries = room / "bin"
    binaries.mkdir()
    (binaries / "psql").write_text("#!/bin/sh\n")
    (binaries / "psql").chmod(0o755)
    assert own_program(binaries, "psql") == binaries / "psql"
    account = server_account()
    os.chown(binaries, account.uid, account.gid)
    with pytest.raises(NotConfigured, match=f"{account.name}.*may change {binaries}/psql"):
        own_program(binaries, "psql")


def test_the_end_of_a_long_log_is_shown_not_all_of_it(home: Path) -> None:
    with embedded_postgres(home, durable=False):
        pass
    with (the_server(home).data / "postgresql.conf").open("a") as settings:
        settings.writelines(f"no_such_setting_{number} = 1\n" for number in range(5000))
    with pytest.raises(BackfillError) as refusal, embedded_postgres(home):
        pass
    assert len(str(refusal.value)) < 2000
