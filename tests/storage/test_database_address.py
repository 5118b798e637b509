"""DATABASE_URL in every form, and the passwords that libpq would take for hosts."""

import re
import string
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from contributor_backfill.domain.database_address import database_address
from contributor_backfill.domain.errors import NotConfigured

POOLER = "aws-0-eu-west-1.pooler.supabase.com:6543"
PASSWORD = "hunter2"


@pytest.mark.parametrize(
    ("text", "shown", "is_local"),
    [
        ("postgresql://u:p@h.example/db", "h.example:5432", False),
        ("postgres://u:p@h.example:6543/db", "h.example:6543", False),
        (
            f"postgres://postgres.x:p@{POOLER}/postgres?pgbouncer=true&connection_limit=1&pool_timeout=0",
            POOLER,
            False,
        ),
        (
            "jdbc:postgresql://h.example/db?user=u&password=p&prepareThreshold=0",
            "h.example:5432",
            False,
        ),
        ("postgresql+psycopg://u:p@h.example/db", "h.example:5432", False),
        ("postgresql:///db", "socket in the usual folder", True),
        ("postgresql:///db?host=/tmp", "socket in /tmp", True),
        ("postgresql://%2Ftmp/db", "socket in /tmp", True),
        ("postgresql://[::1]:5433/db", "[::1]:5433", True),
        ("postgresql://127.0.0.1:1,[2001:db8::2]:3/db", "127.0.0.1:1, [2001:db8::2]:3", False),
        ("host=/tmp user=u", "socket in /tmp", True),
        ("host=localhost password='a b\\'c' port=5433", "localhost:5433", True),
        ("host=a.example,b.example port=1,2", "a.example:1, b.example:2", False),
        ("host=a.example hostaddr=127.0.0.1", "127.0.0.1:5432", True),
        ("host=localhost hostaddr=10.0.0.1", "10.0.0.1:5432", False),
    ],
)
def test_every_form_is_read_and_shown_without_user_and_password(
    text: str, shown: str, is_local: bool
) -> None:
    address = database_address(text)

    assert (str(address), address.is_local) == (shown, is_local)
    assert "p@" not in repr(address)
    # libpq understands what is left, and everything goes over TLS that leaves the machine.
    assert ("require" if not is_local else None) == conninfo_to_dict(address.conninfo).get(
        "sslmode"
    )


def test_what_is_read_can_be_read_again() -> None:
    first = database_address("host=h.example password='a b\\\\c\\'d' dbname=x")

    again = database_address(first.conninfo)

    assert conninfo_to_dict(again.conninfo) == conninfo_to_dict(first.conninfo)
    assert conninfo_to_dict(again.conninfo)["password"] == "a b\\c'd"


@given(password=st.text(string.ascii_letters + string.punctuation + " \n\u200b\xa0ä", min_size=4))
def test_a_password_is_read_as_it_was_meant_or_refused_without_a_piece_of_it(
    password: str,
) -> None:
    text = f"postgresql://u:{password}@h.example/db"
    if re.fullmatch(r"((?![@/#?:%\"'`\[\]])[!-~]|%[0-9A-Fa-f]{2})*", password):
        address = database_address(text)
        assert address.parameters["password"] == unquote(password)
        assert str(address) == "h.example:5432"
        return
    with pytest.raises(NotConfigured, match="DATABASE_URL") as refused:
        database_address(text)
    assert password not in str(refused.value)


@given(
    password=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
)
def test_an_encoded_password_is_every_password(password: str) -> None:
    text = f"postgresql://u:{quote(password, safe='')}@h.example/db"

    assert database_address(text).parameters["password"] == password


@pytest.mark.parametrize("between", list("@/#?:% \"'[]"))
@pytest.mark.parametrize("ending", ["", "=x", "&a=b", "1"])
def test_an_unescaped_character_gets_the_hint(between: str, ending: str) -> None:
    for first in (PASSWORD, "12"):
        text = f"postgresql://u:{first}{between}tail4711{ending}@h.example:5432/db"

        with pytest.raises(NotConfigured, match="ercent-encode") as refused:
            database_address(text)

        assert PASSWORD not in str(refused.value)
        assert "tail4711" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("host=h.example sslmode=disable", "", "unprotected"),
        ("postgresql://h.example/db?sslmode=allow", "", "unprotected"),
        ("postgresql://h.example/db?sslmode=prefer", "", "unprotected"),
        ("postgresql://h.example/db", "disable", "unprotected"),
        ("postgresql://h.example/db?sslmode=nonsense", "", "sslmode"),
        ("host=localhost,h.example sslmode=disable", "", "unprotected"),
        ("service=production", "", "service"),
        ("postgresql://u:[YOUR-PASSWORD]@h.example/db", "", "YOUR-PASSWORD"),
        ("mysql://u:p@h.example/db", "", "not an address of a Postgres"),
        ("postgresql://h.example:0/db", "", "port"),
        ("host=a,b port=1,2,3", "", "ports"),
    ],
)
def test_what_would_be_unsafe_or_elsewhere_is_refused(text: str, mode: str, words: str) -> None:
    with pytest.raises(NotConfigured, match=words):
        database_address(text, mode)


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_stronger_mode_is_kept(mode: str) -> None:
    assert database_address(f"host=h.example sslmode={mode}").parameters["sslmode"] == mode
    assert database_address("host=h.example", mode).parameters["sslmode"] == mode
    assert database_address(f"host=localhost sslmode={mode}").parameters["sslmode"] == mode


def test_the_direct_host_of_a_project_is_known() -> None:
    assert database_address("host=db.abcdef.supabase.co").supabase_project == "abcdef"
    assert database_address(f"postgresql://{POOLER}/x").supabase_project is None
