"""Pictures have a name, take the page's colours, and hold whatever is in a text as text."""

from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest
from markupsafe import Markup

from contributor_backfill.reports.html.charts import Span, columns, lines, stacks, timeline

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOSTILE = '"><script>alert(1)</script>'


def root(picture: Markup) -> Element:
    return fromstring(picture.replace(' xmlns="http://www.w3.org/2000/svg"', ""))


def bars(picture: Markup, kind: str) -> list[Element]:
    return [each for each in root(picture).iter("rect") if each.get("class") == kind]


def test_there_is_a_column_for_each_day_as_high_as_its_figure() -> None:
    drawn = bars(columns("Captured", [(NOW - n * DAY, 50.0 * n) for n in range(5)], DAY), "first")

    heights = [float(each.attrib["height"]) for each in drawn]
    assert heights[0] == 0
    assert heights[4] == pytest.approx(4 * heights[1], rel=0.01)


def test_a_single_day_and_a_day_of_nothing_are_drawn_too() -> None:
    assert len(bars(columns("Captured", [(NOW, 0)], DAY), "first")) == 1
    assert root(lines("Seconds", [[(NOW, 1.5)], []], DAY)).get("aria-label") == "Seconds"


def test_the_second_line_is_told_by_more_than_its_colour() -> None:
    series = [[(NOW - DAY, 1.0), (NOW, 2.0)], [(NOW - DAY, 3.0), (NOW, 4.0)]]

    kinds = [each.get("class") for each in root(lines("Seconds", series, DAY)).iter("path")]

    assert {"first", "second"} <= set(kinds)


def test_a_line_is_broken_where_nothing_is_known() -> None:
    points = [(NOW - n * DAY, 1.0) for n in (0, 1, 2, 17, 18, 20)]

    drawn = [each for each in root(lines("S", [points], DAY)).iter("path") if each.get("class")]

    assert len(drawn) == 2


def test_parts_of_nothing_are_left_out_of_a_stack() -> None:
    picture = stacks("Runs", {"recover": [("done", 3), ("failed", 0)], "alert": [("failed", 1)]})

    assert (len(bars(picture, "done")), len(bars(picture, "failed"))) == (1, 1)


def test_the_shortest_run_is_seen_and_one_from_before_begins_at_the_edge() -> None:
    spans = [
        Span("recover", NOW - timedelta(seconds=1), NOW, "done", "a second"),
        Span("recover", NOW - 2 * DAY, NOW - DAY / 2, "failed", "long ago"),
    ]

    picture = timeline("Runs", spans, NOW - DAY, NOW)

    assert float(bars(picture, "done")[0].attrib["width"]) > 1
    frame = next(each for each in root(picture).iter("rect") if "x" in each.attrib)
    assert bars(picture, "failed")[0].get("x") == frame.get("x")


def test_a_hostile_text_stays_a_text() -> None:
    span = Span(HOSTILE, NOW - DAY, NOW, "done", HOSTILE)

    picture = timeline(HOSTILE, [span], NOW - DAY, NOW)

    assert "<script" not in picture
    assert root(picture).get("aria-label") == HOSTILE
    assert HOSTILE in [each.text for each in root(picture).iter("title")]
    assert HOSTILE in [each.text for each in root(picture).iter("text")]


def test_a_picture_is_small_and_the_same_each_time() -> None:
    points = [(NOW - n * DAY, float(n * n)) for n in range(90)]

    picture = columns("Captured", points, DAY)

    assert len(picture.encode()) < 16_000
    assert picture == columns("Captured", points, DAY)
    assert "id=" not in picture
