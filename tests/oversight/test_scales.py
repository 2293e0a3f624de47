"""The scale of one value: whatever the numbers, everything lies on the axis, in order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oversight.center.scales import geometry

NUMBERS = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False).map(lambda number: round(number, 4))


def place(percent: str) -> float:
    return float(percent.rstrip("%"))


def scale(value: float, threshold: float, peers: list[float], band: tuple[float, float], **more: Any) -> dict[str, Any]:
    return {
        "kind": "scale",
        "unit": "",
        "bar": False,
        "subject": {"value": value},
        "thresholds": [{"level": "red", "value": threshold, "crossed": True}],
        "peers": {"values": peers},
        "median": {"value": sorted(peers)[len(peers) // 2]},
        "band": {"low": min(band), "high": max(band)},
    } | more


@given(NUMBERS, NUMBERS, st.lists(NUMBERS, min_size=1, max_size=60), st.tuples(NUMBERS, NUMBERS))
def test_everything_lies_on_the_axis_in_the_order_of_the_numbers(
    value: float, threshold: float, peers: list[float], band: tuple[float, float]
):
    plot = geometry(scale(value, threshold, peers, band))
    dots = [place(dot["x"]) for dot in plot["dots"]]
    places = [*dots, place(plot["subject"]["x"]), place(plot["thresholds"][0]["x"])]
    ordered = [at for _number, at in sorted(zip([*sorted(peers), value, threshold], places, strict=True))]
    assert ordered == sorted(ordered)
    assert all(0 <= at <= 100 for at in ordered)
    assert place(plot["band"]["x"]) + place(plot["band"]["width"]) <= 100.01
    assert 2 <= len(plot["ticks"]) <= 9


@given(st.floats(min_value=0, max_value=100).map(lambda number: round(number, 2)), st.lists(st.just(99.5), min_size=5, max_size=60))
def test_a_share_never_has_a_tick_beyond_a_hundred_percent(value: float, peers: list[float]):
    plot = geometry(scale(value, 98.0, peers, (97.0, 99.9), unit="%"))
    assert all(float(tick["label"].rstrip("%").replace(",", "")) <= 100 for tick in plot["ticks"])


@given(st.floats(min_value=0.01, max_value=1e5), st.floats(min_value=0.01, max_value=1e5))
def test_a_length_begins_at_zero(value: float, threshold: float):
    plot = geometry(scale(value, threshold, [1.0], (0.0, 1.0)) | {"bar": True, "peers": None, "median": None, "band": None})
    assert plot["ticks"][0]["label"] == "0"
    assert 0 < place(plot["bar"]["width"]) <= 100 or value / threshold < 1e-3
