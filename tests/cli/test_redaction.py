"""No part of a secret is left in a text, in whichever form a library prints it."""

import base64
import html
import json
import shlex
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contributor_backfill.domain.redaction import MASK, Redactor, redactor
from contributor_backfill.domain.secrets import secrets_of

TOKEN = "ghp_7Kq2vX9mZ4tB8wR1nL6cY3sD5fG0hJ2aE"
PASSWORD = "c0rrect'horse\"b@ttery/st ple%#?ü\u200b&<"
KEY = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.s1gn4ture-0f_it"
FORMS: tuple[Callable[[str], str], ...] = (
    str,
    repr,
    ascii,
    json.dumps,
    lambda text: json.dumps(json.dumps(text)),
    lambda text: json.dumps(repr(text)),
    lambda text: repr(text.encode()),
    quote,
    lambda text: quote(text, safe="").lower(),
    quote_plus,
    html.escape,
    shlex.quote,
    str.upper,
    lambda text: text.encode("unicode_escape").decode(),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(f"x{text}".encode()).decode(),
    lambda text: base64.b64encode(f"xy{text}xyz".encode()).decode(),
    lambda text: base64.b64encode(f"x-access-token:{text}".encode()).decode(),
    lambda text: f"{text[:20]}…",
    lambda text: text[12:],
    lambda text: repr(UnicodeEncodeError("ascii", f"Bearer {text}", 7, 8, "no")),
)


def of(**variables: str) -> Redactor:
    return redactor(secrets_of(variables))


def left_of(secret: str, text: str) -> list[str]:
    """Return the parts of eight characters of a secret that a text still holds."""
    parts = {secret[n : n + 8] for n in range(len(secret) - 7)}
    return sorted(part for part in parts if part.lower() in text.lower())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_TOKEN": TOKEN},
        {"SUPABASE_SERVICE_KEY": f"{KEY}\u200b"},
        {"SUPABASE_SERVICE_KEY": f"“{KEY}”"},
        {"GITHUB_WEBHOOK_SECRET": PASSWORD},
    ],
)
def test_every_form_of_a_secret_is_hidden(
    form: Callable[[str], str], variables: dict[str, str]
) -> None:
    (secret,) = variables.values()

    text = of(**variables)(f"before {form(secret)} after")

    assert text.startswith("before ")
    assert MASK in text
    for written in FORMS[:16]:
        assert not left_of(written(secret)[8:-8], text)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_URL": "postgresql://me:s3cret@Tail@db.example.com/x"}, "Tail@db.example"),
        ({"DATABASE_URL": "postgresql://me:s3cret@tail@db.example.com/x"}, 'host "tail@db.exam"'),
        ({"DATABASE_URL": "postgresql://me:pa/ss@db.example.com/x"}, "invalid port number: 'pa'"),
        ({"DATABASE_URL": "postgresql://me:pa/ss@db.example.com/x"}, "Failed to parse: me:pa"),
        ({"DATABASE_URL": "postgresql://me:p?w9=x@db.example.com/x"}, "'w9=x'"),
        ({"DATABASE_URL": "host=db password='it\\'s a s3cret' user=me"}, "it's a s3cret"),
        ({"DATABASE_URL": "postgresql://h/x?user=me&password=s3cr3tpw"}, "is s3cr3tpw."),
        ({"DATABASE_URL": "postgresql://me:p%40ssw0rd%21@h/x"}, "is p@ssw0rd!"),
        ({"DATABASE_URL": "postgresql://me:hunter2@h/x"}, "password hunter2."),
        ({"GITHUB_API_URL": f"https://{TOKEN}@ghe.example.com/api/v3"}, TOKEN),
        ({"GITHUB_GRAPHQL_URL": "https://me:w0rdpass@ghe.example.com"}, "me:w0rdpass"),
        ({"https_proxy": "http://me:pr0xy-pw@proxy:8080"}, "Basic bWU6cHIweHktcHc="),
        ({"INNGEST_BASE_URL": "https://me:pr0xy-pw@inn.gs"}, "pr0xy-pw"),
        ({"SUPABASE_URL": KEY}, KEY),
        ({"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": "https://h.io/services/T0B1/x9Y8z7W6"}, "x9Y8z7W6"),
    ],
)
def test_what_a_library_prints_of_an_address_is_hidden(
    variables: dict[str, str], said: str
) -> None:
    assert MASK in of(**variables)(said)


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_WEBHOOK_SECRET": "contributor-backfill-webhook-secret-1"},
        {"DATABASE_URL": "postgresql://postgres:postgres@localhost:5432/postgres"},
        {"DATABASE_URL": "postgresql://postgres:password@localhost:5432/postgres"},
        {"DATABASE_URL": "postgresql://me:any@127.0.0.1:5432/postgres"},
        {"GITHUB_TOKEN": "any", "INNGEST_EVENT_KEY": "test"},
        {"GITHUB_TOKEN": "planted-token-repository-1a2b3c4d"},
        {"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": "https://127.0.0.1:9/services/webhook"},
        {"SUPABASE_URL": "https://project.supabase.co", "DATABASE_URL": "host=127.0.0.1 user=me"},
    ],
)
def test_ordinary_words_stay(variables: dict[str, str]) -> None:
    text = (
        "contributor-backfill: the password of DATABASE_URL in this repository is refused as user"
        " postgres, for any service of https://127.0.0.1:54321/graphql and its webhook. It looks"
        " like postgresql://USER:PASSWORD@HOST:PORT/DATABASE or https://project.supabase.co, and"
        " secret keys are planted tokens. 2024-01-15 10:00: 1,234 pull requests in 5 minutes."
    )

    assert of(**variables)(text) == text


def test_an_ordinary_password_is_hidden_between_user_and_host() -> None:
    hide = of(DATABASE_URL="postgresql://postgres:test@localhost:5432/x")

    assert "test" not in hide("cannot use postgresql://postgres:test@localhost:5432/x")


@given(st.text(min_size=8), st.text(), st.text())
def test_a_secret_that_is_no_word_never_gets_through(secret: str, before: str, after: str) -> None:
    secret = f"1a{secret.strip()}b2c3d4"
    variables: Mapping[str, str] = {"INNGEST_EVENT_KEY": secret}

    assert secret not in redactor(secrets_of(variables))(f"{before}{secret}{after}")
