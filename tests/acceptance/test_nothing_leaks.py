"""Whatever goes wrong in whichever command, no secret is shown, recorded or sent."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote

import click
import pytest

from contributor_backfill.cli.main import cli
from contributor_backfill.domain.clock import SystemClock
from contributor_backfill.sandbox import RepositoryOptions, Sandbox, World
from tests.support.captures import REPOSITORY
from tests.support.commands import Commands, variables_for
from tests.support.databases import Database
from tests.support.entry import Done, run_here
from tests.support.replaying import Received, Recorded, replaying
from tests.support.runners import Runner

JOB = "6f1b0a52-3ac6-4b7e-9a55-0d8f0a5b3f63"
PLACE = ("--repository", "me/site", "--reference", "main")
REASON = ("--repository", REPOSITORY, "--reason", "because")
ARGUMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "track": ((REPOSITORY,),),
    "estimate": (("--repository", REPOSITORY),),
    "reconcile": (("--full",),),
    "capture-reviews": (("--repository", REPOSITORY, "--pr-numbers", "1,2"), ("--job-id", JOB)),
    "capture-comments": (("--repository", REPOSITORY, "--pr-numbers", "1,2"),),
    "start-successor": (("--workflow", "progressive-backfill.yml"),),
    "heartbeat": (("--print", "--repository", "me/site"),),
    "record-run": (("--event-file", "event.json", "--event", "workflow_run"),),
    "alert": (("--issues", "me/site"), ("--dry-run",)),
    "enqueue": (("--type", "progressive-backfill", "--repository", REPOSITORY),),
    "dispatch": (PLACE, (*PLACE, "--dry-run")),
    "queue": ((), ("--json",)),
    "pause": (REASON,),
    "resume": (REASON,),
    "retry": (REASON,),
    "reset": ((*REASON, "--yes"),),
    "set": ((*REASON, "--priority", "high"),),
    "status": ((), ("--json",)),
    "monitor": ((), ("--json",), ("--summary",), ("--html", "page")),
    "costs": ((), ("--json",)),
    "migrate": (("--check",), ("--print",)),
    "untrack": ((REPOSITORY, "--delete-data", "--dry-run"),),
}
"""Of those that cannot be called without; a new command is called as it is."""
SERVE = {"sandbox", "demo", "rehearse", "psql"}
"""They begin servers of their own, where nothing that is configured takes part."""

ASKING = frozenset(
    (
        *("alert", "capture-chunk", "capture-comments", "capture-reviews", "dispatch", "doctor"),
        *("estimate", "plan", "progressive-backfill", "reconcile", "recover"),
        *("start-successor", "sync-historical", "sync-runs", "track"),
    )
)
"""They send something to GitHub, Inngest or the webhook."""


def names() -> list[str]:
    """Return the names of all commands, as click knows them."""
    return [name for name in cli.list_commands(click.Context(cli)) if name not in SERVE]


def calls() -> list[tuple[str, ...]]:
    """Return every command line."""
    return [(name, *arguments) for name in names() for arguments in ARGUMENTS.get(name, ((),))]


TOKEN = "ghp_7Kq2vX9mZ4tB8wR1nL6cY3sD5fG0hJ2aE"
KEY = "sb_secret_8Jw3nQ6vT1zX4kM9pR2bC7yF5dH0gL"
PASSWORD = "Zx81QwPassv3Rt"
USER = "me"
WEBHOOK, WEBHOOK_SECRET = "T0B1x9Y8z7W6v5U4", "whs3cr3tR9pL2kM7"
EVENT_KEY = "evk3yN4hT8sW1qZ6"
ALL = (TOKEN, KEY, PASSWORD, WEBHOOK, WEBHOOK_SECRET, EVENT_KEY)
EVENT = {"action": "completed", "workflow_run": {"id": 5}, "repository": {"full_name": "me/site"}}
NOWHERE = "127.0.0.1:9"


class Runs:
    """Commands in a step of Actions whose every secret is planted, and all that they leave."""

    def __init__(self, variables: dict[str, str], directory: Path, database: Database) -> None:
        self.variables = variables
        self.said: list[tuple[tuple[str, ...], Done]] = []
        self.directory = directory
        self._database = database

    def run(self, *arguments: str, **variables: str) -> Done:
        wanted = {k: v for k, v in {**self.variables, **variables}.items() if v}
        environment = Commands(wanted, self.directory).environment
        done = run_here(environment, self.directory, *arguments)
        self.said.append((arguments, done))
        return done

    def leaks(self) -> list[str]:
        """Return where a part of a secret stands, with some text around it."""
        shown = [
            (" ".join(arguments), f"{done.output}\n{done.talk}") for arguments, done in self.said
        ]
        files = [
            (str(file), file.read_text(encoding="utf-8", errors="replace"))
            for file in self.directory.rglob("*")
            if file.is_file()
        ]
        return [
            f"{where}: …{text[max(0, at - 80) : at + 40]!r}"
            for where, text in (*shown, *files, *self._rows())
            for at in found_in(text)
        ]

    def _rows(self) -> Iterator[tuple[str, str]]:
        tables = self._database.rows(
            "select relname from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace"
        )
        for table in tables:
            name = table["relname"]
            query = f"select coalesce(string_agg(t::text, ' '), '') from public.{name} t"
            yield name, self._database.value(query)


def forms(secret: str) -> set[str]:
    """Return what a secret looks like, written in one of the ways of libraries."""
    return {
        secret.lower(),
        quote(secret, safe="").lower(),
        quote_plus(secret).lower(),
        json.dumps(secret)[1:-1].lower(),
        *(
            base64.b64encode(b"x" * n + secret.encode()).decode()[n + 1 : -4].lower()
            for n in range(3)
        ),
    }


PARTS = frozenset(
    form[n : n + 9] for secret in ALL for form in forms(secret) for n in range(len(form) - 8)
) - {"sb_secret", "b_secret_"}


def found_in(text: str) -> list[int]:
    """Return the first place where a part of a secret stands, if there is one."""
    lower = text.lower()
    return [n for n in range(len(lower) - 8) if lower[n : n + 9] in PARTS][:1]


@pytest.fixture(autouse=True)
def _waits_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = timedelta()

    def sleep(_: SystemClock, seconds: float) -> None:
        nonlocal passed
        # Longer than asked for, so that nobody tries again often.
        passed += timedelta(seconds=10 * seconds)

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime.now(UTC) + passed)


class Echo:
    """A host that refuses every request, and repeats in its response what it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 400
        self.is_html = False
        self.bodies: list[str] = []
        """The bodies of the requests."""

    @property
    def requests(self) -> int:
        return len(self.bodies)

    def respond(self, request: Received) -> Recorded:
        """Return the refusal."""
        self.bodies.append(request.body)
        sent = [request.headers.get(name) for name in ("authorization", "apikey")]
        said = f"bad header {sent} for {unquote(request.path)}"
        error = {"message": said, "type": "FORBIDDEN", "path": ["repository"], "code": "22000"}
        document: dict[str, Any] = {
            "message": said,
            "code": "22000",
            "hint": said,
            "details": said,
        }
        if self.status == 200:
            document = {"data": None, "errors": [error]}
        text = f"<html>{said}" if self.is_html else json.dumps(document)
        headers = {"content-type": "text/html" if self.is_html else "application/json"}
        if 300 <= self.status < 400:
            key = sent[1] or (sent[0] or "").split()[-1:]
            headers["location"] = f"http://127.0.0.1:9/else?key={key}"
        return Recorded(self.status, text.encode(), headers)


@pytest.fixture
def host() -> Iterator[Echo]:
    echo = Echo()
    with replaying(echo.respond) as server:
        echo.url = server.url
        yield echo


@pytest.fixture
def runs(database: Database, tmp_path: Path, host: Echo) -> Runs:
    """Commands with a repository whose backfill has begun, and a job; GitHub echoes from then."""
    (tmp_path / "event.json").write_text(json.dumps(EVENT), encoding="utf-8")
    variables = {
        **Runner(tmp_path).variables,
        "DATABASE_URL": f"{database.conninfo} password={PASSWORD}",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": f"{host.url}/{WEBHOOK}",
        "INNGEST_EVENT_KEY": EVENT_KEY,
        "INNGEST_BASE_URL": host.url,
        "GITHUB_API_URL": host.url,
        "GITHUB_GRAPHQL_URL": f"{host.url}/graphql",
        "CONTRIBUTOR_BACKFILL_MAX_MINUTES": "1",
    }
    runs = Runs(variables, tmp_path, database)
    if database.bring_back("leaks"):
        return runs
    with Sandbox(World.of([RepositoryOptions(pull_requests=30)])) as sandbox:
        of_sandbox = variables_for(sandbox, database, TOKEN)
        assert runs.run("track", REPOSITORY, **of_sandbox).exit_code == 0
        runs.run("capture-chunk", "--chunk-size", "10", **of_sandbox)
        for command in (
            ("enqueue", "--type", "progressive-backfill", "--repository", REPOSITORY),
            ("enqueue", "--type", "recent-prs", "--days", "1", "--repository", REPOSITORY),
            ("route",),
        ):
            assert runs.run(*command, **of_sandbox).exit_code == 0
    database.keep("leaks")
    return runs


def test_every_command_is_known_here(runs: Runs) -> None:
    wrong = [c for c in calls() if runs.run(*c).exit_code == 2]

    assert not wrong, "say in ARGUMENTS what they need"
    assert len(names()) > 30
    assert not runs.leaks()


def share(of: int, turn: int) -> list[tuple[str, ...]]:
    """Return every so manieth command line, beginning at another one each time."""
    return calls()[turn % of :: of]


STATUSES = (200, 302, 400, 401, 403, 404, 418, 422, 429, 451, 500, 502)


@pytest.mark.parametrize("status", STATUSES)
def test_what_github_echoes_goes_nowhere(status: int, runs: Runs, host: Echo) -> None:
    host.status = status
    host.is_html = status == 418
    asking = [command for command in calls() if command[0] in ASKING]

    for command in calls() if status == 403 else asking[STATUSES.index(status) % 2 :: 2]:
        before = host.requests
        runs.run("--verbose", *command)
        assert command[0] in ASKING or host.requests == before, "it belongs to ASKING"

    assert host.requests > 5
    assert not runs.leaks()
    assert not any(map(found_in, host.bodies))


@pytest.mark.parametrize(
    ("turn", "status"), list(enumerate([200, 302, 400, 403, 418, 422, 451, 503]))
)
def test_what_supabase_echoes_goes_nowhere(turn: int, status: int, runs: Runs, host: Echo) -> None:
    host.status = status
    supabase = {"SUPABASE_URL": host.url, "SUPABASE_SERVICE_KEY": KEY, "DATABASE_URL": ""}

    for command in share(2, turn):
        runs.run("--verbose", *command, **supabase)

    assert host.requests > 15
    assert not runs.leaks()


BAD_SETTINGS: tuple[dict[str, str], ...] = (
    {"GITHUB_TOKEN": f"{TOKEN}\u200b"},
    {"GITHUB_TOKEN": f"“{TOKEN}”"},
    {"SUPABASE_URL": "https://h.supabase.co", "SUPABASE_SERVICE_KEY": f"{KEY}\u00a0{KEY}"},
    {"SUPABASE_URL": KEY, "SUPABASE_SERVICE_KEY": "https://h.supabase.co"},
    {"SUPABASE_URL": f"https://{USER}:{PASSWORD}@h.supabase.co", "SUPABASE_SERVICE_KEY": KEY},
    {"SUPABASE_URL": f"https://{NOWHERE}", "SUPABASE_SERVICE_KEY": KEY},
    {"DATABASE_URL": f"postgresql://{USER}:{PASSWORD}@{NOWHERE}/x?connect_timeout=1"},
    {"DATABASE_URL": f"postgresql://{USER}:p@{PASSWORD}@{NOWHERE}/x"},
    {"DATABASE_URL": f"postgresql://{USER}:a/{PASSWORD}@{NOWHERE}/x"},
    {"DATABASE_URL": f"postgresql://{USER}:{PASSWORD}#?@{NOWHERE}/x"},
    {"DATABASE_URL": f"postgresql://{USER}@{NOWHERE}/x?password={PASSWORD}&nonsense=1"},
    {"DATABASE_URL": f"host=127.0.0.1 port={PASSWORD} password={PASSWORD}"},
    {"DATABASE_URL": f"mysql://{USER}:{PASSWORD}@{NOWHERE}/x"},
    {"GITHUB_API_URL": f"https://{USER}:{PASSWORD}@{NOWHERE}"},
    {"GITHUB_API_URL": f"https://{TOKEN}", "GITHUB_GRAPHQL_URL": f"https://[{TOKEN}"},
    {"INNGEST_BASE_URL": f"https://{USER}:{PASSWORD}@{NOWHERE}"},
    {"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": f"ftp://{NOWHERE}/{WEBHOOK}"},
    {"CONTRIBUTOR_BACKFILL_ALERT_WEBHOOK": f"https://{NOWHERE}/{WEBHOOK}\u200b"},
)


@pytest.mark.parametrize(("turn", "settings"), list(enumerate(BAD_SETTINGS)))
def test_a_setting_that_cannot_be_used_is_not_shown(
    turn: int, settings: dict[str, str], runs: Runs
) -> None:
    # All commands read them in one place, so each command meets every third of them.
    for command in share(3, turn):
        runs.run("--verbose", *command, **settings)

    assert not runs.leaks()


def test_neither_tls_nor_a_proxy_gives_anything_away(runs: Runs, host: Echo) -> None:
    tls = host.url.replace("http:", "https:")
    proxy = f"http://{USER}:{PASSWORD}@{NOWHERE}"

    for command in filter(lambda command: command[0] in ASKING, calls()):
        runs.run("--verbose", *command, GITHUB_API_URL=tls, GITHUB_GRAPHQL_URL=f"{tls}/graphql")
        runs.run("--verbose", *command, HTTP_PROXY=proxy, https_proxy=proxy, ALL_PROXY=proxy)

    assert not runs.leaks()


def test_a_database_that_refuses_gives_nothing_away(runs: Runs, database: Database) -> None:
    said = f"connection of {USER}:{PASSWORD} with Bearer {TOKEN}"
    database.rows(
        "create function refuse() returns trigger language plpgsql as"
        f" $$ begin raise exception '{said}' using hint = '{said}'; end $$"
    )
    tables = ("backfill_runs", "backfill_alerts", "progressive_backfill_state", "backfill_feeds")
    try:
        for table in tables:
            database.rows(
                f"create trigger refuse before insert or update on {table}"
                " for each row execute function refuse()"
            )
        for command in calls():
            runs.run("--verbose", *command)
    finally:
        for table in tables:
            database.rows(f"drop trigger if exists refuse on {table}")
        database.rows("drop function refuse()")

    assert not runs.leaks()
