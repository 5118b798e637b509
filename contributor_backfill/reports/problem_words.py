"""Each kind of problem in words: what it is, what it means, what to do. The database has the facts.

Whatever strangers may have written, names and errors, goes through `plain` or `code`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contributor_backfill.db.rows import moment, read
from contributor_backfill.domain.alerts import DISABLED_AFTER_DAYS, Kind, Problem
from contributor_backfill.domain.budget import MonthlyBudget
from contributor_backfill.reports.budget_words import sentence
from contributor_backfill.reports.markdown import code, plain
from contributor_backfill.reports.wording import at, plural

Detail = Mapping[str, Any]
LONGEST_ERROR = 500
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Words:
    """`heading` fits a title; all others are Markdown, and ours but for the facts in `what`.

    `step` is a command, `advice` says what it is for.
    """

    heading: str
    what: Callable[[Problem], str]
    meaning: str
    advice: str
    step: str = ""


def error_text(error: object) -> str:
    """Return an error as Markdown, cut where it gets long."""
    text = str(error or "no reason is on record")
    return plain(text if len(text) <= LONGEST_ERROR else f"{text[:LONGEST_ERROR]}…")


def _failed(problem: Problem) -> str:
    access = problem.detail.get("access")
    how = {
        "gone": "was deleted on GitHub, or this token may not see it",
        "forbidden": "is closed to this token",
    }
    return f"The repository {how.get(str(access), 'cannot be captured')}: {_error(problem)}"


def _paused(problem: Problem) -> str:
    detail = problem.detail
    return (
        f"Its backfill pauses after {plural(int(detail.get('errors') or 0), 'error')} in a row"
        f" ({plural(int(detail.get('pauses') or 1), 'pause')} so far). The last error:"
        f" {_error(problem)}"
    )


def _errors(problem: Problem) -> str:
    return "\n".join(
        f"- {plain(str(part.get('what')).replace('_', ' '))}:"
        f" {plural(int(part.get('errors') or 0), 'error')} in a row. The last error:"
        f" {error_text(part.get('error'))}"
        for part in problem.detail.get("parts") or ()
    )


def _dead_chunks(problem: Problem) -> str:
    return f"{plural(_count(problem), 'page')} given up. The last error: {_error(problem)}"


def _rejects(problem: Problem) -> str:
    kinds = problem.detail.get("kinds") or {}
    listed = ", ".join(f"{many:,} {name.replace('_', ' ')}" for name, many in sorted(kinds.items()))
    return f"Rows that could not be stored: {plain(listed)}. The last reason: {_error(problem)}"


def _stuck(problem: Problem) -> str:
    parts = ", ".join(str(part).replace("_", " ") for part in problem.detail.get("parts") or ())
    served = moment(problem.detail.get("served_at"))
    last = f"since {at(served)} no run has done any" if served else "no run has done any yet"
    return f"Work is due ({plain(parts)}) and {last}, although other runs succeed."


def _dead_jobs(problem: Problem) -> str:
    return f"{plural(_count(problem), 'job')} not handed over. The last error: {_error(problem)}"


def _published(problem: Problem) -> str:
    roles, relations = (
        ", ".join(code(str(known)) for known in problem.detail.get(name) or ["unknown"])
        for name in ("roles", "relations")
    )
    return f"It is private on GitHub, and here {roles} can read {relations}."


def _silence(problem: Problem) -> str:
    detail = problem.detail
    last = moment(detail.get("last_success_at"))
    since = f"since {at(last)}" if last else "yet"
    last_run = ""
    if detail.get("outcome"):
        began, outcome = at(moment(detail.get("started_at"))), plain(str(detail["outcome"]))
        last_run = f" The last run began at {began}: {outcome}."
    if detail.get("error"):
        last_run += f" Its error: {_error(problem)}"
    return (
        f"No run of progressive-backfill has succeeded {since}, while work is due in"
        f" {plural(int(detail.get('repositories') or 0), 'repository')}.{last_run}"
    )


def _nothing_stored(problem: Problem) -> str:
    runs = int(problem.detail.get("runs") or 0)
    return f"The last {plural(runs, 'run')} ended well and stored no row, although work is due."


def _quota(problem: Problem) -> str:
    runs, points = int(problem.detail.get("runs") or 0), int(problem.detail.get("points") or 0)
    return (
        f"Each of the last {plural(runs, 'run')} ended because GitHub's quota was spent; together"
        f" they used {plural(points, 'point')}."
    )


def _schedule_late(problem: Problem) -> str:
    return f"The last scheduled run began at {at(moment(problem.detail.get('last_at')))}."


def _lost_runs(problem: Problem) -> str:
    command = plain(str(problem.detail.get("command") or "an unknown command"))
    return (
        f"{plural(_count(problem), 'run')} of the last day ended without recording how; the last"
        f" was of {command}."
    )


def _failed_runs(problem: Problem) -> str:
    return "\n".join(
        f"- {plain(str(run.get('command')))}: {plural(int(run.get('count') or 0), 'run')} in a row"
        f" failed. The last error: {error_text(run.get('error'))}"
        for run in problem.detail.get("commands") or ()
    )


def _database_refuses(problem: Problem) -> str:
    command = plain(str(problem.detail.get("command") or "an unknown command"))
    return f"The last run of {command} could store nothing: {_error(problem)}"


def _database_size(problem: Problem) -> str:
    detail = problem.detail
    size, limit = (int(detail.get(name) or 0) / MEGABYTE for name in ("bytes", "limit_bytes"))
    percent = int(detail.get("percent") or 0)
    return f"The database holds {size:,.0f} of {limit:,.0f} MB: {percent} %."


def _inactivity(problem: Problem) -> str:
    detail = problem.detail
    days = int(detail.get("count") or 0)
    left = max(0, DISABLED_AFTER_DAYS - days)
    when = f"in {plural(left, 'day')}" if left else "now, if it has not happened yet"
    return (
        f"Nothing was pushed to {code(str(detail.get('repository') or 'the repository'))} for"
        f" {plural(days, 'day')}. After {DISABLED_AFTER_DAYS} days without activity GitHub disables"
        f" all scheduled workflows of a repository; that is {when}."
    )


def _workflows_disabled(problem: Problem) -> str:
    files = problem.detail.get("files") or ()
    named = ", ".join(code(str(file)) for file in files) or "Workflows"
    return (
        f"GitHub has disabled workflows because nothing happened in"
        f" {code(str(problem.detail.get('repository') or 'the repository'))}: {named}."
    )


def _budget(problem: Problem) -> str:
    if not problem.detail.get("caps"):
        return "A cap of the month's budget is reached, or nearly."
    return plain(sentence(read(MonthlyBudget, problem.detail)))


def _error(problem: Problem) -> str:
    return error_text(problem.detail.get("error"))


def _count(problem: Problem) -> int:
    return int(problem.detail.get("count") or 0)


WORDS: Mapping[Kind, Words] = {
    Kind.FAILED: Words(
        "cannot be read",
        _failed,
        "Nothing of it is captured until a person acts. What is stored stays.",
        "Look at it on GitHub; when the token may read it, track it again",
        "contributor-backfill track {repository}",
    ),
    Kind.PAUSED_BY_ERRORS: Words(
        "backfill pauses after errors",
        _paused,
        "The backfill tries again by itself: after a quarter of an hour at first, after a day at"
        " most.",
        "Try again at once",
        "contributor-backfill retry --repository {repository}",
    ),
    Kind.ERRORS: Words(
        "errors again and again",
        _errors,
        "It is tried again, at longer and longer intervals; meanwhile its data grows old.",
        "See how it stands",
        "contributor-backfill status --repository {repository}",
    ),
    Kind.DEAD_CHUNKS: Words(
        "pages were given up",
        _dead_chunks,
        "Six runs in a row were killed at the same page, most likely by too little memory or time.",
        "Have their pull requests captured again",
        "contributor-backfill retry --repository {repository}",
    ),
    Kind.REJECTS: Words(
        "rows could not be stored",
        _rejects,
        "Each is kept whole in the table backfill_rejects, with the reason. It is stored when its"
        " pull request is captured again and the reason is gone.",
        "Remove the reasons that the table names, then try again",
        "contributor-backfill retry --repository {repository}",
    ),
    Kind.STUCK: Words(
        "waits, and no run captures it",
        _stuck,
        "Other repositories use all the time or quota of the runs, or a run that was killed still"
        " holds its lease. If it waits after the next step too, capture it by hand with"
        " `progressive-backfill --repository OWNER/NAME`.",
        "Free what killed runs hold",
        "contributor-backfill recover",
    ),
    Kind.DEAD_JOBS: Words(
        "jobs could not be handed over",
        _dead_jobs,
        "Neither Inngest nor GitHub Actions took them, and they are not tried again by themselves.",
        "`queue --revive JOB` puts one back. See why they were not taken",
        "contributor-backfill queue",
    ),
    Kind.PUBLISHED: Words(
        "is private, and can be read here",
        _published,
        "Whoever has the website's public key can read what is captured of it. It was made private"
        " after it was tracked, or these rights were granted since.",
        "Revoke the rights, or `untrack` the repository. If people may read it, track it again with"
        " `--publish-private`. See where the rights come from",
        "contributor-backfill doctor",
    ),
    Kind.SILENCE: Words(
        "no run succeeds",
        _silence,
        "Nothing is captured at all: the schedule starts no run, or every run fails.",
        "Check the workflow's runs, then the configuration",
        "contributor-backfill doctor",
    ),
    Kind.NOTHING_STORED: Words(
        "runs store nothing",
        _nothing_stored,
        "Runs end before they have done anything: their limits of minutes, points or pages may be"
        " too low.",
        "See what a run would do",
        "contributor-backfill progressive-backfill --dry-run",
    ),
    Kind.QUOTA: Words(
        "GitHub's quota is empty",
        _quota,
        "Something else uses the same token, or too many points are kept for others (`--reserve`).",
        "See what is left, and consider a token for this tool alone",
        "contributor-backfill doctor",
    ),
    Kind.SCHEDULE_LATE: Words(
        "the schedule is late",
        _schedule_late,
        "GitHub sometimes starts scheduled workflows hours late, or not at all. In a public"
        " repository it disables them after 60 days without activity.",
        "Have Supabase start the workflow on time",
        "contributor-backfill heartbeat --print --repository OWNER/NAME",
    ),
    Kind.LOST_RUNS: Words(
        "runs were lost",
        _lost_runs,
        "They were killed, or their runner was lost. Only their time is lost.",
        "Look at their logs; a smaller `--max-minutes` may help",
        "contributor-backfill status",
    ),
    Kind.FAILED_RUNS: Words(
        "runs fail again and again",
        _failed_runs,
        "Their work is not done.",
        "Check the configuration",
        "contributor-backfill doctor",
    ),
    Kind.DATABASE_REFUSES: Words(
        "the database refuses what is captured",
        _database_refuses,
        "This concerns every repository: nothing can be stored until the database is repaired."
        " What is stored stays.",
        "See what the database says",
        "contributor-backfill doctor",
    ),
    Kind.DATABASE_SIZE: Words(
        "the database is nearly full",
        _database_size,
        "Above its limit Supabase makes a database read-only, and nothing is stored any more."
        " CONTRIBUTOR_BACKFILL_DATABASE_LIMIT_MB says where the limit is.",
        "Keep less of long texts, or take a larger plan",
        "contributor-backfill track OWNER/NAME --bodies truncate:1000 --diff-hunks none",
    ),
    Kind.INACTIVITY: Words(
        "GitHub is about to disable the workflows",
        _inactivity,
        "Once they are disabled nothing is captured or recovered, and nobody is notified, not even"
        " by this alert.",
        "Push a commit to the default branch. Let Supabase notify you when no run begins",
        "contributor-backfill heartbeat --print --alarm --repository OWNER/NAME",
    ),
    Kind.WORKFLOWS_DISABLED: Words(
        "GitHub has disabled workflows",
        _workflows_disabled,
        "They do not run on their schedules, and nobody can start them, Supabase included.",
        "Enable each in the Actions tab or with `gh workflow enable FILE`, and push a commit. Let"
        " Supabase notify you the next time",
        "contributor-backfill heartbeat --print --alarm --repository OWNER/NAME",
    ),
    Kind.BUDGET: Words(
        "the month's budget runs out",
        _budget,
        "At a cap nothing is captured until the next month. Nothing is lost: it is captured then.",
        "See how much is used, and raise the cap if you want to go on",
        "contributor-backfill budget",
    ),
}
