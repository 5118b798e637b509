import os
import pwd
from pathlib import Path

import pytest

from contributor_backfill.db.embedded import account as embedded_account
from contributor_backfill.db.embedded import embedded_postgres
from contributor_backfill.domain.errors import NotConfigured
from tests.embedded.helpers import lives, note, notes, postmaster, the_server, worker

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may take another account")
NOBODY = pwd.getpwnam("nobody").pw_uid


def owner_of_process(number: int) -> int:
    return Path(f"/proc/{number}").stat().st_uid


@pytest.fixture
def home_of_nobody(room: Path) -> Path:
    home = room / "nobody"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    return home


def test_root_runs_the_server_as_another_user(new_home: Path) -> None:
    with embedded_postgres(new_home) as conninfo:
        note(conninfo, "works")
        assert owner_of_process(postmaster(new_home)) == the_server(new_home).account.uid != 0


def test_a_system_without_the_user_postgres_runs_it_as_nobody(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_account, "ACCOUNTS_INSTEAD_OF_ROOT", ("no-such-user", "nobody"))
    with embedded_postgres(new_home):
        assert owner_of_process(postmaster(new_home)) == NOBODY


def test_data_made_as_one_user_stays_with_that_user(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(embedded_account, "ACCOUNTS_INSTEAD_OF_ROOT", ("nobody",))
        with embedded_postgres(new_home) as conninfo:
            note(conninfo, "kept")
    with embedded_postgres(new_home) as conninfo:
        assert notes(conninfo) == ["kept"]


def test_a_system_without_any_such_user_is_told_what_to_do(
    new_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_account, "ACCOUNTS_INSTEAD_OF_ROOT", ())
    with pytest.raises(NotConfigured, match="ordinary user"), embedded_postgres(new_home):
        pass


def test_an_ordinary_user_runs_the_server_itself(home_of_nobody: Path) -> None:
    with worker(home_of_nobody, str(NOBODY)) as user:
        note(user.conninfo(), "works")
        assert owner_of_process(postmaster(home_of_nobody)) == NOBODY
        user.finish()
    assert not lives(home_of_nobody)
    assert home_of_nobody.stat().st_mode & 0o777 == 0o700


def test_an_ordinary_user_takes_over_after_a_kill(home_of_nobody: Path) -> None:
    with worker(home_of_nobody, str(NOBODY)) as killed:
        note(killed.conninfo(), "kept")
        killed.kill()
    with worker(home_of_nobody, str(NOBODY)) as user:
        assert notes(user.conninfo()) == ["kept"]
        user.finish()
    assert not lives(home_of_nobody)


def test_an_ordinary_user_without_write_permission_gets_a_sentence(room: Path) -> None:
    with worker(room / "home", str(NOBODY)) as user:
        word, sentence = user.answer()
    assert word == "refused"
    assert "Permission denied" in sentence
    assert "CONTRIBUTOR_BACKFILL_HOME" in sentence


def test_a_home_the_server_cannot_reach_is_refused_and_keeps_its_mode(room: Path) -> None:
    closed = room / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(NotConfigured, match="may not enter"), embedded_postgres(closed / "home"):
        pass
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_wheel_in_a_private_directory_is_copied_not_opened(
    home: Path, private_binaries: Path
) -> None:
    with embedded_postgres(home, binaries=private_binaries) as conninfo:
        note(conninfo, "works")
    assert private_binaries.parents[2].stat().st_mode & 0o777 == 0o700
    assert not list(home.glob("*unfinished*"))


def test_private_programs_of_the_user_are_refused(home: Path, private_binaries: Path) -> None:
    own = private_binaries.parent.with_name("own")
    private_binaries.parent.rename(own)
    with (
        pytest.raises(NotConfigured, match="may not run"),
        embedded_postgres(home, binaries=own / "bin"),
    ):
        pass
