"""The chart of the last 30 days: a pure function from counts to rectangles an SVG template can print, in units of its view box."""

from collections.abc import Mapping
from datetime import date
from math import ceil
from typing import Any

from django.utils.translation import gettext as _

from oversight.center.presenters import words
from oversight.center.scales import round_step
from oversight.wall.figures import address
from risk.rules.models import LEVELS

WIDTH, HEIGHT = 580, 322
LEFT, RIGHT, TOP, BOTTOM = 44, 4, 12, 30
LEAST_TOP = 4
FILL = 0.7


def trend(days: Mapping[date, Mapping[str, int]]) -> dict[str, Any]:
    """`days`: alerts by day and level, oldest day first. Mildest at the bottom, so that the gravest stand out on top."""
    highest = max((sum(levels.values()) for levels in days.values()), default=0)
    step = max(round_step(max(highest, LEAST_TOP) / 4), 1)
    top = ceil(max(highest, LEAST_TOP) / step) * step
    plot = HEIGHT - TOP - BOTTOM
    width = (WIDTH - LEFT - RIGHT) / len(days)
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "ticks": [{"y": _y(value, top, plot), "label": f"{value:,}"} for value in range(0, int(top) + 1, int(step))],
        "days": [_column(day, levels, LEFT + width * place, width, top, plot) for place, (day, levels) in enumerate(days.items())],
        "labels": _labels(list(days), width),
        "label_y": HEIGHT - 6,
    }


def _y(value: float, top: float, plot: float) -> float:
    return round(TOP + plot * (1 - value / top), 1)


def _column(day: date, levels: Mapping[str, int], x: float, width: float, top: float, plot: float) -> dict[str, Any]:
    parts, below = [], 0
    for level in LEVELS:
        number = levels.get(level, 0)
        if number:
            upper = _y(below + number, top, plot)
            parts.append({"level": level, "y": upper, "height": round(_y(below, top, plot) - upper, 1)})
        below += number
    told = _(", ").join(f"{words.LEVELS[level]} {levels[level]}" for level in reversed(LEVELS) if levels.get(level))
    return {
        "x": round(x + width * (1 - FILL) / 2, 1),
        "width": round(width * FILL, 1),
        "parts": parts,
        "url": address("raised", day=f"{day}") if below else "",
        "told": f"{day:%m-%d} {below:,}" + (f" ({told})" if told else ""),
    }


def _labels(days: list[date], width: float) -> list[dict[str, Any]]:
    """The first day, the last one and the one in the middle, under their columns."""
    places = [(0, "start"), (len(days) // 2, "middle"), (len(days) - 1, "end")]
    within = {"start": 0.0, "middle": 0.5, "end": 1.0}
    return [
        {"x": round(LEFT + width * (place + within[anchor]), 1), "anchor": anchor, "text": f"{days[place]:%m-%d}"}
        for place, anchor in places
    ]
