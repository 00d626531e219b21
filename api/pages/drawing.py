"""Draw a network of cities and their collaborations, or of cities only.

The module computes the positions, sizes and labels of the nodes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

__all__ = ["Drawing", "Label", "Mark", "doubtful_ties", "draw_network"]

Row = Mapping[str, Any]

_LEAST_WIDTH, _MOST_WIDTH = 760, 1600
_WIDTH_PER_NODE: Final = 60.0
"""Factor for the width of a drawing, in pixels.

The width is this factor times the square root of the number of nodes.
"""
_MARGIN: Final = 28
_LARGEST_RADIUS: Final = 6.0
_RADIUS_SHARE: Final = 0.17
"""Radius of a city's circle, as a share of the distance that adjacent nodes have if all nodes form a square grid."""
_NETWORK_SIDE: Final = 3.2
"""Length of the side of a network's square, as a multiple of the radius of a city's circle."""
_DENSE: Final = 500
"""Maximum number of nodes in a drawing whose labels have the normal font size.

A drawing with more nodes is wider, so that its labels need a larger font.
"""
_LABELLED_CITIES: Final = 60
"""Maximum number of nodes in a drawing in which every city may have a label.

If there are more nodes, only the emphasised cities may have labels.
"""
_MOST_LABELS: Final = 80
_LONGEST_LABEL: Final = 34
_LETTER: Final = 0.58
"""Mean width of a letter, as a share of the font size."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """The text beside a node in a drawing.

    `x` and `y` are the position of the text in pixels. `anchor` is the value of the SVG property `text-anchor`.
    """

    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The symbol of a node in a drawing: a circle for a city, a square for a network or another collaboration.

    `half` is the radius of the circle, or half the length of the square's side. `ties` contains the indices of those
    neighbours that come after this node, so that each tie is stored only once. `label` is None if the node needs no
    label, or if there is no space for one.
    """

    row: Row
    is_city: bool
    x: float
    y: float
    half: float
    ties: tuple[int, ...]
    label: Label | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of a network. `marks` are the symbols of the nodes.

    `ties` is one SVG path with all lines between the nodes. `width`, `height` and all coordinates are in pixels. If
    `is_dense` is true, the labels need a larger font.
    """

    width: int
    height: int
    is_dense: bool
    ties: str
    marks: tuple[Mark, ...]


def doubtful_ties(rows: Sequence[Row], memberships: Sequence[Row]) -> dict[str, set[str]]:
    """Return a dict from the id of each node to the ids of the neighbours to which a doubtful membership ties it.

    `memberships` are the doubtful memberships, each a dict with the keys `city` and `network`. The city is null if the
    member is not a city.
    """
    doubtful: set[tuple[str, str]] = {(of["city"]["id"], of["network"]["id"]) for of in memberships if of["city"]}
    found: dict[str, set[str]] = {row["node"]["id"]: set() for row in rows}
    for row in rows:
        for index in row["neighbours"]:
            city, network = row["node"]["id"], rows[int(index)]["node"]["id"]
            if (city, network) in doubtful:
                found[city].add(network)
                found[network].add(city)
    return found


def draw_network(rows: Sequence[Row], emphasised: Sequence[str] = ()) -> Drawing:
    """Return the drawing of a network. Labels of emphasised nodes are placed before those of other nodes.

    `emphasised` contains the ids of the emphasised nodes. Each row in `rows` describes a node, as a dict with these
    keys:

    - `node`: the node.
    - `x`, `y`: the coordinates of the node, as shares of the width of the drawing.
    - `neighbours`: the indices of the rows that describe the neighbours of the node.
    - `size` (optional): a number from 0 to 1, which makes the symbol up to twice as large.
    """
    spread = sqrt(max(len(rows), 1))
    width = min(max(_WIDTH_PER_NODE * spread, _LEAST_WIDTH), _MOST_WIDTH)
    scale = width - 2 * _MARGIN
    radius = round(min(_RADIUS_SHARE * width / spread, _LARGEST_RADIUS), 1)
    right = max((row["x"] for row in rows), default=0.0) * scale
    bottom = max((row["y"] for row in rows), default=0.0) * scale
    left = _MARGIN + (scale - right) / 2
    places = [(round(left + row["x"] * scale), round(_MARGIN + row["y"] * scale)) for row in rows]
    is_dense = len(rows) > _DENSE
    labels = dict(_labels(rows, places, radius, (width, 2 * _MARGIN + bottom), 16.0 if is_dense else 12.0, emphasised))
    return Drawing(
        round(width),
        round(bottom) + 2 * _MARGIN,
        is_dense,
        "".join(
            f"M{x} {y}L{places[other][0]} {places[other][1]}"
            for index, (row, (x, y)) in enumerate(zip(rows, places, strict=True))
            for other in _ties(index, row)
        ),
        tuple(
            Mark(row, _is_city(row), x, y, _half(row, radius), _ties(index, row), labels.get(index))
            for index, (row, (x, y)) in enumerate(zip(rows, places, strict=True))
        ),
    )


def _is_city(row: Row) -> bool:
    return row["node"]["__typename"] == "City"


def _ties(index: int, row: Row) -> tuple[int, ...]:
    """Return the indices of the neighbours to which the ties of a node are drawn.

    These are the neighbours with a larger index than the node itself, so that each tie is drawn only once. `index` is
    the index of the node.
    """
    return tuple(other for other in row["neighbours"] if other > index)


def _half(row: Row, radius: float) -> float:
    size = radius * (1 + row.get("size", 0.0))
    return round(size if _is_city(row) else size * _NETWORK_SIDE / 2, 1)


def _labels(
    rows: Sequence[Row],
    places: Sequence[tuple[int, int]],
    radius: float,
    size: tuple[float, float],
    type_size: float,
    emphasised: Sequence[str],
) -> Iterator[tuple[int, Label]]:
    """Yield a pair for each label that fits into the drawing: the index of the node's row, and the label.

    A label overlaps neither another label, nor the symbol of a labelled node. `size` is the width and height of the
    drawing in pixels. `type_size` is the font size in pixels.
    """
    named = [index for index, row in enumerate(rows) if not _is_city(row) or len(rows) <= _LABELLED_CITIES]
    first = [index for index, row in enumerate(rows) if row["node"]["id"] in emphasised]
    taken = {index: _around(*places[index], _half(rows[index], radius)) for index in {*first, *named}}
    boxes: list[Box] = []
    for index in dict.fromkeys((*first, *named)):
        if len(boxes) >= _MOST_LABELS:
            break
        text = str(rows[index]["node"]["localisedName"])
        text = text if len(text) <= _LONGEST_LABEL else text.partition(" (")[0]  # without an abbreviation
        text = text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1].rstrip()}…"
        others = [box for other, box in taken.items() if other != index]
        for x, y, anchor, box in _candidates(
            places[index], _half(rows[index], radius) + 3, len(text) * type_size * _LETTER, type_size
        ):
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]
            if text and inside and not any(_overlaps(box, other) for other in (*boxes, *others)):
                boxes.append(box)
                yield index, Label(text, round(x, 1), round(y, 1), anchor)
                break


def _around(x: float, y: float, half: float) -> Box:
    return x - half, y - half, x + half, y + half


def _candidates(
    place: tuple[int, int], gap: float, width: float, height: float
) -> Iterator[tuple[float, float, str, Box]]:
    """Yield the possible positions of a label beside a node.

    A position consists of the x and y of the text's baseline, the text anchor, and the box around the text. `gap` is
    the distance between the text and the centre of the node. `width` and `height` are the size of the text.
    """
    x, y = place
    middle = y + height * 0.35
    yield x + gap, middle, "start", (x + gap, y - height / 2, x + gap + width, y + height / 2)
    yield x - gap, middle, "end", (x - gap - width, y - height / 2, x - gap, y + height / 2)
    for baseline in (y + gap + height * 0.8, y - gap - height * 0.2):
        yield x, baseline, "middle", (x - width / 2, baseline - height * 0.8, x + width / 2, baseline + height * 0.2)


def _overlaps(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
