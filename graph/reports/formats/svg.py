"""Render plots and network drawings as SVG elements. The style sheet of the HTML page defines their CSS classes."""

from html import escape
from math import floor, log10
from typing import Final

from graph.reports.formats.cell_text import number_text
from graph.reports.report import Drawing
from graph.tables import Bars, Lines, Plot

__all__ = ["COLOURS", "drawing_svg", "plot_svg"]

COLOURS: Final = 8
_WIDTH: Final = 560
_RIGHT_MARGIN: Final = 64
_ROW_HEIGHT: Final = 22
_MAX_LABEL_LENGTH: Final = 33
_MAX_BAR_LABEL_LENGTH: Final = 48
_CHARACTER_WIDTH: Final = 6.7
"""Estimated width of a character in pixels, rounded up."""
_MAX_NODE_LABELS: Final = 28
_ALWAYS_LABELLED_SIZE: Final = 0.25
"""Size above which a node is labelled even if the label covers a smaller node."""


def plot_svg(plot: Plot) -> str:
    """Return the SVG element of a plot."""
    return _bar_chart(plot) if isinstance(plot, Bars) else _line_chart(plot)


def _bar_chart(plot: Bars) -> str:
    totals = [sum(abs(values[index] or 0.0) for _, values in plot.series) for index in range(len(plot.labels))]
    largest = max(totals, default=0.0) or 1.0
    labels = [_shorten(label, _MAX_BAR_LABEL_LENGTH) for label in plot.labels]
    left = round(12 + _CHARACTER_WIDTH * max(map(len, labels), default=0))
    width = _WIDTH - left - _RIGHT_MARGIN
    legend, top = _legend([name for name, _ in plot.series])
    parts = [legend]
    for index, label in enumerate(plot.labels):
        y = top + index * _ROW_HEIGHT
        parts.append(
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(labels[index])}'
            f"<title>{escape(label)}</title></text>"
        )
        x = float(left)
        values = [(number, values[index]) for number, (_, values) in enumerate(plot.series)]
        for number, value in values:
            if value:
                length = abs(value) / largest * width
                text = f"{plot.series[number][0]}: {number_text(value)} {plot.unit}".strip()
                parts.append(
                    f'<rect class="f{number % COLOURS + 1}" x="{x:.1f}" y="{y + 3}" width="{max(length, 1):.1f}" '
                    f'height="{_ROW_HEIGHT - 6}" rx="2"><title>{escape(text)}</title></rect>'
                )
                x += length
        known = any(value is not None for _, value in values)
        text = f"{'≥ ' if label in plot.least else ''}{number_text(totals[index])}" if known else escape(plot.absent)
        parts.append(f'<text class="soft" x="{x + 6:.1f}" y="{y + 15}">{text}</text>')
    bottom = top + len(plot.labels) * _ROW_HEIGHT
    parts.append(f'<line class="axis" x1="{left}" x2="{left}" y1="{top}" y2="{bottom}"/>')
    return _svg(_WIDTH, bottom + 4, plot.title, parts)


def _line_chart(plot: Lines) -> str:
    left, right, height = 56, 16, 200
    known = [value for _, values in plot.series for value in values if value is not None]
    lowest = min(known, default=0.0)
    top_value, bottom_value = _axis_maximum(max(known, default=0.0)), -_axis_maximum(-lowest) if lowest < 0 else 0.0
    legend, top = _legend([name for name, _ in plot.series])
    steps = max(len(plot.labels) - 1, 1)
    parts = [legend]
    for share in (0.0, 0.5, 1.0):
        y, value = top + 8 + height * (1 - share), bottom_value + (top_value - bottom_value) * share
        parts.append(f'<line class="axis" x1="{left}" x2="{_WIDTH - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        text = number_text(value)
        parts.append(f'<text class="soft" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')

    def point(index: int, value: float) -> tuple[float, float]:
        x = left + (_WIDTH - left - right) * index / steps
        return x, top + 8 + height * (1 - (value - bottom_value) / ((top_value - bottom_value) or 1.0))

    for number, (name, values) in enumerate(plot.series):
        colour = number % COLOURS + 1
        run: list[tuple[float, float]] = []
        for index, value in enumerate((*values, None)):
            if value is not None:
                run.append(point(index, value))
                tooltip = escape(f"{name}, {plot.labels[index]}: {number_text(value)}")
                parts.append(
                    f'<circle class="f{colour}" cx="{run[-1][0]:.1f}" cy="{run[-1][1]:.1f}" r="3">'
                    f"<title>{tooltip}</title></circle>"
                )
            elif run:
                points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
                parts.append(f'<polyline class="line s{colour}" points="{points}"/>')
                run = []
    step = max(1, -(-len(plot.labels) // 5))
    for index in range(0, len(plot.labels), step):
        x, _ = point(index, 0.0)
        anchor = "end" if index and index == len(plot.labels) - 1 else "middle"
        text = escape(plot.labels[index])
        parts.append(f'<text class="soft" x="{x:.1f}" y="{top + height + 28}" text-anchor="{anchor}">{text}</text>')
    return _svg(_WIDTH, top + height + 36, plot.title, parts)


def _axis_maximum(value: float) -> float:
    """Return the value rounded up to one or two significant digits, so that the axis labels are short."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10) if value <= step * power * (1 + 1e-9))


def _legend(names: list[str]) -> tuple[str, int]:
    """Return the SVG of the legend and its height. If there is only one series, the legend is empty."""
    if len(names) < 2:
        return "", 4
    parts: list[str] = []
    x, y = 0.0, 12
    for number, name in enumerate(names):
        text = _shorten(name)
        width = 34 + _CHARACTER_WIDTH * len(text)
        if x + width > _WIDTH and x:
            x, y = 0.0, y + 18
        parts.append(f'<rect class="f{number % COLOURS + 1}" x="{x:.0f}" y="{y - 9}" width="10" height="10" rx="2"/>')
        parts.append(f'<text x="{x + 15:.0f}" y="{y}">{escape(text)}<title>{escape(name)}</title></text>')
        x += width
    return "".join(parts), y + 12


def _shorten(text: str, max_length: int = _MAX_LABEL_LENGTH) -> str:
    """Return the text shortened to `max_length`. If it is a pair of names ("A – B"), both names are shortened."""
    if len(text) <= max_length:
        return text
    first, dash, second = text.partition(" – ")
    if dash and " – " not in second:
        half = (max_length - len(dash)) // 2
        longest = max(half, max_length - len(dash) - len(second)), max(half, max_length - len(dash) - len(first))
        return f"{_truncate(first, longest[0])}{dash}{_truncate(second, longest[1])}"
    return _truncate(text, max_length)


def _truncate(text: str, max_length: int) -> str:
    return text if len(text) <= max_length else f"{text[: max_length - 1].rstrip()}…"


def _svg(width: float, height: float, title: str, parts: list[str]) -> str:
    return f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'


def drawing_svg(drawing: Drawing) -> str:
    """Return the SVG element of a drawing. The script of the page makes the drawing interactive."""
    width, height, margin = 1000, 640, 46
    points = [
        (margin + place.x * (width - 2 * margin), margin + place.y * (height - 2 * margin)) for place in drawing.places
    ]
    parts: list[str] = []
    for link in drawing.links:
        (ax, ay), (bx, by) = points[link.one], points[link.other]
        parts.append(
            f'<line class="link" data-a="{link.one}" data-b="{link.other}" x1="{ax:.1f}" y1="{ay:.1f}" '
            f'x2="{bx:.1f}" y2="{by:.1f}" stroke-width="{0.6 + 2.4 * link.strength:.2f}"/>'
        )
    by_size = sorted(range(len(points)), key=lambda number: (-drawing.places[number].size, drawing.places[number].id))
    radii = [4 + 10 * place.size**0.5 if place.size else 4.0 for place in drawing.places]
    labelled = _choose_labels(drawing, points, radii, by_size)
    labels: list[str] = []
    for number, (place, (x, y)) in enumerate(zip(drawing.places, points, strict=True)):
        radius = radii[number]
        colour = 0 if place.group < 1 else (place.group - 1) % COLOURS + 1
        data = (
            f'class="node f{colour}" tabindex="0" data-id="{escape(place.id)}" data-name="{escape(place.name)}" '
            f'data-description="{escape(place.description)}"'
        )
        if place.rounded:
            parts.append(f'<circle {data} cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
        else:
            side = 1.8 * radius
            corner = f'x="{x - side / 2:.1f}" y="{y - side / 2:.1f}"'
            parts.append(f'<rect {data} {corner} width="{side:.1f}" height="{side:.1f}" rx="2"/>')
        always = " always" if number in labelled else ""
        name = _shorten(place.name)
        half = _half_label_width(name)
        text = f'x="{min(max(x, half), width - half):.1f}" y="{y - radius - 3:.1f}" text-anchor="middle">{escape(name)}'
        labels.append(f'<text class="label{always}" {text}</text>')
    return (
        f'<svg id="network" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(drawing.title)}">'
        f'<g id="view">{"".join(parts)}{"".join(labels)}</g></svg>'
    )


def _half_label_width(name: str) -> float:
    return 3.2 * len(name) + 2


def _choose_labels(
    drawing: Drawing, points: list[tuple[float, float]], radii: list[float], by_size: list[int]
) -> set[int]:
    """Return the indices of the largest nodes whose labels overlap neither another label nor a node."""
    taken: list[tuple[float, float, float]] = []
    labelled: set[int] = set()
    for number in by_size:
        if len(labelled) == _MAX_NODE_LABELS:
            break
        (x, y), half = points[number], _half_label_width(_shorten(drawing.places[number].name))
        middle = y - radii[number] - 7
        free = all(abs(x - ox) > half + wide or abs(middle - oy) > 13 for ox, oy, wide in taken)
        covered = any(
            abs(x - ox) < half + radii[other] and abs(middle - oy) < 5 + radii[other]
            for other, (ox, oy) in enumerate(points)
            if other != number
        )
        if free and (not covered or drawing.places[number].size > _ALWAYS_LABELLED_SIZE):
            taken.append((x, middle, half))
            labelled.add(number)
    return labelled
