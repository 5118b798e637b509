"""Count the files and functions that one page of pull requests passes: claim, fetch, commit.

So are the SQL functions that a commit may call, as they name each other, with those of triggers.
The command line is not counted, nor what carries bytes: sessions, connections, retries of both.
"""

import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import contributor_backfill
from contributor_backfill.db.gateway import Gateway
from contributor_backfill.db.postgres import PostgresTransport
from contributor_backfill.db.transport import RetryingTransport
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.sandbox import Limits, Sandbox
from scripts.bench_backfill import invented
from tests.support.captures import rig
from tests.support.databases import Database, new_database, server_in_memory

ROOT = Path(contributor_backfill.__path__[0])
NOT_COUNTED = (
    *("cli/", "net/", "sandbox/", "db/transport.py", "db/postgres.py", "db/supabase.py"),
    *("github/sending.py", "domain/network.py", "domain/addresses.py"),
)
CLAIM = "claim"
COMMIT = "backfill_commit_v1"
FUNCTION = re.compile(r"create or replace function public\.(backfill_\w+)(.*?)\n\$\$;", re.DOTALL)
TRIGGER = re.compile(r"on public\.(\w+)[^;]*?execute function public\.(backfill_\w+)")
PLENTY = Limits(hourly_points=100_000)


class Passed:
    """Every function of ours, as file and name, that is called from the first claim on."""

    def __init__(self) -> None:
        self.found: set[tuple[str, str]] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch this thread."""
        sys.setprofile(self._note)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        if not self.found and frame.f_code.co_name != CLAIM:
            return
        if not self.found:
            # Who claims is on the way as well.
            for caller, _ in traceback.walk_stack(frame.f_back):
                self._add(caller)
        self._add(frame)

    def _add(self, frame: FrameType) -> None:
        code = frame.f_code
        if not code.co_filename.startswith(str(ROOT)):
            return
        file = str(Path(code.co_filename).relative_to(ROOT))
        # A comprehension is no function that anybody reads; nor is what `@dataclass` writes.
        if not file.startswith(NOT_COUNTED) and not code.co_name.startswith("<"):
            self.found.add((file, code.co_qualname))


def one_page(database: Database) -> set[tuple[str, str]]:
    """Capture two pages, and return what the second page of a backfill passed."""
    with (
        Sandbox(invented(150, 3), limits=PLENTY) as sandbox,
        closing(PostgresTransport(database.conninfo)) as transport,
    ):
        work = rig(sandbox, Gateway(RetryingTransport(transport, SystemClock(), (0.0,))))
        work.track()
        work.run(chunks=1)
        passed = Passed()
        with passed.watching():
            work.run(chunks=1)
    return passed.found


def of_a_commit() -> set[tuple[str, str]]:
    """Return the SQL functions that a commit may call, triggers among them, with their files."""
    bodies: dict[str, tuple[str, str]] = {}
    triggers: dict[str, set[str]] = {}
    for file in sorted((ROOT / "db" / "sql").glob("[!m]*/*.sql")):
        text = re.sub(r"^ *--.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for name, body in FUNCTION.findall(text):
            bodies[name] = str(file.relative_to(ROOT)), body
        for table, name in TRIGGER.findall(text):
            triggers.setdefault(table, set()).add(name)
    reached: set[str] = set()
    waiting = {COMMIT}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        body = bodies[name][1]
        called = set(re.findall(r"backfill_\w+_v\d+", body)) & bodies.keys()
        written = re.findall(r"(?:insert into|update|delete from) (\w+)", body)
        waiting |= called.union(*(triggers.get(table, set()) for table in written)) - reached
    return {(bodies[name][0], name) for name in reached}


def main() -> None:
    """Print the figures, and with --list every function by its file."""
    with server_in_memory() as server:
        found = one_page(new_database(server, migrated=True))
    files = Counter(file for file, _ in found)
    stored = of_a_commit()
    if "--list" in sys.argv:
        for file, name in sorted(found) + sorted(stored):
            print(f"{file}: {name}")
    print(f"{len(files)} files, {len(found)} functions")
    print(f"{len(stored)} SQL functions of a commit, in {len({file for file, _ in stored})} files")


if __name__ == "__main__":
    main()
