"""Every command of the command line, with what it needs to get past its options."""

import click

from contributor_backfill.cli.main import cli
from tests.support.captures import REPOSITORY

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
    return [(name, *each) for name in names() for each in ARGUMENTS.get(name, ((),))]
