"""`track`: take repositories in."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from contributor_backfill.cli.app import Recording, recorded
from contributor_backfill.cli.options import FullName, storage_options, store_option
from contributor_backfill.cli.output import echo, echo_lines, hint
from contributor_backfill.cli.progress import Pace
from contributor_backfill.cli.settings import Store, load
from contributor_backfill.domain.runs import Note, Outcome, RunEnd, Severity
from contributor_backfill.domain.storage import Keep, Wish
from contributor_backfill.domain.types import Priority

if TYPE_CHECKING:
    from contributor_backfill.operations.tracking import TrackedRepository

EVERY = "/*"
MOST_OF_OWNERS = 100
NAME_WIDTH = 34
SECONDS_BETWEEN_LINES = 20.0


class NameOrOwner(FullName):
    """OWNER/NAME, the repository's address on GitHub, or `OWNER/*`."""

    name = "OWNER/NAME"
    pattern = re.compile(r"[A-Za-z0-9_.-]+/(?:[A-Za-z0-9_.-]+|\*)")


@dataclass(frozen=True)
class Choice:
    """Which repositories of an owner are meant."""

    fewest: int | None
    forks: bool
    archived: bool
    most: int | None

    @property
    def is_given(self) -> bool:
        """Whether any of the options is given."""
        return self.fewest is not None or self.forks or self.archived or self.most is not None


@dataclass(frozen=True)
class How:
    """The settings for every repository that is tracked."""

    priority: Priority | None
    backfill: bool | None
    publish_private: bool
    storage: Wish


@click.command()
@click.argument("names", nargs=-1, type=NameOrOwner(), metavar="OWNER/NAME|ADDRESS|OWNER/*...")
@click.option(
    "--file",
    type=click.File(encoding="utf-8"),
    help="Read further names from this file, one a line; - is standard input.",
)
@click.option(
    "--min-pull-requests",
    "fewest",
    type=click.IntRange(min=0),
    metavar="N",
    help="Of OWNER/*, only repositories with at least N pull requests.",
)
@click.option("--include-forks", "forks", is_flag=True, help="Of OWNER/*, forks as well.")
@click.option("--include-archived", "archived", is_flag=True, help="Of OWNER/*, archived ones too.")
@click.option(
    "--limit",
    "most",
    type=click.IntRange(1, 1_000),
    metavar="N",
    help="Of OWNER/*, at most N new ones; the same command goes on with the next."
    f" Default: {MOST_OF_OWNERS}.",
)
@click.option(
    "--priority",
    type=click.Choice(Priority, case_sensitive=False),
    help="How urgently it is captured. Default: medium, or what it has.",
)
@click.option(
    "--backfill/--no-backfill",
    default=None,
    help="Capture the history, or do not. Default: when less than 80 % of it is stored.",
)
@click.option(
    "--publish-private",
    is_flag=True,
    help="Track a private repository although others than the service role can read the database.",
)
@storage_options
@store_option
def track(
    names: tuple[str, ...],
    *,
    file: Iterable[str] | None,
    fewest: int | None,
    forks: bool,
    archived: bool,
    most: int | None,
    priority: Priority | None,
    backfill: bool | None,
    publish_private: bool,
    bodies: Keep | None,
    diff_hunks: Keep | None,
    store: Store | None,
) -> None:
    """Track repositories, and begin the backfill of each that needs one.

    OWNER/* stands for what an account owns. What is tracked already is passed over there, so that
    the same command goes on where it was cut off. What --bodies and --diff-hunks say is remembered
    for every capture. A private repository is refused where `anon` or `authenticated` can read the
    database.
    """
    wanted = tuple(dict.fromkeys((*names, *(_lines(file) if file else ()))))
    if not wanted:
        raise click.UsageError("Give OWNER/NAME, or --file FILE with one a line.")
    choice = Choice(fewest, forks, archived, most)
    if choice.is_given and not any(name.endswith(EVERY) for name in wanted):
        raise click.UsageError(
            "--min-pull-requests, --include-forks, --include-archived and --limit go with OWNER/*."
        )
    how = How(priority, backfill, publish_private, Wish(bodies, diff_hunks))
    if len(wanted) == 1 and not wanted[0].endswith(EVERY):
        _track_one(wanted[0], how, store)
    else:
        _track_all(wanted, choice, how, store)


def _lines(file: Iterable[str]) -> Iterator[str]:
    """Yield the names of a file; what follows `#` is a comment."""
    name = getattr(file, "name", "the file")
    try:
        for number, line in enumerate(file, 1):
            text = line.partition("#")[0].strip()
            try:
                if text:
                    yield NameOrOwner().convert(text, None, None)
            except click.BadParameter as error:
                raise click.UsageError(f"{name}, line {number}: {error.message}") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"{name} is not a text in UTF-8.") from None


def _track_one(name: str, how: How, store: Store | None) -> None:
    with recorded(load(), store, repository=name) as recording:
        repository = _take_in(recording, name, how)
    if repository.full_name.lower() != name.lower():
        echo(f"{name} is {repository.full_name} now.", err=True)
    echo(
        f"{repository.full_name} is tracked at {repository.tracked.priority} priority:"
        f" {repository.total:,} pull requests on GitHub."
    )
    verb = "A backfill begins" if repository.started else "No backfill is begun"
    echo(f"{verb}: {repository.reason}.")
    if repository.started:
        hint("Next: contributor-backfill progressive-backfill")


def _take_in(recording: Recording, name: str, how: How) -> "TrackedRepository":
    from contributor_backfill.github.repositories import look_up
    from contributor_backfill.operations.tracking import track_repository

    row, _ = look_up(recording.client(), name)
    return track_repository(
        recording.gateway,
        row,
        how.priority,
        how.backfill,
        how.storage,
        publish_private=how.publish_private,
    )


def _track_all(wanted: tuple[str, ...], choice: Choice, how: How, store: Store | None) -> None:
    """Take in one after the other. What one of them lacks is said, and stops none of the others."""
    from contributor_backfill.domain.errors import NotConfigured
    from contributor_backfill.github.faults import AccessLost, RateLimited

    taken: list[TrackedRepository] = []
    problems: list[str] = []
    waits = ""
    pace = Pace(SECONDS_BETWEEN_LINES)
    try:
        with recorded(load(), store) as recording:
            try:
                for name in _names(recording, wanted, choice, problems):
                    if pace.is_due():
                        count = f"{len(taken):,} tracked so far"
                        hint(count if taken else "Asking GitHub about each repository.")
                    try:
                        taken.append(_take_in(recording, name, how))
                    except (AccessLost, NotConfigured) as error:
                        problems.append(f"{name}: {error}")
            # The rest of the list would meet the same limit.
            except RateLimited as limit:
                waits = str(limit)
            recording.ends(_end(problems, waits))
    finally:
        # Also of what was cut off: it is tracked.
        echo_lines(_table(taken))
    for problem in problems:
        echo(problem, err=True)
    if waits:
        echo(f"{waits} Run the same command again after that: it goes on.", err=True)
    if any(repository.started for repository in taken):
        hint("Next: contributor-backfill progressive-backfill")
    if problems:
        sys.exit(1)


def _names(
    recording: Recording, wanted: tuple[str, ...], choice: Choice, problems: list[str]
) -> Iterator[str]:
    """Yield every name once; of an owner those that are chosen and not tracked yet."""
    from contributor_backfill.github.faults import Gone

    left = choice.most or MOST_OF_OWNERS
    known: set[str] | None = None
    for name in wanted:
        if not name.endswith(EVERY):
            yield name
            continue
        # Only of OWNER/*: a name that is given is tracked anew, with what is said of it now.
        if known is None:
            known = {line.full_name.lower() for line in recording.gateway.read_status()}
            known |= {other.lower() for other in wanted}
        try:
            for full_name in _owned(recording, name.removesuffix(EVERY), choice):
                if full_name.lower() in known:
                    continue
                if not left:
                    hint(f"{name} has more: run the same command again for the next.")
                    return
                left -= 1
                known.add(full_name.lower())
                yield full_name
        except Gone as gone:
            problems.append(str(gone))


def _owned(recording: Recording, owner: str, choice: Choice) -> Iterator[str]:
    from contributor_backfill.github.repositories import owned

    repositories = owned(recording.client(), owner, forks=choice.forks, archived=choice.archived)
    for name, pull_requests in repositories:
        if pull_requests >= (choice.fewest or 0):
            yield name


def _end(problems: list[str], waits: str) -> RunEnd:
    if problems:
        notes = tuple(Note(Severity.ERROR, problem) for problem in problems)
        return RunEnd(Outcome.FAILED, "error", 1, problems[0], notes=notes)
    if waits:
        return RunEnd(Outcome.DEFERRED, "rate limited", more_work=True)
    return RunEnd(Outcome.DONE, "finished")


def _table(taken: list["TrackedRepository"]) -> Iterator[str]:
    from contributor_backfill.reports.repository_words import shortened

    if not taken:
        yield "Nothing new was tracked."
        return
    width = min(NAME_WIDTH, max(len("repository"), *(len(row.full_name) for row in taken)))
    yield f"{'repository':{width}}  {'pull requests':>13}  {'priority':8}  backfill"
    for repository in sorted(taken, key=lambda repository: -repository.total):
        yield _row(repository, shortened(repository.full_name, width), width)
    total = sum(repository.total for repository in taken)
    begun = sum(repository.started for repository in taken)
    yield f"{len(taken):,} tracked with {total:,} pull requests; {begun:,} backfills begin."


def _row(repository: "TrackedRepository", name: str, width: int) -> str:
    backfill: Any = "begins" if repository.started else repository.tracked.backfill or "none"
    return f"{name:{width}}  {repository.total:>13,}  {repository.tracked.priority:8}  {backfill}"
