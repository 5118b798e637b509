"""Charts are true to time, are read at any width, and hold whatever is in a text as text."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest
from markupsafe import Markup

from contributor_backfill.reports.html.charts import draw, levels, small, sparkline, ticks
from contributor_backfill.reports.model import Chart, Series, Span, Table

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_TABLE = Table("", (), ())
UNQUOTED = re.compile(r"(\w+)=([\w]+)(?=[ >])")
HOSTILE = '"><script>alert(1)</script>'


def by_day(*values: float, days: int = 7) -> Chart:
    """Return the chart of the last days, whose axis has so many."""
    until = datetime(2026, 11, 26, tzinfo=UTC)
    first = until - len(values) * DAY
    points = [(first + n * DAY, value) for n, value in enumerate(values)]
    series = [Series("pull requests", "first", points)]
    return Chart("Captured", NO_TABLE, until - days * DAY, until, DAY, series)


def root(picture: Markup) -> Element:
    return fromstring(UNQUOTED.sub(r'\1="\2"', str(picture)))


def bars(picture: Markup, kind: str) -> list[dict[str, float]]:
    names = ("x", "y", "width", "height")
    return [
        {name: float(bar.attrib[name].rstrip("%")) for name in names}
        for bar in root(picture).iter("rect")
        if bar.get("class") == kind
    ]


def names(picture: Markup) -> list[str]:
    return [str(text.text) for text in root(picture).iter("text")]


def test_a_column_is_as_high_as_its_figure_and_a_day_of_nothing_has_none() -> None:
    drawn = bars(draw(by_day(0, 50, 100, 200)), "first")

    assert len(drawn) == 3
    assert drawn[2]["height"] == pytest.approx(4 * drawn[0]["height"], rel=0.01)


def test_one_day_is_a_day_and_not_the_whole_of_the_chart() -> None:
    (drawn,) = bars(draw(by_day(80)), "first")

    assert drawn["width"] < 100 / 7
    assert drawn["x"] > 100 * 6 / 7


def test_a_day_without_a_figure_leaves_its_place_empty() -> None:
    chart = by_day(1, 1)
    gap = Series("pull requests", "first", [(NOW - 5 * DAY, 1.0), (NOW - DAY, 1.0)])

    first, last = bars(draw(Chart("C", NO_TABLE, chart.since, chart.until, DAY, [gap])), "first")

    assert last["x"] - first["x"] == pytest.approx(4 * 100 / 7, abs=0.1)


@pytest.mark.parametrize(
    "span",
    [
        timedelta(minutes=1),
        HOUR,
        5 * HOUR,
        DAY,
        3 * DAY,
        7 * DAY,
        30 * DAY,
        90 * DAY,
        365 * DAY,
        3_650 * DAY,
    ],
)
def test_every_axis_has_a_few_names_that_differ_and_stand_within_it(span: timedelta) -> None:
    found = ticks(NOW - span, NOW)

    assert 1 <= len(found) <= 10
    assert len({name for _, name in found}) == len(found)
    assert all(NOW - span <= at <= NOW for at, _ in found)


def test_hours_are_named_by_the_clock_days_by_date_and_years_by_month() -> None:
    hours = [name for _, name in ticks(NOW - DAY, NOW)]
    assert hours == ["15:00", "18:00", "21:00", "25 Nov", "03:00", "06:00", "09:00", "12:00"]
    assert ticks(NOW - 30 * DAY, NOW)[-1][1] == "23 Nov"
    assert "2026" in [name for _, name in ticks(NOW - 365 * DAY, NOW)]


def test_on_a_phone_every_other_name_is_left_out() -> None:
    kinds = [str(text.get("class")) for text in root(draw(by_day(1, days=7))).iter("text")]
    axis = [kind for kind in kinds if kind.startswith("x")]

    assert sum(" w" not in kind for kind in axis) <= 5


def test_levels_are_round_and_reach_the_highest_value() -> None:
    assert levels([0, 7]) == [0, 5, 10]
    assert levels([]) == levels([0])
    assert levels([1_349_831])[-1] >= 1_349_831


def test_series_stand_on_each_other_only_where_they_are_a_whole() -> None:
    at = NOW - DAY
    two = [Series("one", "first", [(at, 1.0)]), Series("two", "second", [(at, 1.0)])]

    beside = draw(Chart("C", NO_TABLE, NOW - 7 * DAY, NOW, DAY, two))
    stacked = draw(Chart("C", NO_TABLE, NOW - 7 * DAY, NOW, DAY, two, is_stacked=True))

    assert bars(beside, "first")[0]["x"] < bars(beside, "second")[0]["x"]
    assert bars(stacked, "first")[0]["x"] == bars(stacked, "second")[0]["x"]
    assert bars(stacked, "second")[0]["y"] < bars(stacked, "first")[0]["y"]


def test_parts_of_nothing_are_left_out_and_few_of_many_show() -> None:
    parts = [("recover", [("done", 3_000.0), ("failed", 0.0)]), ("alert", [("lost", 1.0)])]

    picture = draw(Chart("Runs", NO_TABLE, parts=parts))

    assert (len(bars(picture, "done")), len(bars(picture, "failed"))) == (1, 0)
    assert bars(picture, "lost")[0]["width"] >= 0.4
    assert Chart("Runs", NO_TABLE, parts=parts).kinds == ["done", "lost"]


def test_the_shortest_run_is_seen_and_one_from_before_begins_at_the_edge() -> None:
    spans = [
        Span("recover", NOW - timedelta(seconds=1), NOW, "done", "a second"),
        Span("recover", NOW - 2 * DAY, NOW - DAY / 2, "failed", "long ago"),
    ]

    picture = draw(Chart("Runs", NO_TABLE, NOW - DAY, NOW, spans=spans))

    (done,), (failed,) = bars(picture, "done"), bars(picture, "failed")
    assert done["width"] >= 0.4
    assert done["x"] + done["width"] <= 100
    assert failed["x"] == 0


def test_a_hostile_text_stays_a_text() -> None:
    span = Span(HOSTILE, NOW - DAY, NOW, HOSTILE, HOSTILE)

    picture = draw(Chart(HOSTILE, NO_TABLE, NOW - DAY, NOW, spans=[span]))

    assert "<script" not in picture
    assert root(picture).get("aria-label") == HOSTILE
    assert HOSTILE in [title.text for title in root(picture).iter("title")]
    assert HOSTILE in names(picture)
    assert [bar.get("class") for bar in root(picture).iter("rect")] == [""]


def test_who_cannot_see_it_is_told_what_it_comes_to() -> None:
    said = "Captured. pull requests: 9 at most, 24 Nov."

    assert root(draw(by_day(9, 1))).get("aria-label") == said
    assert root(small(by_day(9, 1))).get("aria-label") == said


def test_a_trend_needs_two_values() -> None:
    assert sparkline([1]) == ""
    assert root(sparkline([0, 0])).get("aria-hidden") == "true"


def test_a_picture_is_small_and_the_same_each_time() -> None:
    chart = by_day(*(float(n * n) for n in range(90)), days=90)

    assert len(draw(chart).encode()) < 9_000
    assert len(small(chart).encode()) < 2_500
    assert draw(chart) == draw(chart)
    assert "id=" not in draw(chart)
