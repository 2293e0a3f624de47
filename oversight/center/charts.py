"""Geometry of the one chart of an alert: a pure function from the chart's data to positions an SVG template can print.

Vertical positions are pixels of a plot PLOT_HEIGHT high; horizontal ones are per mille of its width (paths) or percent (texts), so that the
plot stretches with its pane while its texts keep their size.
"""

from datetime import date, timedelta
from math import ceil, floor
from typing import Any

from oversight.center import scales
from oversight.center.scales import round_step

PLOT_HEIGHT = 184
LABEL_GAP = 15
DOT_RADIUS = 4
DOT_PANEL_WIDTH = 150
HIT_COLUMNS_MAX = 120

Point = tuple[date, float]


def geometry(chart: dict[str, Any]) -> dict[str, Any]:
    """What templates/center/_chart.html prints for `chart`.

    `chart` has title, subtitle, unit, series [{label, kind "line"|"bar", points [[iso date, number], ...]}], thresholds
    [{level, label, value, crossed (optional)}], window [iso, iso], and, when the subject has peers, peers {low, median, high: points;
    values: numbers of today; label; band_label}.
    A series without points is left out; a chart without any point has `empty` set. A chart of kind "scale" is drawn by `scales`.
    """
    if chart.get("kind") == "scale":
        return scales.geometry(chart)
    series = [{**one, "points": _points(one["points"])} for one in chart["series"] if one["points"]]
    shown = {key: chart.get(key) for key in ("title", "subtitle", "unit")}
    if not series:
        return {**shown, "empty": True}
    peers = chart.get("peers") or None
    band = {key: _points(peers.get(key) or []) for key in ("low", "median", "high")} if peers else {}
    window = [date.fromisoformat(day) for day in chart["window"]] if chart.get("window") else []
    days = [day for one in series for day, _ in one["points"]] + window
    axis = _Days(min(days), max(days), padded=any(one["kind"] == "bar" for one in series))
    numbers = [value for one in series for _, value in one["points"]] + [value for line in band.values() for _, value in line]
    dots = [float(value) for value in (peers or {}).get("values") or []]
    thresholds = _shown_thresholds(chart.get("thresholds") or [], numbers + dots)
    scale = _Scale(numbers + dots + [line["value"] for line in thresholds])
    return {
        **shown,
        "height": PLOT_HEIGHT,
        "y_ticks": [{"y": scale.y(value), "label": _number(value, chart["unit"])} for value in scale.ticks],
        "x_ticks": axis.ticks(),
        "window": _window(axis, window),
        "band": _band(axis, scale, band),
        "median": _path(axis, scale, band["median"]) if band.get("median") else "",
        "series": [_series(axis, scale, one, window) for one in series],
        "end": _end(axis, scale, series[0], chart["unit"]),
        "thresholds": _threshold_lines(scale, thresholds),
        "dots": _dots(scale, dots, series[0], peers, chart["unit"]),
        "hits": _hits(axis, series, chart["unit"]),
        "table": chart.get("table") or _table(series, band, peers, chart["unit"]),
        "peers": peers,
    }


class _Days:
    """The horizontal axis: days to per mille of the plot's width; bars need half a day of air on both ends."""

    def __init__(self, first: date, last: date, *, padded: bool) -> None:
        self.first, self.last = first, last
        self.pad = 0.5 if padded else 0.0
        self.span = max((last - first).days, 1) + 2 * self.pad

    def x(self, day: date) -> float:
        return round(((day - self.first).days + self.pad) / self.span * 1000, 1)

    @property
    def day_width(self) -> float:
        return 1000 / self.span

    def ticks(self) -> list[dict[str, str]]:
        total = (self.last - self.first).days
        count = min(3, total) or 1
        days = sorted({self.first + timedelta(days=round(total * step / count)) for step in range(count + 1)})
        anchors = ["start"] + ["middle"] * (len(days) - 2) + ["end"] if len(days) > 1 else ["middle"]
        return [
            {"x": f"{self.x(day) / 10:.2f}%", "label": f"{day:%m-%d}", "anchor": anchor} for day, anchor in zip(days, anchors, strict=True)
        ]


class _Scale:
    """The vertical axis: numbers to pixels from the top, from zero (or the lowest negative number) to a round number above the highest."""

    def __init__(self, numbers: list[float]) -> None:
        low, high = min(0.0, *numbers), max(*numbers, 0.0)
        step = round_step((high - low) / 4 or 1.0)
        self.low = floor(low / step) * step
        self.high = max(ceil(round(high / step, 6)) * step, self.low + step)
        if (self.high - high) < step * 0.15:
            self.high += step / 2
        count = floor(round((self.high - self.low) / step, 6))
        self.ticks = [round(self.low + step * number, 6) for number in range(count + 1)]

    def y(self, value: float) -> float:
        return round(PLOT_HEIGHT * (1 - (value - self.low) / (self.high - self.low)), 1)


def _points(points: list[Any]) -> list[Point]:
    return [(date.fromisoformat(day) if isinstance(day, str) else day, float(value)) for day, value in points if value is not None]


def _number(value: float, unit: str) -> str:
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{text}%" if unit == "%" else text


def _shown_thresholds(thresholds: list[dict[str, Any]], numbers: list[float]) -> list[dict[str, Any]]:
    """Those crossed and the next one to come, unless it would flatten everything below it; the highest crossed is marked."""
    peak = max(numbers)
    ordered = sorted(({**line, "value": float(line["value"])} for line in thresholds), key=lambda line: line["value"])
    named = [line for line in ordered if line.get("crossed")]
    reached = [line for line in ordered if line["value"] <= peak]
    crossed = named[-1] if named else reached[-1] if reached else None
    coming = [line for line in ordered if line["value"] > peak][:1]
    kept = reached + [line for line in coming if not reached or line["value"] <= 1.8 * peak]
    kept += [line for line in named if line not in kept]
    return [{**line, "crossed": line is crossed} for line in kept]


def _threshold_lines(scale: _Scale, thresholds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines with their labels, the labels pushed apart so that none covers another; read from the top."""
    lines: list[dict[str, Any]] = []
    floor_y = float(-LABEL_GAP)
    for line in sorted(thresholds, key=lambda line: -line["value"]):
        y = scale.y(line["value"])
        label_y = max(y, floor_y + LABEL_GAP)
        floor_y = label_y
        lines.append({**line, "y": y, "label_y": label_y + 4})
    return lines


def _path(axis: _Days, scale: _Scale, points: list[Point]) -> str:
    return "M" + "L".join(f"{axis.x(day):g},{scale.y(value):g}" for day, value in points)


def _band(axis: _Days, scale: _Scale, band: dict[str, list[Point]]) -> str:
    if not (band.get("low") and band.get("high")):
        return ""
    return _path(axis, scale, band["high"]) + "L" + _path(axis, scale, band["low"][::-1])[1:] + "Z"


def _window(axis: _Days, window: list[date]) -> dict[str, Any] | None:
    if not window:
        return None
    left = max(axis.x(window[0]) - axis.pad * axis.day_width, 0)
    width = min(axis.x(window[1]) + axis.pad * axis.day_width, 1000) - left
    return {
        "x": f"{left / 10:.2f}%",
        "width": f"{width / 10:.2f}%",
        "text_x": f"{left / 10:.2f}%",
        "days": (window[1] - window[0]).days + 1,
    }


def _series(axis: _Days, scale: _Scale, one: dict[str, Any], window: list[date]) -> dict[str, Any]:
    if one["kind"] == "line":
        return {"label": one["label"], "kind": "line", "path": _path(axis, scale, one["points"])}
    width, base = axis.day_width * 0.68, scale.y(0)
    bars = [
        {
            "x": f"{(axis.x(day) - width / 2) / 10:.2f}%",
            "width": f"{width / 10:.2f}%",
            "y": min(scale.y(value), base),
            "height": round(abs(base - scale.y(value)), 1),
            "inside": not window or window[0] <= day <= window[1],
        }
        for day, value in one["points"]
        if value
    ]
    return {"label": one["label"], "kind": "bar", "bars": bars}


def _end(axis: _Days, scale: _Scale, first: dict[str, Any], unit: str) -> dict[str, Any]:
    """The number the sentence speaks of: the last point of a line, the highest bar (the latest of equals)."""
    points: list[Point] = first["points"]
    day, value = points[-1] if first["kind"] == "line" else max(points, key=lambda point: (point[1], point[0]))
    x, y = axis.x(day), scale.y(value)
    anchor = "end" if x > 850 else "start" if x < 150 else "middle"
    beside = first["kind"] == "line" and anchor == "end"
    return {
        "kind": first["kind"],
        "x": f"{x / 10:.2f}%",
        "y": y,
        "label": _number(value, unit),
        "anchor": anchor,
        "dx": -10 if beside else 0,
        "label_y": max(y + 4 if beside else y - 6, 10),
    }


def _dots(scale: _Scale, values: list[float], first: dict[str, Any], peers: dict[str, Any] | None, unit: str) -> dict[str, Any] | None:
    """The peers of today as a swarm on the same vertical axis, none covering another while there is room; None without peers' values."""
    if not values or peers is None:
        return None
    middle = DOT_PANEL_WIDTH / 2
    placed: list[dict[str, Any]] = []
    for value in sorted(values):
        y = scale.y(value)
        near = [dot for dot in placed if abs(dot["y"] - y) < 2 * DOT_RADIUS + 1]
        offsets = (side * step * 2.0 for step in range(int(middle / 2) - 4) for side in (1, -1))
        free = (x for x in offsets if all((dot["x"] - middle - x) ** 2 + (dot["y"] - y) ** 2 >= (2 * DOT_RADIUS + 1) ** 2 for dot in near))
        placed.append({"x": middle + next(free, 0.0), "y": y})
    value = first["points"][-1][1]
    return {
        "dots": placed,
        "width": DOT_PANEL_WIDTH,
        "label": peers.get("label", ""),
        "subject": first["label"],
        "y": scale.y(value),
        "middle": middle,
        "radius": DOT_RADIUS,
        "value": _number(value, unit),
    }


def _hits(axis: _Days, series: list[dict[str, Any]], unit: str) -> list[dict[str, str]]:
    """One unseen column a day that tells its numbers under the pointer; none when there are too many days to aim at."""
    days: dict[date, list[str]] = {}
    for one in series:
        for day, value in one["points"]:
            days.setdefault(day, []).append(f"{one['label']} {_number(value, unit)}")
    if len(days) > HIT_COLUMNS_MAX:
        return []
    width = axis.day_width
    return [
        {"x": f"{(axis.x(day) - width / 2) / 10:.2f}%", "width": f"{width / 10:.2f}%", "text": f"{day:%m-%d} " + ", ".join(texts)}
        for day, texts in sorted(days.items())
    ]


def _table(series: list[dict[str, Any]], band: dict[str, list[Point]], peers: dict[str, Any] | None, unit: str) -> dict[str, Any]:
    """The same numbers as rows, newest first; the median beside them when the subject has peers."""
    columns = [(one["label"], dict(one["points"])) for one in series]
    if peers and band.get("median"):
        columns.append((peers.get("median_label", ""), dict(band["median"])))
    days = sorted({day for _, numbers in columns[: len(series)] for day in numbers}, reverse=True)
    rows = [[f"{day:%Y-%m-%d}"] + [_number(numbers[day], unit) if day in numbers else "–" for _, numbers in columns] for day in days]
    return {"columns": [label for label, _ in columns], "rows": rows}
