"""Render plots as SVG elements. The style sheet of the HTML page defines their CSS classes."""

from html import escape
from math import floor, log10
from typing import Final, Protocol

from graph.tables import Bars, Lines, Plot

__all__ = ["COLOURS", "Words", "plot_svg"]

COLOURS: Final = 8
_WIDTH: Final = 560
_RIGHT_MARGIN: Final = 64
_ROW_HEIGHT: Final = 22
_MAX_LABEL_LENGTH: Final = 33
_MAX_BAR_LABEL_LENGTH: Final = 48
_CHARACTER_WIDTH: Final = 6.7
"""Estimated width of a character in pixels, rounded up."""


class Words(Protocol):
    """Protocol of a translator that converts texts and values to the language of the reader of the report."""

    def text(self, value: object) -> str:
        """Return a value, such as a number or a message, as text in the reader's language."""
        ...

    def title(self, text: str) -> str:
        """Translate a text into the reader's language."""
        ...

    def language(self, value: object) -> str | None:
        """Return the language code of the name of a node, or None if the name is in the reader's language."""
        ...


def plot_svg(plot: Plot, words: Words) -> str:
    """Return the SVG element of a plot, with texts in the reader's language."""
    return _bar_chart(plot, words) if isinstance(plot, Bars) else _line_chart(plot, words)


def _bar_chart(plot: Bars, words: Words) -> str:
    totals = [sum(abs(values[index] or 0.0) for _, values in plot.series) for index in range(len(plot.labels))]
    largest = max(totals, default=0.0) or 1.0
    unit, names = words.title(plot.unit), [words.text(label) for label in plot.labels]
    series = [words.text(name) for name, _ in plot.series]
    labels = [_shorten(name, _MAX_BAR_LABEL_LENGTH) for name in names]
    left = round(12 + _CHARACTER_WIDTH * max(map(len, labels), default=0))
    width = _WIDTH - left - _RIGHT_MARGIN
    legend, top = _legend(plot, words)
    parts = [legend]
    for index, label in enumerate(plot.labels):
        y = top + index * _ROW_HEIGHT
        parts.append(
            f'<text{_lang(words, label)} x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(labels[index])}'
            f"<title>{escape(names[index])}</title></text>"
        )
        x = float(left)
        values = [(number, values[index]) for number, (_, values) in enumerate(plot.series)]
        for number, value in values:
            if value:
                length = abs(value) / largest * width
                text = f"{series[number]}: {words.text(value)} {unit}".strip()
                parts.append(
                    f'<rect class="f{number % COLOURS + 1}" x="{x:.1f}" y="{y + 3}" width="{max(length, 1):.1f}" '
                    f'height="{_ROW_HEIGHT - 6}" rx="2"><title>{escape(text)}</title></rect>'
                )
                x += length
        known = any(value is not None for _, value in values)
        text = (
            f"{'≥ ' if label in plot.least else ''}{words.text(totals[index])}" if known else words.title(plot.absent)
        )
        parts.append(f'<text class="soft" x="{x + 6:.1f}" y="{y + 15}">{escape(text)}</text>')
    bottom = top + len(plot.labels) * _ROW_HEIGHT
    parts.append(f'<line class="axis" x1="{left}" x2="{left}" y1="{top}" y2="{bottom}"/>')
    return _svg(bottom + 4, words.title(plot.title), parts)


def _line_chart(plot: Lines, words: Words) -> str:
    left, right, height = 56, 16, 200
    known = [value for _, values in plot.series for value in values if value is not None]
    lowest = min(known, default=0.0)
    top_value, bottom_value = _axis_maximum(max(known, default=0.0)), -_axis_maximum(-lowest) if lowest < 0 else 0.0
    legend, top = _legend(plot, words)
    labels = [words.text(label) for label in plot.labels]
    steps = max(len(plot.labels) - 1, 1)
    parts = [legend]
    for share in (0.0, 0.5, 1.0):
        y, value = top + 8 + height * (1 - share), bottom_value + (top_value - bottom_value) * share
        parts.append(f'<line class="axis" x1="{left}" x2="{_WIDTH - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        text = words.text(value)
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
                tooltip = escape(f"{words.text(name)}, {labels[index]}: {words.text(value)}")
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
        text = escape(labels[index])
        parts.append(f'<text class="soft" x="{x:.1f}" y="{top + height + 28}" text-anchor="{anchor}">{text}</text>')
    return _svg(top + height + 36, words.title(plot.title), parts)


def _axis_maximum(value: float) -> float:
    """Return the largest value on an axis: `value` rounded up to one or two significant digits.

    The rounding makes the axis labels short. Returns 1 if `value` is not positive.
    """
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10) if value <= step * power * (1 + 1e-9))


def _lang(words: Words, name: object) -> str:
    language = words.language(name)
    return f' lang="{language}"' if language else ""


def _legend(plot: Plot, words: Words) -> tuple[str, int]:
    """Return the legend as SVG, and its height in pixels. If there is only one series, the legend is empty."""
    if len(plot.series) < 2:
        return "", 4
    parts: list[str] = []
    x, y = 0.0, 12
    for number, (label, _) in enumerate(plot.series):
        name = words.text(label)
        text = _shorten(name)
        width = 34 + _CHARACTER_WIDTH * len(text)
        if x + width > _WIDTH and x:
            x, y = 0.0, y + 18
        parts.append(f'<rect class="f{number % COLOURS + 1}" x="{x:.0f}" y="{y - 9}" width="10" height="10" rx="2"/>')
        parts.append(
            f'<text{_lang(words, label)} x="{x + 15:.0f}" y="{y}">{escape(text)}<title>{escape(name)}</title></text>'
        )
        x += width
    return "".join(parts), y + 12


def _shorten(text: str, max_length: int = _MAX_LABEL_LENGTH) -> str:
    """Return the text shortened to `max_length` characters.

    If the text is a pair of names ("A – B"), both names are shortened.
    """
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


def _svg(height: float, title: str, parts: list[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
