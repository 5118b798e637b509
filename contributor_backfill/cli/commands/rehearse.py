"""`rehearse`: a whole fleet on a moved clock, with GitHub's schedule as it is."""

import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contributor_backfill.cli.output import echo
from contributor_backfill.cli.rehearsal_reporting import echo_figures, watching_rehearsal
from contributor_backfill.cli.rehearsing import rehearse_on
from contributor_backfill.cli.sandboxes import need_sandbox_extra
from contributor_backfill.cli.settings import load
from contributor_backfill.cli.stores import need_local_extra
from contributor_backfill.domain.budget import reserve_points

if TYPE_CHECKING:
    from contributor_backfill.sandbox.rehearsal import Figures

INTERRUPTED = 130


@click.command()
@click.option(
    "--repositories",
    type=click.IntRange(1, 2_000),
    default=96,
    show_default=True,
    help="How many the fleet has.",
)
@click.option(
    "--largest",
    type=click.IntRange(20, 1_000_000),
    default=110_000,
    show_default=True,
    help="Pull requests of the largest; the second has half of it, the third a third, at least 20.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Points, and REST requests, that the token has an hour.",
)
@click.option(
    "--schedule",
    type=click.Choice(["real", "punctual"]),
    default="real",
    show_default=True,
    help="Cron's runs late and dropped as they were in 2026, or all on time.",
)
@click.option(
    "--items",
    type=click.IntRange(0, 100),
    default=1,
    show_default=True,
    help="Reviews, comments and inline comments of every pull request.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.1, 55),
    default=5.0,
    show_default=True,
    help="How long a run may take.",
)
@click.option("--chain/--no-chain", default=True, help="Whether runs start the next one.")
@click.option(
    "--until",
    type=click.Choice(["95", "complete"]),
    default="95",
    show_default=True,
    help="End when 95 % of all pull requests are stored, or all of them.",
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same figures.")
@click.option("--keep", is_flag=True, help="Keep the database, and say where it is.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def rehearse(
    *,
    repositories: int,
    largest: int,
    limit: int,
    schedule: str,
    items: int,
    minutes: float,
    chain: bool,
    until: str,
    seed: int,
    keep: bool,
    as_json: bool,
) -> None:
    """Capture a whole invented fleet, and say what it takes in days, points, minutes and dollars.

    Everything is real, the database too, but for GitHub, the time and its schedule. It needs no
    token and no network. The default fleet of 566,107 pull requests took 22 minutes on two cores,
    and 716 MB. Nothing is opened or changed on GitHub meanwhile, and only the workflow of the
    backfill runs: recovery's minutes come on top.
    """
    reserve = reserve_points(limit, None)
    if reserve >= limit:
        raise click.BadParameter(
            f"{limit} points an hour are all kept as the reserve of {reserve}, so that no run would"
            f" ever begin a page. Give at least {reserve + 1}.",
            param_hint="--limit",
        )
    need_sandbox_extra()
    need_local_extra()
    from contributor_backfill.sandbox.rehearsal import SCHEDULES, Plan, Until

    plan = Plan(
        repositories=repositories,
        largest=largest,
        limit=limit,
        schedule=SCHEDULES[schedule],
        items=items,
        minutes=minutes,
        chain=chain,
        until=Until(until),
        seed=seed,
    )
    reached: list[Figures] = []
    try:
        with _scratch_database(keep=keep) as conninfo, watching_rehearsal() as watch:
            rehearse_on(conninfo, plan, watch, reached.append)
    except KeyboardInterrupt:
        echo("Interrupted: the figures are of what was reached by then.", err=True)
        sys.exit(INTERRUPTED)
    finally:
        for figures in reached:
            echo_figures(plan, figures, as_json=as_json)


@contextmanager
def _scratch_database(*, keep: bool) -> Iterator[str]:
    """Give the address of a new database that is up to date, and remove it unless it is kept."""
    from contributor_backfill.db.embedded import embedded_postgres
    from contributor_backfill.db.migrating import apply

    home = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    home.chmod(0o755)  # the server's account is another one where this is root's
    try:
        binaries = load().postgres_binaries
        with embedded_postgres(home, binaries=binaries, durable=False) as conninfo:
            apply(conninfo)
            yield conninfo
    finally:
        if keep:
            echo(
                f"The database is kept: CONTRIBUTOR_BACKFILL_HOME={shlex.quote(str(home))}"
                " contributor-backfill status --store embedded",
                err=True,
            )
        else:
            shutil.rmtree(home, ignore_errors=True)
