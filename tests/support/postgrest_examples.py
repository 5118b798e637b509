"""A database with one example function per rule, and calls of them with every kind of outcome."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from contributor_backfill.db.embedded import embedded_postgres
from tests.support.postgrest_roles import make_roles

FUNCTIONS = """
create table noted (text text);
grant all on noted to service_role;
create function greet(name text, mark text default '!') returns jsonb language sql as
    $$ select jsonb_build_object('ok', true, 'says', name || mark) $$;
create function note(entry text) returns jsonb language plpgsql as
    $$ begin insert into noted values (entry); return '{"ok": true}'; end $$;
create function note_and_fail(entry text) returns jsonb language plpgsql as
    $$ begin insert into noted values (entry); raise exception 'no'; end $$;
create function note_in_stable(entry text) returns jsonb language plpgsql stable as
    $$ begin execute 'insert into noted values ($1)' using entry; return '{}'; end $$;
create function fail(state text) returns jsonb language plpgsql as
    $$ begin raise exception using errcode = state, message = 'm', detail = 'd', hint = 'h'; end $$;
create function overloaded(a int) returns jsonb language sql as $$ select '1'::jsonb $$;
create function overloaded(a text) returns jsonb language sql as $$ select '2'::jsonb $$;
create function nothing() returns void language sql as $$ $$;
create function null_json() returns jsonb language sql as $$ select null::jsonb $$;
create function number() returns jsonb language sql as $$ select '1.10'::jsonb $$;
create function word() returns text language sql as $$ select 'word' $$;
create function series(length int) returns setof int language sql as
    $$ select generate_series(1, length) $$;
create function pairs(length int) returns table (a int, b text) language sql as
    $$ select generate_series(1, length), 'b' $$;
create function echo(document jsonb) returns jsonb language sql as $$ select document $$;
create function reserved() returns jsonb language sql as $$ select '1'::jsonb $$;
revoke execute on function reserved() from public;
create function session() returns jsonb language sql stable as $$
    select jsonb_build_object(
        'current', current_user, 'login', session_user,
        'claimed', current_setting('request.jwt.claims', true)::jsonb ->> 'role',
        'timeout', current_setting('statement_timeout'),
        'read_only', current_setting('transaction_read_only')
    )
$$;
create function read_only() returns jsonb language sql volatile as
    $$ select to_jsonb(current_setting('transaction_read_only')) $$;
create function hurried() returns jsonb language plpgsql set statement_timeout = '50ms' as
    $$ begin perform pg_sleep(10); return '{}'; end $$;
create function unhurried() returns jsonb language sql set statement_timeout = '60s' as
    $$ select to_jsonb(current_setting('statement_timeout')) $$;
"""

STATES = [
    *("08006", "09000", "0L000", "0P000"),
    *("22023", "23503", "23505", "25001", "25006", "28000", "2D000"),
    *("38000", "39000", "3B000"),
    *("40003", "40P01", "42501", "42883", "42P01", "42P17"),
    *("53100", "53400", "54000", "55000", "57014", "57P01", "58000"),
    *("CB001",),
    *("F0000",),
    *("HV000",),
    *("P0001", "P0002", "PT409", "PT503", "PTabc"),
    *("XX000",),
]

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("greet", {"name": "Ada"}),
    ("greet", {"name": "Ada", "mark": "?"}),
    ("greet", {"nam": "Ada"}),
    ("greet", {}),
    ("missing", {}),
    ("missing", {"b": 1, "a": 2}),
    ("overloaded", {"a": 1}),
    ("nothing", {}),
    ("null_json", {}),
    ("number", {}),
    ("word", {}),
    ("series", {"length": 3}),
    ("series", {"length": 0}),
    ("series", {"length": "x"}),
    ("pairs", {"length": 1}),
    ("echo", {"document": {"umlaut": "ü", "deep": [1, None, {"a": 1.10}]}}),
    ("echo", {"document": "\0"}),
    ("reserved", {}),
    ("session", {}),
    ("read_only", {}),
    ("hurried", {}),
    ("unhurried", {}),
    ("note_and_fail", {"entry": "x"}),
    ("note_in_stable", {"entry": "x"}),
    *[("fail", {"state": state}) for state in STATES],
]


@contextmanager
def example_database() -> Iterator[str]:
    """Serve a new database with FUNCTIONS and the roles, and yield its connection string."""
    memory = "/dev/shm"
    parent = memory if os.access(memory, os.W_OK) else None
    home = Path(tempfile.mkdtemp(prefix="examples-", dir=parent))
    home.chmod(0o755)  # Postgres may run as another user, who has to pass
    try:
        with embedded_postgres(home, durable=False) as conninfo:
            make_roles(conninfo)
            with psycopg.connect(conninfo) as connection:
                connection.execute(FUNCTIONS)
            yield conninfo
    finally:
        shutil.rmtree(home)
