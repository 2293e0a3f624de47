"""Geometry of one value on a horizontal scale, among its peers or against a term: a pure function, like that of the chart over days.

Horizontal positions are percent of the plot's width, vertical ones pixels: the scale stretches with its pane, dots and texts do not.
"""

from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Any

DOT_RADIUS = 4
SUBJECT_Y, PEERS_Y, BAR_Y, BAR_HEIGHT = 46, 100, 34, 22
LOWEST = {True: 64, False: 148}  # where the axis lies, with a bar or with dots
LABEL_ROWS = (11, 26)
TICK_ROOM = 26
GAP = 2 * DOT_RADIUS + 1
SWARM_ROWS = 9
SWARM_WIDTH = 520  # Pixels the dots are set apart for; on a phone neighbours may touch.
NEAR_ZERO = 0.5


def geometry(chart: dict[str, Any]) -> dict[str, Any]:
    """What templates/center/_scale.html prints for `chart`.

    `chart` has kind "scale", title, subtitle, unit ("%" or anything else), bar (whether the value is a length from zero),
    subject {value, label, text}, thresholds [{level, label, value, crossed}], peers {values, text}, median {value, text} and
    band {low, high, text} or None for each, rows [(label, text)] with all numbers in words, and alt, the same as one text.
    """
    subject, peers, bar = chart["subject"], chart.get("peers"), bool(chart["bar"])
    dots = [float(value) for value in peers["values"]] if peers else []
    shown = [subject["value"], *dots, *(line["value"] for line in chart["thresholds"])]
    shown += [chart["median"]["value"]] if chart.get("median") else []
    shown += _near(chart["band"], min(shown), max(shown)) if chart.get("band") else []
    axis = _Axis(shown, from_zero=bar, most=100.0 if chart["unit"] == "%" else None)
    base = LOWEST[bar]
    return {
        **chart,
        "height": base + TICK_ROOM,
        "base": base,
        "ticks": axis.ticks(chart["unit"]),
        "subject": {**subject, **_beside(axis.x(subject["value"])), "y": SUBJECT_Y},
        "bar": {"width": f"{axis.x(subject['value']):.2f}%", "y": BAR_Y, "height": BAR_HEIGHT} if bar else None,
        "thresholds": _lines(axis, chart["thresholds"]),
        "dots": [{"x": f"{x:.2f}%", "y": PEERS_Y + y} for x, y in _swarm(axis, dots)],
        "radius": DOT_RADIUS,
        "median": {**chart["median"], "x": f"{axis.x(chart['median']['value']):.2f}%"} if chart.get("median") else None,
        "band": _band(axis, chart["band"]) if chart.get("band") else None,
    }


class _Axis:
    """Numbers to percent of the width: from zero, unless they lie close together far from it, to a round number above the highest."""

    def __init__(self, numbers: Iterable[float], *, from_zero: bool, most: float | None) -> None:
        values = list(numbers)
        low, high = min(values), max(values)
        if from_zero or high - low > NEAR_ZERO * high:
            low = min(0.0, low)
        step = round_step((high - low) / 4 or abs(high) or 1.0)
        self.low, self.high = floor(low / step) * step, ceil(round(high / step, 6)) * step
        if self.high - high < step * 0.2 and (most is None or high > most or self.high < most):
            self.high += step
        if most is not None and high <= most:
            self.high = min(self.high, most)
        self.step = step

    def x(self, value: float) -> float:
        return round(100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0), 2)

    def ticks(self, unit: str) -> list[dict[str, str]]:
        count = floor(round((self.high - self.low) / self.step, 6))
        values = [round(self.low + self.step * number, 6) for number in range(count + 1)]
        sign = "%" if unit == "%" else ""
        places = [self.x(value) for value in values]
        return [
            {"x": f"{x:.2f}%", "label": f"{value:,.10g}{sign}", "anchor": "start" if x < 1 else "end" if x > 99 else "middle"}
            for x, value in zip(places, values, strict=True)
        ]


def round_step(raw: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `raw` (above zero)."""
    base = 10 ** floor(log10(raw))
    return next(factor * base for factor in (1, 2, 5, 10) if factor * base >= raw * 0.999)


def _beside(x: float) -> dict[str, Any]:
    """A dot and where its label stands: on the side with more room."""
    right = x <= 55
    return {"x": f"{x:.2f}%", "anchor": "start" if right else "end", "dx": 10 if right else -10}


def _lines(axis: _Axis, thresholds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The crossed threshold is labelled in the upper row, one still to come in the lower: neither can cover the other."""
    lines = []
    for line in thresholds:
        x = axis.x(line["value"])
        anchor = "start" if x < 15 else "end" if x > 85 else "middle"
        lines.append({**line, "x": f"{x:.2f}%", "anchor": anchor, "label_y": LABEL_ROWS[0 if line.get("crossed") else 1]})
    return lines


def _near(band: dict[str, Any], low: float, high: float) -> list[float]:
    """The limits that leave the rest at least a third of the axis; farther ones, of a small office, are cut at its ends."""
    return [limit for limit in (band["low"], band["high"]) if low - (high - low) <= limit <= high + (high - low)]


def _band(axis: _Axis, band: dict[str, Any]) -> dict[str, Any]:
    left, right = axis.x(band["low"]), axis.x(band["high"])
    return {**band, "x": f"{left:.2f}%", "width": f"{right - left:.2f}%"}


def _swarm(axis: _Axis, values: list[float]) -> list[tuple[float, float]]:
    """(percent, pixels from the middle) of every value, none covering another while there is room; a higher pile closes up."""
    offsets = [0.0] + [side * row * float(GAP) for row in range(1, SWARM_ROWS // 2 + 1) for side in (1, -1)]
    placed: list[tuple[float, float]] = []
    for value in sorted(values):
        x = axis.x(value) * SWARM_WIDTH / 100
        near = [(other, y) for other, y in placed if x - other < GAP]
        free = (y for y in offsets if all((x - other) ** 2 + (y - at) ** 2 >= GAP**2 for other, at in near))
        crowded = (len(near) % (2 * SWARM_ROWS - 1) - SWARM_ROWS + 1) * GAP / 2
        placed.append((x, next(free, crowded)))
    return [(x * 100 / SWARM_WIDTH, y) for x, y in placed]
