"""Pictures of figures over time, as SVG that stands in the page itself.

Colours are the page's, by class, so that they follow its light and dark. The same figures are in a
table beside each picture: a picture has a name and nothing else for who cannot see it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, tostring

import ziaplot  # type: ignore[import-untyped]  # it has hints, and no py.typed
from markupsafe import Markup

from contributor_backfill.domain.redaction import on_one_line

WIDTH = 360
HEIGHT = 170
ROW_HEIGHT = 26
MARGIN = 20
MOST_TICKS = 4
STYLE = """
Graph { color: none; edge_color: none; edge_width: 0 }
Graph.TickX { height: 4; stroke_width: 1; font_size: 12; pad: 0 }
Graph.TickY { height: 0; stroke_width: 0; font_size: 12; pad: 0 }
Graph.GridX { color: none; stroke_width: 0 }
Graph.GridY { stroke: solid; stroke_width: 1 }
"""
Point = tuple[datetime, float]


@dataclass(frozen=True)
class Span:
    """Something that lasted: in which row, from when to when, of which kind, and its words."""

    row: str
    start: datetime
    end: datetime
    kind: str
    words: str


def columns(name: str, points: Sequence[Point], width: timedelta) -> Markup:
    """Draw a column for each moment, of a width in time that no two of them share."""
    graph = _graph([value for _, value in points])
    xs, ys = [at.timestamp() for at, _ in points], [value for _, value in points]
    bars = ziaplot.Bars(xs, ys, width=0.8 * width.total_seconds(), align="center")
    graph.add(bars.attribute("class", "first"))
    _mark_time(graph, [at for at, _ in points], width)
    return _picture(graph, name)


def lines(name: str, series: Sequence[Sequence[Point]], width: timedelta) -> Markup:
    """Draw a line for each series, all over the same time and against the same scale.

    It is broken where nothing is known for an eighth of that time.
    """
    points = [point for each in series for point in each]
    graph = _graph([value for _, value in points])
    for each, kind in zip(series, ("first", "second"), strict=False):
        for part in _unbroken(each):
            xs, ys = _drawable(part, width)
            graph.add(ziaplot.PolyLine(xs, ys).attribute("class", kind))
    _mark_time(graph, [at for at, _ in points], width)
    return _picture(graph, name)


def stacks(name: str, rows: Mapping[str, Sequence[tuple[str, float]]]) -> Markup:
    """Draw a bar for each row, made of its parts: their kinds and sizes."""
    totals = [sum(size for _, size in parts) for parts in rows.values()]
    graph = _rows(list(rows))
    for place, parts in enumerate(reversed(list(rows.values()))):
        begin = 0.0
        for kind, size in parts:
            if size:
                _bar(graph, place, begin, begin + size, kind)
            begin += size
    ticks = _scale(totals)
    graph.xrange(0, ticks[-1]).xticks(ticks, list(map(_tick, ticks)))
    return _picture(graph, name)


def timeline(name: str, spans: Iterable[Span], since: datetime, until: datetime) -> Markup:
    """Draw when each span was, in the row that it names; the shortest is still to be seen."""
    kept = list(spans)
    names = list(dict.fromkeys(each.row for each in kept))
    graph = _rows(names)
    shortest = (until - since) / 150
    for each in kept:
        start = max(each.start, since)
        end = max(each.end, start + shortest)
        place = len(names) - 1 - names.index(each.row)
        bar = _bar(graph, place, start.timestamp(), end.timestamp(), each.kind)
        title = Element("title")
        title.text = each.words
        bar.subelement(title)
    graph.xrange(since.timestamp(), (until + shortest).timestamp())
    _mark_time(graph, [since, until], timedelta(0))
    return _picture(graph, name)


def _unbroken(points: Sequence[Point]) -> list[list[Point]]:
    parts: list[list[Point]] = []
    if not points:
        return parts
    longest = (max(points)[0] - min(points)[0]) / 8
    for point in sorted(points):
        if parts and point[0] - parts[-1][-1][0] <= longest:
            parts[-1].append(point)
        else:
            parts.append([point])
    return parts


def _drawable(points: Sequence[Point], width: timedelta) -> tuple[list[float], list[float]]:
    """Return the line of these points; a single one becomes as long as it is wide in time."""
    if len(points) == 1:
        ((at, value),) = points
        points = [(at - width / 2, value), (at + width / 2, value)]
    return [at.timestamp() for at, _ in points], [value for _, value in points]


def _graph(values: Sequence[float]) -> Any:
    graph = ziaplot.Graph().size(WIDTH, HEIGHT).css(STYLE)
    ticks = _scale(values)
    return graph.yrange(0, ticks[-1]).yticks(ticks, list(map(_tick, ticks)))


def _rows(names: Sequence[str]) -> Any:
    graph = ziaplot.Graph().size(WIDTH, 34 + ROW_HEIGHT * len(names)).css(STYLE)
    graph.yticks(list(range(len(names))), list(reversed(names)))
    return graph.yrange(-0.6, len(names) - 0.4)


def _bar(graph: Any, place: int, begin: float, end: float, kind: str) -> Any:
    bar = ziaplot.BarsHoriz([place], [end], [begin], width=0.6, align="center")
    graph.add(bar.attribute("class", kind))
    return bar


def _scale(values: Sequence[float]) -> list[float]:
    """Return round numbers from nothing to the largest value, a few of them."""
    top = max([*values, 0]) or 1
    power = 10.0 ** math.floor(math.log10(top / MOST_TICKS))
    step = next(power * each for each in (1, 2, 5, 10) if power * each * MOST_TICKS >= top * 0.999)
    return [step * n for n in range(math.ceil(top / step * 0.999) + 1)]


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"


def _mark_time(graph: Any, moments: Sequence[datetime], width: timedelta) -> None:
    """Name a few moments, evenly spaced, by day, or by hour where all are within two days."""
    first, last = min(moments), max(moments)
    steps = MOST_TICKS - 1 if last > first else 0
    ticks = [first + (last - first) * n / max(steps, 1) for n in range(steps + 1)]
    is_short = width < timedelta(days=1) and last - first <= timedelta(hours=25)
    form = "%H:%M" if is_short else "%-d %b"
    graph.xticks([at.timestamp() for at in ticks], [at.strftime(form) for at in ticks])
    if width:
        graph.xrange((first - width).timestamp(), (last + width).timestamp())


def _picture(graph: Any, name: str) -> Markup:
    """Return the picture as it stands in the page: as wide as its place, with a name."""
    svg: Element = graph.svgxml()
    svg.attrib.pop("width")
    height = int(svg.attrib.pop("height"))
    # With room for the first and the last label, whose widths the library only guesses.
    svg.set("viewBox", f"-{MARGIN} -4 {WIDTH + 2 * MARGIN} {height + 6}")
    svg.set("class", "chart")
    svg.set("role", "img")
    svg.set("aria-label", name)
    # Every picture has the same names for its parts, and a page has each only once.
    for parent in list(svg.iter()):
        parent.attrib.pop("clip-path", None)
        for child in list(parent):
            if child.tag == "defs":
                parent.remove(child)
    text = on_one_line(tostring(svg, encoding="unicode"))
    return Markup(text)  # noqa: S704  # the serializer escapes
