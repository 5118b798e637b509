"""Use an embedded server in a process of its own, until standard input ends.

Arguments: the home, then optionally the number of the user to become first. Says `ready`, a blank
and the connection string; or `refused`, a blank and the error.
"""

import os
import sys
from pathlib import Path

import psycopg  # noqa: F401 - imported while still root: a user may be unable to read the library

from contributor_backfill.db.embedded import embedded_postgres
from contributor_backfill.domain.errors import BackfillError


def become(uid: int) -> None:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def say(word: str, rest: str) -> None:
    print(word, rest, flush=True)  # noqa: T201 - the pipe is how a worker answers


def serve(home: Path) -> None:
    try:
        with embedded_postgres(home) as conninfo:
            say("ready", conninfo)
            sys.stdin.read()
    except BackfillError as error:
        say("refused", repr(str(error)))


if __name__ == "__main__":
    for argument in sys.argv[2:]:
        become(int(argument))
    serve(Path(sys.argv[1]))
