"""Geometry of the two drawings of a subject, pure: the network as three columns, and the weeks as bars. The same in, the same out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from oversight.business.networks import Network, Tie

WIDTH, ROW, TOP, MARGIN = 800, 26, 34, 12
LEFT_X, CENTRE_X, RIGHT_X = 224, 400, 576
LABEL_GAP, MOST_LINKS = 12, 60
WEEKS_HEIGHT = 64
THIN, THICK = 1.0, 6.0


@dataclass(frozen=True)
class Label:
    """A counterpart in words: `short` fits beside its node, `url` its own page."""

    short: str
    full: str
    url: str


def network_drawing(network: Network, sides: Sequence[str], labels: Sequence[Label]) -> dict[str, Any] | None:
    """Positions of the subject in the middle and its ties on two sides (`sides`: columns, left then right), the strongest at the top.

    `labels` are those of network.ties, in their order. Lines to the subject are as thick as their visits; those between counterparts are
    thin. None without ties.
    """
    if not network.ties:
        return None
    tallest = max(len(network.side(side)) for side in sides)
    height = TOP + tallest * ROW + MARGIN
    middle = TOP + tallest * ROW / 2
    places = _places(network, sides, middle)
    strongest = max(tie.visits for tie in network.ties)
    nodes = [
        {
            "x": places[at][0],
            "y": places[at][1],
            "text_x": places[at][0] + (-LABEL_GAP if tie.column == sides[0] else LABEL_GAP),
            "text_y": places[at][1] + 4.5,
            "anchor": "end" if tie.column == sides[0] else "start",
            "side": tie.column,
            "label": labels[at].short,
            "full": labels[at].full,
            "url": labels[at].url,
            "visits": tie.visits,
        }
        for at, tie in enumerate(network.ties)
    ]
    spokes = [
        {"x": x, "y": y, "width": round(THIN + (THICK - THIN) * tie.visits / strongest, 1)}
        for tie, (x, y) in zip(network.ties, places, strict=True)
    ]
    links = [_curve(places[link.one], places[link.other]) for link in network.links[:MOST_LINKS]]
    return {
        "width": WIDTH,
        "height": round(height),
        "centre": {"x": CENTRE_X, "y": round(middle, 1)},
        "left_x": LEFT_X,
        "right_x": RIGHT_X,
        "nodes": nodes,
        "spokes": spokes,
        "links": links,
    }


def _places(network: Network, sides: Sequence[str], middle: float) -> list[tuple[float, float]]:
    """Each tie's place: its side's column, evenly about the middle."""
    counts = {side: len(network.side(side)) for side in sides}
    seen = dict.fromkeys(sides, 0)

    def place(tie: Tie) -> tuple[float, float]:
        row = seen[tie.column]
        seen[tie.column] += 1
        return float(LEFT_X if tie.column == sides[0] else RIGHT_X), round(middle + (row - (counts[tie.column] - 1) / 2) * ROW, 1)

    return [place(tie) for tie in network.ties]


def _curve(one: tuple[float, float], other: tuple[float, float]) -> str:
    """From one side to the other, bent away from the straight lines to the subject."""
    (x1, y1), (x2, y2) = one, other
    third = (x2 - x1) / 3
    return f"M{x1:g},{y1:g}C{x1 + third:g},{y1:g} {x2 - third:g},{y2:g} {x2:g},{y2:g}"


def weeks_drawing(weeks: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Bars of (label, number), the oldest first; positions in percent of the width and pixels of WEEKS_HEIGHT."""
    most = max((number for _label, number in weeks), default=0)
    step = 100 / max(len(weeks), 1)
    bars = []
    for at, (label, number) in enumerate(weeks):
        height = round(WEEKS_HEIGHT * number / most, 1) if most else 0.0
        bars.append(
            {
                "x": f"{at * step + step * 0.14:.2f}%",
                "width": f"{step * 0.72:.2f}%",
                "column_x": f"{at * step:.2f}%",
                "column_width": f"{step:.2f}%",
                "y": round(WEEKS_HEIGHT - height, 1),
                "height": height,
                "label": label,
                "number": number,
            }
        )
    return {"height": WEEKS_HEIGHT, "bars": bars, "most": most}
