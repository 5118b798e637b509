"""The only way in which commands write: as sentences, as rows of our own, or as JSON.

Whatever came from GitHub, the database, a file or the environment is made printable here.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from contributor_backfill.cli.session import is_first_time, is_quiet
from contributor_backfill.db.rows import as_json
from contributor_backfill.domain.errors import InvalidInput
from contributor_backfill.domain.redaction import redacted_document, shown


def echo(text: object, *, err: bool = False) -> None:
    """Write a sentence on one line, whatever texts from outside are in it."""
    click.echo(shown(text), err=err)


def hint(text: object) -> None:
    """Write progress or a next step to stderr, unless --quiet leaves it out."""
    if not is_quiet():
        echo(text, err=True)


def warn_once(text: str) -> None:
    """Write to stderr what several steps of one command would repeat."""
    if is_first_time(text):
        echo(text, err=True)


def hint_once(text: str) -> None:
    """Write a hint that several steps of one command would repeat."""
    if is_first_time(text):
        hint(text)


def echo_lines(lines: Iterable[object], *, err: bool = False) -> None:
    """Write several, each on a line of its own."""
    text = "\n".join(map(shown, lines))
    if text:
        click.echo(text, err=err)


def confirm(question: str) -> None:
    """Ask whether something is meant. Raises `click.Abort` for anything but yes."""
    click.confirm(shown(question), abort=True, err=True)


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Say in a sentence that something cannot be written. Raises `InvalidInput`."""
    try:
        yield
    except OSError as error:
        raise InvalidInput(
            f"{target} cannot be written: {error.strerror}.",
            advice="Name a place that this account may write.",
        ) from error


def write_whole(file: Path, text: str) -> None:
    """Write a file so that nobody who waits for its name ever reads a part of it."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def echo_own(text: str) -> None:
    """Write a text of several lines as it is: one of ours, in which all else was made harmless."""
    click.echo(text)


def echo_json(document: Any) -> None:
    """Write a value as JSON: a dataclass as the object of its fields, a time as text."""
    click.echo(json_text(document))


def json_text(document: Any, *, indent: int | None = 2) -> str:
    """Return a document as JSON in which no text is a command to the runner.

    The runner obeys `##[…]` anywhere in a line. Written otherwise, it is the same text in JSON.
    """
    # Secrets go before the text is escaped, because escaped they would not be known.
    text = json.dumps(redacted_document(as_json(document)), indent=indent)
    return text.replace("##[", "#\\u0023[")
