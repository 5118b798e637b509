"""The page as one file that asks nothing of anybody: its style and its script stand in it."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from contributor_backfill.domain.redaction import on_one_line
from contributor_backfill.reports.html.fleet import Fleet
from contributor_backfill.reports.html.parts import Panel

TITLE = "Pull-request history"


@dataclass(frozen=True)
class Page:
    """What one page shows, and of when."""

    taken_at: datetime
    lead: str
    panels: Sequence[Panel]
    fleet: Fleet


def render(page: Page) -> str:
    """Return the page as HTML. Whatever is in a text of it shows as that text."""
    environment = Environment(
        loader=PackageLoader("contributor_backfill.reports.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_fit,
    )
    style, script = (_file(environment, name) for name in ("page.css", "page.js"))
    return environment.get_template("page.html.jinja").render(
        policy=_policy(style, script),
        title=TITLE,
        taken_at=page.taken_at,
        lead=page.lead,
        panels=page.panels,
        fleet=page.fleet,
        style=style,
        script=script,
        version=version("contributor-backfill"),
    )


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
