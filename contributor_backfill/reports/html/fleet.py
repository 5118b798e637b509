"""The table of all repositories, which filters and sorts in the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from contributor_backfill.reports.html.parts import Head

Row = tuple[str, str, Sequence[str], str]
"""A repository: its name, its state, its figures, and what comes next."""


@dataclass(frozen=True)
class Fleet:
    """All repositories, one row each. The last column is a text, those before it numbers."""

    title: str
    lead: str
    caption: str
    heads: Sequence[Head]
    rows: Sequence[Row]
