"""The page is one file that trusts no text, asks for nothing, and stays small."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from contributor_backfill.reports.html import page, render, write_page
from tests.support.made_snapshots import empty_snapshot, full_snapshot, hostile_snapshot


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_hostile_text_makes_no_element_attribute_or_link_of_its_own() -> None:
    hostile = Elements(render(page(hostile_snapshot()))).found
    harmless = Elements(render(page(full_snapshot()))).found

    assert {tag for tag, _ in hostile} == {tag for tag, _ in harmless}
    assert {key for _, attributes in hostile for key in attributes} == {
        key for _, attributes in harmless for key in attributes
    }
    assert len([tag for tag, _ in hostile if tag == "script"]) == 1
    links = [str(attributes["href"]) for tag, attributes in hostile if tag == "a"]
    assert all(link.startswith(("#", "https://")) for link in links)


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    written = render(page(full_snapshot()))

    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', written)
    assert policy.startswith("default-src &#39;none&#39;;")
    assert "unsafe" not in policy
    assert policy.count("sha256-") == 2


def test_two_thousand_repositories_take_less_than_500_kilobytes(
    tmp_path: Path,
) -> None:
    snapshot = full_snapshot(2_000)

    file = write_page(snapshot, tmp_path / "new" / "site")

    assert file.stat().st_size < 500_000
    assert file.read_text(encoding="utf-8").count("<tr><th scope=row>") == 2_000
    assert [found.name for found in file.parent.iterdir()] == ["index.html"]


def test_every_panel_without_data_says_so_and_there_is_no_script() -> None:
    made = page(empty_snapshot())

    assert [panel.title for panel in made.panels if not panel.lead.startswith("No data: ")] == []
    assert all(panel.sources for panel in made.panels)
    assert "<script" not in render(made)


def test_every_panel_with_data_says_where_its_figures_come_from() -> None:
    made = page(full_snapshot())

    assert [panel.key for panel in made.panels] == [
        "now",
        "repositories",
        "activity",
        "captures",
        "runs",
        "quota",
        "processors",
        "cost",
        "data",
    ]
    assert [panel.key for panel in made.panels if panel.lead.startswith("No data")] == []
    for panel in made.panels:
        assert all(source.startswith("contributor-backfill ") for source in panel.sources)
        assert panel.sources


def test_a_repository_has_a_view_of_its_own_that_its_name_leads_to() -> None:
    found = Elements(render(page(full_snapshot()))).found
    views = [str(attributes["id"]) for tag, attributes in found if tag == "article"]
    links = {str(attributes.get("href")) for tag, attributes in found if tag == "a"}

    assert len(views) == 30
    assert {f"#{view}" for view in views} <= links


def test_what_has_no_room_for_views_gives_them_to_the_problemd_first() -> None:
    made = page(full_snapshot(2_000))
    states = re.findall(r"<h3 id=r\d+-title>.*?<span class=\"is-([a-z-]+)", render(made))

    assert states[: len(states)] == [view.state for view in made.views[: len(states)]]
    assert 20 < len(states) < 200


def test_of_a_quota_that_nobody_heard_of_it_is_not_said_to_last() -> None:
    full = full_snapshot()
    (heard,) = full.quota.quotas
    unheard = replace(heard, remaining=None, runs_out_at=None)

    made = page(replace(full, quota=replace(full.quota, quotas=(unheard,))))

    (lead,) = (panel.lead for panel in made.panels if panel.key == "quota")
    assert lead == "No run has heard from GitHub how much is left."


def test_the_same_figures_make_the_same_page() -> None:
    assert render(page(full_snapshot())) == render(page(full_snapshot()))
