"""The static page that `monitor --html` writes: one file that needs no server and no network.

Its style and its script stand in it.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from contributor_backfill.domain.redaction import on_one_line, redacted
from contributor_backfill.reports.html.charts import draw, highest, small, sparkline
from contributor_backfill.reports.model import Panel
from contributor_backfill.reports.panels import panels
from contributor_backfill.reports.panels.repositories import View, views
from contributor_backfill.reports.snapshot import Snapshot

TITLE = "Pull-request history"
LARGEST = 495_000
"""Bytes. Beyond it repositories have no view of their own; those that need a person come first."""


@dataclass(frozen=True)
class Page:
    """The content of a page, and its moment. Links to repositories lead to `host`."""

    taken_at: datetime
    panels: Sequence[Panel]
    views: Sequence[View]
    host: str


def write_page(snapshot: Snapshot, directory: Path) -> Path:
    """Write the page into a directory, which is made when it is missing, and return its file.

    Raises `OSError` where that cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "index.html"
    file.write_text(redacted(render(page(snapshot))), encoding="utf-8")
    return file


def page(snapshot: Snapshot) -> Page:
    """Return what the page says of a snapshot."""
    return Page(snapshot.taken_at, panels(snapshot), views(snapshot), snapshot.host)


def render(shown: Page) -> str:
    """Return the page as HTML. Whatever is in a text of it shows as that text."""
    environment = Environment(
        loader=PackageLoader("contributor_backfill.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_fit,
    )
    environment.filters.update(draw=draw, highest=highest, small=small, sparkline=sparkline)
    style, script = (_file(environment, name) for name in ("page.css", "page.js"))
    template = environment.get_template("page.html.jinja")

    def made(drawn: dict[str, Markup]) -> str:
        return template.render(
            policy=_policy(style, script),
            title=TITLE,
            page=shown,
            views=drawn,
            keys={name: f"r{n}" for n, name in enumerate(drawn)},
            style=style,
            script=script,
            version=version("contributor-backfill"),
        )

    # How large the page is without views says how much room they have.
    without = made({})
    room = LARGEST - len(without.encode())
    drawn = _views(environment, shown.views, room)
    return made(drawn) if drawn else without


def _views(environment: Environment, found: Sequence[View], room: int) -> dict[str, Markup]:
    """Return the views of repositories as far as there is room, by their names."""
    macro = environment.get_template("parts.html.jinja").module.view  # type: ignore[attr-defined]  # a macro
    drawn: dict[str, Markup] = {}
    for n, view in enumerate(found):
        text = macro(view, f"r{n}")
        # Its row leads to it as well.
        room -= len(text.encode()) + 30
        if room < 0:
            break
        drawn[view.name.text] = text
    return drawn


def _fit(value: object) -> object:
    """Return a value of the template as it may be shown; some of our own have several lines."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "\n".join(map(on_one_line, value.split("\n")))


def _file(environment: Environment, name: str) -> Markup:
    """Return one of this package's own files as it is."""
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])  # noqa: S704  # our own


def _policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy that allows this style and this script, and nothing else."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
