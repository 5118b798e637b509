"""A run in Markdown, to be read in ten seconds: for the summary of its job."""

from datetime import timedelta

from contributor_backfill.domain.runs import Outcome, RunReport, shown
from contributor_backfill.reports.markdown import LONGEST, plain
from contributor_backfill.reports.wording import duration, ending

MARKS = {
    Outcome.DONE: "✅",
    Outcome.DEFERRED: "⏸️",
    Outcome.FAILED: "❌",
    Outcome.LOST: "❓",
    Outcome.RUNNING: "▶️",
}


def summary(report: RunReport) -> str:
    """Return the summary of one run: what, how it ended and why, counts, and what to look at."""
    end, counts = report.end, report.counts
    what = f"{report.command} {report.repository}".strip()
    figures = (counts.chunks, counts.rows, counts.points, counts.requests, counts.database_calls)
    took = duration(timedelta(seconds=report.seconds))
    lines = [
        f"### {MARKS[end.outcome]} {plain(what)}: {end.outcome}",
        "",
        f"{plain(ending(end.stop_reason))}{'; more work is left' if end.more_work else ''}.",
        "",
        "| pages | rows | points of GitHub's quota | requests | database calls | time |",
        "|---:|---:|---:|---:|---:|---:|",
        f"| {' | '.join(f'{each:,}' for each in figures)} | {took} |",
        "",
        *(f"- **{note.severity}**: {plain(note.text)}" for note in shown(end.notes)),
        "",
    ]
    return "\n".join(lines).encode()[:LONGEST].decode(errors="ignore")
