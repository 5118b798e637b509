"""Charts as SVG inside the page, on a true time axis.

Positions along the axis are percentages and sizes of texts are pixels, so that a chart can be read
on a phone and on a wide screen, without a script. Colours are the page's, by class, and each kind
differs by its outline too. The same figures are in a table beside each chart.
"""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from markupsafe import Markup

from contributor_backfill.domain.redaction import on_one_line
from contributor_backfill.reports.model import Chart, Series, Span

TOP, BOTTOM, HEIGHT = 18, 150, 174
LANE = 40
MOST_TICKS, NARROW_TICKS = 9, 5
MOST_LEVELS = 3
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY)
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
SHORTEST_MINUTES = (1, 5, 10, 20, 30)
SHORTEST_SPAN = 0.4
"""Per cent of the width: the shortest run is still to be seen."""


def draw(chart: Chart) -> Markup:
    """Return the picture of a chart, with a name that says what it comes to."""
    if chart.parts:
        inside, height = "".join(_stacks(chart)), LANE * len(chart.parts) + 4
    elif chart.spans:
        rows = len({span.row for span in chart.spans})
        inside, height = "".join(_timeline(chart)), LANE * rows + 28
    else:
        inside, height = "".join(_plot(chart)), HEIGHT
    name = quoteattr(on_one_line(f"{chart.title}{_summary(chart)}"))
    svg = f'<svg class="chart" role="img" aria-label={name} width="100%" height="{height}">'
    return Markup(f"{svg}{inside}</svg>")  # noqa: S704  # each text is escaped where it is put in


def sparkline(values: Sequence[float]) -> Markup:
    """Return values as a small line without axes; nothing for fewer than two."""
    if len(values) < 2:
        return Markup("")
    # From zero on, or a change of one per cent would look like a collapse.
    low, high = min(0.0, *values), max(values)
    scale = 22 / (high - low) if high > low else 0
    step = 100 / (len(values) - 1)
    points = " ".join(
        f"{_short(n * step)},{_short(23 - (value - low) * scale)}" for n, value in enumerate(values)
    )
    return Markup(  # noqa: S704  # numbers alone
        '<svg class="spark" aria-hidden="true" viewBox="0 0 100 24" preserveAspectRatio="none">'
        f'<polygon points="0,24 {points} 100,24"/><polyline points="{points}"/></svg>'
    )


def small(chart: Chart) -> Markup:
    """Return a chart's shape alone: steps of the first series, a line of the second."""
    top = max((value for series in chart.series for _, value in series.points), default=0) or 1
    parts = []
    for n, series in enumerate(chart.series):
        shape = _line if n else _steps
        parts.append(f'<path class={series.kind} d="{shape(chart, series, top)}"/>')
    name = quoteattr(on_one_line(f"{chart.title}{_summary(chart)}"))
    return Markup(  # noqa: S704  # numbers, and an escaped name
        f'<svg class=small role=img aria-label={name} viewBox="0 0 300 40"'
        f" preserveAspectRatio=none>{''.join(parts)}</svg>"
    )


def _steps(chart: Chart, series: Series, top: float) -> str:
    """Return the outline of columns that stand side by side, in whole numbers."""
    made, end = ["M0 40"], 0
    begins = [at for at, _ in series.points]
    for (at, value), following in zip(series.points, [*begins[1:], None], strict=True):
        # Months are not equally long: one ends where the next begins.
        until = following if following and following - at < 1.1 * chart.width else at + chart.width
        start, after = (round(3 * _x(chart, x)) for x in (at, until))
        if start > end:
            made.append(f"V40H{start}")
        made.append(f"V{40 - math.ceil(38 * value / top)}H{after}")
        end = after
    return "".join((*made, "V40z"))


def _line(chart: Chart, series: Series, top: float) -> str:
    half = chart.width / 2
    points = [(3 * _x(chart, at + half), 40 - 38 * value / top) for at, value in series.points]
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in points)


def levels(values: Sequence[float]) -> list[float]:
    """Return round numbers from nothing to the largest value, a few of them."""
    top = max([*values, 0]) or 1
    power = 10.0 ** math.floor(math.log10(top / MOST_LEVELS))
    # 0.999: what is a level but for the last bit of a float needs no further one.
    step = next(
        power * digit for digit in (1, 2, 5, 10) if power * digit * MOST_LEVELS >= top * 0.999
    )
    return [step * n for n in range(math.ceil(top / step * 0.999) + 1)]


def ticks(since: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """Return moments of an axis with their names: round ones, no more than it has room for."""
    span = until - since
    for minutes in SHORTEST_MINUTES:
        if span <= minutes * timedelta(minutes=MOST_TICKS):
            return _even(since, until, timedelta(minutes=minutes), "%H:%M")
    for step in STEPS:
        if span <= MOST_TICKS * step:
            return _even(since, until, step, "%H:%M" if step < DAY else "%-d %b")
    for months in MONTHS:
        found = [*_firsts(since, until, months)]
        if len(found) <= MOST_TICKS:
            break
    return [(at, _month(at, months)) for at in found]


def _even(
    since: datetime, until: datetime, step: timedelta, form: str
) -> list[tuple[datetime, str]]:
    epoch = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
    first = epoch + math.ceil((since - epoch) / step) * step
    count = math.floor((until - first) / step) + 1 if first <= until else 0
    made = [first + n * step for n in range(count)]
    # Where hours run over midnight, midnight names the day, and the hours of the other day do.
    named = [(at, f"{at:%-d %b}" if not (at.hour or at.minute) else f"{at:{form}}") for at in made]
    # An hour of the clock that comes twice is named once.
    return [(at, name) for name, at in {name: at for at, name in reversed(named)}.items()][::-1]


def _firsts(since: datetime, until: datetime, months: int) -> Iterator[datetime]:
    count = since.year * 12 + since.month - 1
    # From a multiple on, so that quarters begin in January.
    for number in range(count - count % months, until.year * 12 + until.month + 1):
        at = datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
        if number % months == 0 and since <= at <= until:
            yield at


def _month(at: datetime, months: int) -> str:
    return f"{at:%Y}" if at.month == 1 or months >= 12 else f"{at:%b}"


def _plot(chart: Chart) -> Iterator[str]:
    assert chart.since is not None
    assert chart.until is not None
    scale = levels(_heights(chart))
    for level in scale:
        y = _y(level, scale[-1])
        kind = "base" if not level else "grid"
        yield f'<line class="{kind}" x1="0" x2="100%" y1="{_short(y)}" y2="{_short(y)}"/>'
    yield from _bars(chart, scale[-1]) if chart.width else _dots(chart, scale[-1])
    for level in scale[1:]:
        yield f'<text class="y" x="0" y="{_short(_y(level, scale[-1]) - 4)}">{_level(level)}</text>'
    yield from _axis(chart.since, chart.until, HEIGHT - 6)


def _heights(chart: Chart) -> list[float]:
    if not (chart.is_stacked and chart.width):
        return [value for series in chart.series for _, value in series.points]
    sums: dict[datetime, float] = {}
    for series in chart.series:
        for at, value in series.points:
            sums[at] = sums.get(at, 0) + value
    return [*sums.values()]


def _bars(chart: Chart, top: float) -> Iterator[str]:
    lanes = 1 if chart.is_stacked else len(chart.series)
    below: dict[datetime, float] = {}
    for n, series in enumerate(chart.series):
        for at, value in series.points:
            if value <= 0:
                continue
            start, whole = _x(chart, at), _x(chart, at + chart.width) - _x(chart, at)
            width = whole * 0.84 / lanes
            x = start + whole * 0.08 + (0 if chart.is_stacked else n * width)
            base = below.get(at, 0.0) if chart.is_stacked else 0.0
            below[at] = base + value
            y, foot = _y(base + value, top), _y(base, top)
            yield (
                f'<rect class="{series.kind}" x="{_short(x)}%" y="{_short(y)}"'
                f' width="{_short(width)}%" height="{_short(max(1.0, foot - y))}"/>'
            )


def _dots(chart: Chart, top: float) -> Iterator[str]:
    for series in chart.series:
        for at, value in series.points:
            x, y = _short(_x(chart, at)), _short(_y(value, top))
            yield f'<circle class="{series.kind}" cx="{x}%" cy="{y}" r="3"/>'


def _timeline(chart: Chart) -> Iterator[str]:
    names = list(dict.fromkeys(span.row for span in chart.spans))
    for n, name in enumerate(names):
        y = n * LANE
        yield f'<text class="row" x="0" y="{y + 13}">{_text(name)}</text>'
        yield f'<line class="grid" x1="0" x2="100%" y1="{y + 26}" y2="{y + 26}"/>'
    for span in chart.spans:
        yield _span(chart, span, names.index(span.row) * LANE + 18)
    assert chart.since is not None
    assert chart.until is not None
    yield from _axis(chart.since, chart.until, LANE * len(names) + 20)


def _span(chart: Chart, span: Span, y: int) -> str:
    start = max(0.0, _x(chart, span.start))
    width = max(SHORTEST_SPAN, min(100.0, _x(chart, span.end)) - start)
    x = _short(min(start, 100 - width))
    return (
        f'<rect class="{_class(span.kind)}" x="{x}%" y="{y}" width="{_short(width)}%" height="16">'
        f"<title>{_text(span.words)}</title></rect>"
    )


def _stacks(chart: Chart) -> Iterator[str]:
    longest = max((sum(size for _, size in parts) for _, parts in chart.parts), default=0) or 1
    for n, (name, parts) in enumerate(chart.parts):
        total, y = sum(size for _, size in parts), n * LANE
        yield f'<text class="row" x="0" y="{y + 13}">{_text(name)}: {total:,.0f}</text>'
        begin = 0.0
        for kind, size in parts:
            if size:
                # What is there shows, however few of many it is.
                width = max(SHORTEST_SPAN, 100 * size / longest)
                x = _short(min(begin, 100 - width))
                words = _text(f"{kind}: {size:,.0f}")
                yield (
                    f'<rect class="{_class(kind)}" x="{x}%" y="{y + 19}"'
                    f' width="{_short(width)}%" height="14"><title>{words}</title></rect>'
                )
                begin += width


def _axis(since: datetime, until: datetime, y: int) -> Iterator[str]:
    named = ticks(since, until)
    for n, (at, name) in enumerate(named):
        x = 100 * ((at - since) / (until - since))
        # A name at either end would stand half outside of the chart.
        side = "s" if x < 6 else "e" if x > 94 else "m"
        # On a phone every other name is left out.
        wide = " w" if len(named) > NARROW_TICKS and n % 2 else ""
        yield f'<text class="x {side}{wide}" x="{_short(x)}%" y="{y}">{name}</text>'


def highest(chart: Chart) -> str:
    """Say what a chart comes to: the most of each series, and when."""
    words = []
    form = "%-d %b" if chart.width < 2 * DAY else "%b %Y"
    for series in chart.series:
        if series.points:
            at, value = max(series.points, key=lambda point: point[1])
            words.append(f"{series.name}: {_level(value)} at most, {at:{form}}")
    return "; ".join(words)


def _summary(chart: Chart) -> str:
    """Return what a chart comes to, for who cannot see it."""
    words = highest(chart)
    return f". {words}." if words else ""


def _x(chart: Chart, at: datetime) -> float:
    assert chart.since is not None
    assert chart.until is not None
    return 100 * ((at - chart.since) / (chart.until - chart.since))


def _y(value: float, top: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / top


def _level(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _class(kind: str) -> str:
    # A state comes from the database, and a class must not end the attribute that it stands in.
    return kind.replace(" ", "-") if re.fullmatch(r"[a-z ]+", kind) else ""


def _text(text: str) -> str:
    return escape(on_one_line(text))
