"""The composition root for the static page."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from contributor_backfill.domain.errors import InvalidInput, NotConfigured

if TYPE_CHECKING:
    from contributor_backfill.reports.snapshot import Snapshot


def need_html_extra() -> None:
    """Raise `NotConfigured` when the extra `html` is not installed."""
    if not all(map(find_spec, ("jinja2", "ziaplot"))):
        raise NotConfigured(
            "The page needs the extra `html`, which is not installed.",
            advice="Run: pip install 'contributor-backfill[html]'",
        )


def write_page(snapshot: "Snapshot", directory: Path) -> Path:
    """Write the page into a directory, which is made when it is missing, and return its file.

    Raises `NotConfigured` without the extra, `InvalidInput` where it cannot be written.
    """
    need_html_extra()
    from contributor_backfill.reports import html

    try:
        return html.write_page(snapshot, directory)
    except OSError as error:
        raise InvalidInput(
            f"The page cannot be written into {directory}: {error.strerror}.",
            advice="Name a directory that this account may write.",
        ) from error
