"""The only way in which commands write: as sentences, as rows of our own, or as JSON.

Whatever came from GitHub, the database, a file or the environment is made printable here.
"""

import json
from collections.abc import Iterable
from typing import Any

import click

from contributor_backfill.cli.common import is_quiet
from contributor_backfill.domain.redaction import redacted_document, shown


def echo(text: object, *, err: bool = False) -> None:
    """Write a sentence on one line, whatever texts from outside are in it."""
    click.echo(shown(text), err=err)


def hint(text: object) -> None:
    """Write progress or a next step to stderr, unless --quiet leaves it out."""
    if not is_quiet():
        echo(text, err=True)


def echo_lines(lines: Iterable[object], *, err: bool = False) -> None:
    """Write several, each on a line of its own."""
    text = "\n".join(map(shown, lines))
    if text:
        click.echo(text, err=err)


def confirm(question: str) -> None:
    """Ask whether something is meant. Raises `click.Abort` for anything but yes."""
    click.confirm(shown(question), abort=True, err=True)


def echo_own(text: str) -> None:
    """Write a text of several lines as it is: one of ours, in which all else was made harmless."""
    click.echo(text)


def echo_json(document: Any, **options: Any) -> None:
    """Write a document as JSON."""
    click.echo(json_text(document, **options))


def json_text(document: Any, *, indent: int | None = 2, **options: Any) -> str:
    """Return a document as JSON in which no text is a command to the runner.

    The runner obeys `##[…]` anywhere in a line. Written otherwise, it is the same text in JSON.
    """
    text = json.dumps(redacted_document(document), indent=indent, **options)
    return text.replace("##[", "#\\u0023[")
