"""An alert of every kind explains itself: hits as the detectors make them of made-up rows, shown on page, preview and live fragment."""

from datetime import UTC, datetime, time, timedelta
from itertools import product
from re import compile as pattern
from typing import Any

import pytest
from django.test import Client

from ledger.kit.days import from_ordinal
from oversight.center import charts
from oversight.center.presenters.comparisons import on_scale
from risk.alerts.models import Alert
from risk.detectors.registry import detectors
from risk.rules.entries import Entry
from risk.rules.models import RuleVersion
from risk.rules.shipped import read
from tests.builders import make_agency, make_alert, make_rule, make_staff, make_transaction
from tests.oversight.cast import Cast

CATALOGUE = read()
NONSENSE = pattern(r"\b(None|nan|inf)\b|\{\{|np\.|-0%")


def one_of_each() -> list[Entry]:
    """The first shipped rule of every detector and frame."""
    kinds = {(entry.detector, entry.frame): entry for entry in reversed(CATALOGUE)}
    return [kinds[key] for key in sorted(kinds)]


def make_version(entry: Entry) -> RuleVersion:
    names = ("detector", "title_zh", "title_en", "sentence_zh", "sentence_en", "subject_column", "scope", "min_n", "op", "params", "unit")
    told = {name: getattr(entry, name) for name in (*names, "window_days", "thresholds")}
    version = make_rule(entry.code, subject_kind=entry.subject_kind, line=entry.line, lines=list(entry.lines), **told)
    type(version.rule).objects.filter(pk=version.rule.pk).update(frame=entry.frame)
    version.rule.refresh_from_db()
    return version


def make_found(cast: Cast, entry: Entry) -> Alert:
    """An alert with the gravest hit the detector finds in its own canary."""
    frames = detectors()[entry.detector].canary(entry.spec())
    assert frames is not None
    hit = detectors()[entry.detector].find(frames, entry.spec()).sort_values("observed").iloc[-1]
    at = datetime.combine(from_ordinal(int(hit["day"])), time(4), UTC)
    rows = [make_transaction(cast.first, line=entry.line, accepted_at=at - timedelta(days=day)) for day in (0, 1)]
    told = {"observed": float(hit["observed"]), "threshold": float(hit["threshold"]), "numbers": hit["numbers"], "level": hit["level"]}
    return make_alert(cast.first, version=make_version(entry), evidence=rows if entry.frame == "transactions" else [], **told)


@pytest.mark.parametrize("entry", one_of_each(), ids=lambda entry: f"{entry.code}-{entry.detector}")
def test_an_alert_of_every_kind_shows_nothing_broken(cast: Cast, supervisor: Client, entry: Entry):
    alert = make_found(cast, entry)
    for language, address in product(("zh-hans", "en"), ("", "?fragment=main", "preview/")):
        supervisor.cookies["django_language"] = language
        page = supervisor.get(f"/alerts/{alert.number}/{address}")
        assert page.status_code == 200
        assert not NONSENSE.search(page.content.decode())
        shown = (page.context["chart"] or {}).get("peers")
        assert bool(shown) == bool(alert.numbers.get("peer_values"))


def make_compared(
    cast: Cast, detector: str = "rate_outlier", *, level: str = "orange", version: dict[str, Any] | None = None, **numbers: Any
):
    """A return rate of 18.2 % beside 23 peers, unless told otherwise."""
    told = {"observed": 18.2, "threshold": 10.0, "window": 63, "count": 46, "total": 253, "percent": 18.18, "standardised": 18.2}
    told |= {"expected": 3.4, "median": 3.1, "lower": 1.2, "upper": 7.9, "peers": 23, "reference": "peers", "p": 2e-9, "q": 0.0031}
    told |= {"value": 18.2, "scale": "%", "peer_values": [round(1.4 + 0.15 * one, 2) for one in range(23)]} | numbers
    rule = {"detector": detector, "unit": "%", "window_days": 63, "thresholds": {"yellow": 6, "orange": 10, "red": 20}} | (version or {})
    make_staff(cast.first, staff_no="072618", name="张某")
    found = {name: told[name] for name in ("observed", "threshold")}
    return make_alert(cast.first, version=make_rule(**rule), subject_code="072618", level=level, numbers=told, **found)


def drawn(supervisor: Client, alert: Alert) -> dict[str, Any]:
    return charts.geometry(supervisor.get(f"/alerts/{alert.number}/").context["chart"])


def place(percent: str) -> float:
    return float(percent.rstrip("%"))


def test_the_subject_stands_among_its_peers_on_one_axis(cast: Cast, supervisor: Client):
    plot = drawn(supervisor, make_compared(cast))
    band = plot["band"]
    subject, threshold = place(plot["subject"]["x"]), place(plot["thresholds"][0]["x"])
    peers = [place(dot["x"]) for dot in plot["dots"]]
    assert len(peers) == 23
    assert place(band["x"]) < min(peers) <= place(plot["median"]["x"]) <= max(peers) < place(band["x"]) + place(band["width"])
    assert max(peers) < threshold < subject
    # Equal numbers, equal places: the axis is one for all.
    assert place(plot["thresholds"][0]["x"]) / 10.0 == pytest.approx(subject / 18.2, rel=1e-3)
    assert [line["level"] for line in plot["thresholds"]] == ["orange"]


def test_no_dot_covers_another_while_there_is_room_and_a_higher_pile_stays_inside(cast: Cast, supervisor: Client):
    few = drawn(supervisor, make_compared(cast))["dots"]
    spots = [(place(dot["x"]) * 5.2, dot["y"]) for dot in few]
    assert all((a - c) ** 2 + (b - d) ** 2 >= 64 for n, (a, b) in enumerate(spots) for c, d in spots[:n])
    plot = charts.geometry({**drawn(supervisor, Alert.objects.get()), "bar": False, "peers": {"values": [3.0] * 60, "text": ""}})
    assert all(36 < dot["y"] < plot["base"] for dot in plot["dots"])
    assert len({dot["y"] for dot in plot["dots"]}) > 9


def test_the_text_alternative_and_the_table_say_the_same_numbers(cast: Cast, supervisor: Client):
    alert = make_compared(cast)
    text = supervisor.get(f"/alerts/{alert.number}/").content.decode()
    label = text.split('role="img" aria-label="')[1].split('"')[0]
    rows = dict(drawn(supervisor, alert)["rows"])
    for said in ("张某 18.2%", "同类 23", "中位数 3.1%", "1.2% – 7.9%", "10%"):
        assert said in label
    assert (rows["张某"], rows["同类"], rows["中位数"]) == ("18.2%", "23", "3.1%")


@pytest.mark.parametrize("lost", ["peer_values", "value", "median"])
def test_without_the_stored_values_of_peers_nothing_is_drawn(cast: Cast, supervisor: Client, lost: str):
    page = supervisor.get(f"/alerts/{make_compared(cast, **{lost: None}).number}/")
    assert page.context["chart"] is None
    assert "<figure" not in page.content.decode()


def test_the_rule_block_says_what_the_hit_stored(cast: Cast, supervisor: Client):
    alert = make_compared(cast)
    told = dict(supervisor.get(f"/alerts/{alert.number}/").context["rule"]["parameters"])
    assert (told["窗口"], told["样本"], told["同类"], told["预期"]) == ("63天", "253 中 46", "23", "3.4%")
    assert (told["错误发现率"], told["偶然概率"]) == ("0.31%", "<0.01%")
    supervisor.cookies["django_language"] = "en"
    told = dict(supervisor.get(f"/alerts/{alert.number}/").context["rule"]["parameters"])
    assert (told["Sample"], told["Ordinary range"]) == ("46 of 253", "1.2% – 7.9%")


def test_the_own_past_is_not_called_peers(cast: Cast, supervisor: Client):
    rows = dict(drawn(supervisor, make_compared(cast, reference="past", peers=4, peer_values=[3, 3.1, 3.2, 3.4]))["rows"])
    assert rows["以往各期"] == "4"
    assert "同类" not in rows


@pytest.mark.parametrize(
    ("column", "stored", "shown"),
    [
        ("agency", "A77", "众诚代办点"),
        ("agent", "#1a2b3c", "#1a2b3c"),
        ("agent", "430702198001010012", "4307**12"),
        ("plate", "湘JF0018", "湘J·F**18"),
    ],
)
def test_the_counterpart_is_named_and_a_person_or_vehicle_masked(cast: Cast, supervisor: Client, column: str, stored: str, shown: str):
    make_agency(cast.first, code="A77")
    rule = {
        "params": {"counterpart": column},
        "sentence_zh": "{subject}有{count}次来自{counterpart}",
        "unit": "ratio",
        "thresholds": {"orange": 2},
    }
    alert = make_compared(cast, "concentration", version=rule, counterpart=stored, expected_percent=3.4, threshold=2.0, lift=5.4)
    for address in ("/alerts/", f"/alerts/{alert.number}/", f"/alerts/{alert.number}/preview/"):
        text = supervisor.get(address).content.decode()
        assert f"46次来自{shown}" in text
        assert stored == shown or stored not in text
    assert dict(supervisor.get(f"/alerts/{alert.number}/").context["rule"]["parameters"])["对应方"] == shown


@pytest.mark.parametrize(
    ("detector", "params", "threshold", "numbers", "at"),
    [
        ("rate_outlier", {}, 10, {}, 10),
        ("rate_outlier", {"measure": "ratio"}, 5, {}, 15.5),
        ("rate_outlier", {"measure": "ratio"}, 0.3, {"value": 0.5}, 0.93),
        ("rate_outlier", {"measure": "difference"}, 2, {"value": 0.5}, 1.1),
        ("concentration", {}, 2, {"expected_percent": 4}, 8),
        ("concentration", {"measure": "share"}, 15, {"expected_percent": 4}, 15),
        ("concentration", {"measure": "difference"}, 12, {"expected_percent": 4}, 16),
        ("concentration", {}, 2, {}, None),
        ("drift", {}, 1.5, {}, 1.5),
        ("drift", {"measure": "count"}, 10, {"expected": 4}, 2.5),
        ("drift", {"measure": "difference"}, 5, {"expected_percent": 25}, 1.2),
        ("consistency", {"measure": "ratio"}, 2, {"expected": 5}, 10),
        ("consistency", {"measure": "ratio"}, 2, {"expected": 5, "value": 2}, 2.5),
        ("consistency", {}, 2, {"expected": 5, "value": 2}, 3),
        ("network", {}, 15, {}, None),
    ],
)
def test_a_threshold_about_another_measure_lies_where_the_value_would_reach_it(
    detector: str, params: dict[str, Any], threshold: float, numbers: dict[str, Any], at: float | None
):
    told = {"value": 18.2, "median": 3.1, "expected": 3.4} | numbers
    assert on_scale(RuleVersion(detector=detector, params=params), told, threshold) == (None if at is None else pytest.approx(at))


def test_a_clock_rule_shows_the_time_elapsed_against_its_term(cast: Cast, supervisor: Client):
    rule = {"detector": "deadline", "unit": "day", "window_days": 1, "thresholds": {"yellow": 10, "orange": 15, "red": 60}}
    rule["params"] = {"start": "accepted_at", "end": "finished_at", "metric": "value"}
    rows = [make_transaction(cast.first, accepted_at=datetime.now(UTC) - timedelta(days=day)) for day in (20, 25, 42)]
    alert = make_alert(cast.first, version=make_rule(**rule), level="orange", observed=42.0, threshold=15.0, evidence=rows)
    plot = drawn(supervisor, alert)
    crossed, coming = plot["thresholds"]
    assert (crossed["level"], crossed["crossed"], coming["level"], coming["crossed"]) == ("orange", True, "red", False)
    assert place(crossed["x"]) / 15 == pytest.approx(place(plot["bar"]["width"]) / 42, rel=1e-3)
    assert place(plot["bar"]["width"]) < place(coming["x"])
    assert "42天" in plot["alt"] and "15天" in plot["alt"]


def test_a_clock_rule_that_counts_rows_has_no_bar(cast: Cast, supervisor: Client):
    rule = {"detector": "deadline", "params": {"start": "accepted_at", "end": "finished_at", "limit": 3}}
    page = supervisor.get(f"/alerts/{make_alert(cast.first, version=make_rule(**rule)).number}/")
    assert page.context["chart"] is None


@pytest.mark.parametrize(("days", "kind"), [((0, 7, 14, 21), "line"), ((0, 7, 21, 28), "bar")])
def test_a_network_is_a_line_only_over_sundays_without_a_gap(cast: Cast, supervisor: Client, days: tuple[int, ...], kind: str):
    rows = [make_transaction(cast.first, accepted_at=datetime.now(UTC) - timedelta(days=day)) for day in days]
    alert = make_alert(cast.first, version=make_rule(detector="network"), evidence=rows)
    assert supervisor.get(f"/alerts/{alert.number}/").context["chart"]["series"][0]["kind"] == kind
