"""Changes by hand, or by `recover`, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from contributor_backfill.db.rows import moment
from contributor_backfill.domain.control import Change
from contributor_backfill.reports.wording import at, plural

Values = Mapping[str, Any]
NAMES = {"page_size": "page size", "page_size_is_fixed": "fixed"}


def sentence(change: Change) -> str:
    """Return one sentence about a change, with its reason."""
    # A later version may have written actions that this one does not know.
    words = WORDS.get(change.action)
    what = words(change.before, change.after) if words else change.action.replace("_", " ")
    reason = " ".join((change.reason or "").split()).rstrip(".")
    because = f" ({reason})" if reason else ""
    return f"{change.repository or 'all repositories'}: {what}{because}."


def line(change: Change) -> str:
    """Return one line of the history: when, who, what, why."""
    return f"{at(change.made_at)}  {change.actor}  {sentence(change)}"


def _paused(_: Values, after: Values) -> str:
    ends_at = after.get("pause_ends_at")
    return f"paused until {at(moment(ends_at))}" if ends_at else "paused until it is resumed"


def _retried(_: Values, after: Values) -> str:
    wanted = after.get("wanted") or ()
    what = [
        "its backfill goes on" if "status" in after or "next_attempt_at" in after else "",
        f"{plural(len(wanted), 'pull request')} queued" if wanted else "",
        "its syncs wait no longer" if "deferred_feeds" in after else "",
    ]
    return f"tried again: {', '.join(filter(None, what)) or 'its errors are forgotten'}"


def _untracked(_: Values, after: Values) -> str:
    deleted = ", what was captured is deleted" if after.get("deleting_at") else ""
    return f"not tracked any more{deleted}"


def _deleted(_: Values, after: Values) -> str:
    return f"{plural(sum(after['deleted'].values()), 'row')} deleted"


def _set(before: Values, after: Values) -> str:
    changed = (
        f"{NAMES.get(name, name.replace('_', ' '))} {_plain(before[name])} -> {_plain(value)}"
        for name, value in sorted(after.items())
    )
    return ", ".join(changed)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "unset" if value is None else str(value)


WORDS: Mapping[str, Callable[[Values, Values], str]] = {
    "pause": _paused,
    "resume": lambda _, __: "resumed",
    "retry": _retried,
    "reset": lambda _, __: "its backfill begins afresh, from the newest pull request",
    "set": _set,
    "untrack": _untracked,
    "delete_data": _deleted,
    "budget": lambda before, after: f"monthly budget: {_set(before, after)}",
    "end_pause": lambda _, __: "its pause is over",
    "lose_run": lambda _, after: f"the run of {after['command']} is closed as lost",
    "close_job": lambda _, after: f"its capture job is closed as {after['status']}",
    "close_chunk": lambda _, after: f"page {after['chunk_number']} of its backfill is given up",
    "put_back_chunk": lambda _, after: (
        f"page {after['chunk_number']} of its backfill is to be captured again"
    ),
    "free_lease": lambda before, _: f"its backfill is taken from {before['lease_holder']}",
    "free_feed": lambda before, after: (
        f"its {after['feed'].replace('_', ' ')} are taken from {before['lease_holder']}"
    ),
    "set_routing": lambda before, after: f"how jobs are routed: {_set(before, after)}",
    "revive_job": lambda _, after: f"job {after['job_id']} waits again to be handed over",
    "renamed": lambda _, after: f"its name is {after['full_name']} now",
    "reachable": lambda _, __: "it goes on",
    "gone": lambda _, __: "GitHub does not show it; it was deleted or made private",
    "forbidden": lambda _, __: "GitHub refuses access to it",
}
