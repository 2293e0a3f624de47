"""The charts of one value on a scale: a subject among its peers, and time elapsed against a term. From the stored numbers alone."""

from dataclasses import fields
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from oversight.center.presenters import measures, words
from oversight.center.presenters.subjects import Subject
from risk.alerts.models import Alert
from risk.alerts.sentences import title
from risk.detectors.registry import detectors
from risk.rules.models import LEVELS, RuleVersion

NEEDED = ("value", "median", "lower", "upper", "peers")


def among_peers(alert: Alert, subject: Subject) -> dict[str, Any] | None:
    """What oversight.center.scales.geometry draws of a hit that compares; None where no peers' values are stored."""
    told = alert.numbers
    if not told.get("peer_values") or any(told.get(name) is None for name in NEEDED):
        return None
    unit = measures.SCALES.get(told.get("scale", ""), "")
    size = measures.FEN if unit == "amount" else 1
    value, texts = told["value"], _texts(told, unit)
    own = measures.measured(value, unit)
    label = f"{subject.text} × {subject.counterpart}" if subject.counterpart else subject.text
    threshold = _threshold(alert, told, size)
    rows = [(label, own), *texts.values(), *_threshold_rows(threshold)]
    return {
        "kind": "scale",
        "title": title(alert.rule_version, get_language() or "zh-hans"),
        "subtitle": _subtitle(alert, told),
        "unit": unit,
        "bar": False,
        "subject": {"value": value / size, "label": label, "text": own},
        "thresholds": threshold,
        "peers": {"values": [one / size for one in told["peer_values"]], "text": " ".join(texts["peers"])},
        "median": {"value": told["median"] / size, "text": " ".join(texts["median"])},
        "band": {"low": told["lower"] / size, "high": told["upper"] / size, "text": " ".join(texts["band"])},
        "rows": [*rows, (_("Values shown"), "  ".join(measures.measured(one, unit) for one in told["peer_values"]))],
        "alt": _(", ").join(" ".join(row) for row in rows),
    }


def against_term(alert: Alert, subject: Subject) -> dict[str, Any] | None:
    """What oversight.center.scales.geometry draws of the longest time a clock rule measured; None for one that counts rows."""
    version = alert.rule_version
    if version.detector != "deadline" or _chosen(version, "metric") != "value":
        return None
    unit, elapsed = version.unit, measures.measured(alert.observed, version.unit)
    lines = _term_lines(alert)
    rows = [(_("Past the term") if version.params.get("due") else _("Elapsed"), elapsed), *_threshold_rows(lines)]
    return {
        "kind": "scale",
        "title": title(version, get_language() or "zh-hans"),
        "subtitle": _("time past the term, of the longest") if version.params.get("due") else _("time elapsed, of the longest"),
        "unit": unit,
        "bar": True,
        "subject": {"value": alert.observed, "label": subject.text, "text": elapsed},
        "thresholds": lines,
        "peers": None,
        "median": None,
        "band": None,
        "rows": rows,
        "alt": _(", ").join(" ".join(row) for row in rows),
    }


def _threshold_rows(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(_("Threshold %(level)s") % {"level": words.LEVELS[line["level"]]}, line["text"]) for line in lines]


def _subtitle(alert: Alert, told: dict[str, Any]) -> str:
    days = alert.rule_version.window_days
    window = ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
    if told.get("reference") == "past":
        return _("%(window)s, beside earlier periods of the same office") % {"window": window}
    return _("%(window)s, beside peers") % {"window": window}


def _texts(told: dict[str, Any], unit: str) -> dict[str, tuple[str, str]]:
    """Label and value of what stands around the subject, for legend, table and text alternative alike."""
    peers, drawn = int(told["peers"]), len(told["peer_values"])
    number = f"{peers:,}" if drawn >= peers else _("%(peers)s, %(drawn)s of them drawn") % {"peers": f"{peers:,}", "drawn": drawn}
    return {
        "peers": (_("Earlier periods") if told.get("reference") == "past" else _("Peers"), number),
        "median": (_("Median"), measures.measured(told["median"], unit)),
        "band": (_("Ordinary range"), measures.ordinary(told, unit)),
    }


def _threshold(alert: Alert, told: dict[str, Any], size: int) -> list[dict[str, Any]]:
    """The crossed threshold where it lies on the scale of the value; none where the stored numbers do not tell."""
    place = on_scale(alert.rule_version, told, alert.threshold)
    text = measures.measured(alert.threshold, alert.rule_version.unit)
    line = {"level": alert.level, "label": f"{words.LEVELS[alert.level]} {text}", "text": text, "crossed": True}
    return [] if place is None else [{**line, "value": place / size}]


def on_scale(version: RuleVersion, told: dict[str, Any], threshold: float) -> float | None:
    """Where the value would reach a threshold that may be about a ratio or a difference rather than about the value itself.

    None for a measure whose numbers are not stored.
    """
    measure, value = _chosen(version, "measure"), told["value"]
    expected, percent = told.get("expected"), told.get("expected_percent")
    if version.detector == "rate_outlier":
        centre = told["median"] if told["median"] > 0 else expected
        return threshold if measure == "rate" else _moved(measure, centre, threshold, value)
    if version.detector == "consistency":
        return _moved(measure, expected, threshold, value)
    if version.detector == "concentration":
        return threshold if measure == "share" else _moved("ratio" if measure == "lift" else measure, percent, threshold, value)
    if version.detector == "drift" and measure == "ratio":
        return threshold
    if version.detector == "drift" and measure == "count" and expected:
        return threshold / expected
    if version.detector == "drift" and measure == "difference" and percent:
        return 1 + threshold / percent
    return None


def _moved(measure: Any, centre: float | None, threshold: float, value: float) -> float | None:
    """The centre times a ratio, or a difference away from it, to the value's side. A ratio above one of a value below counts downwards."""
    if centre is None:
        return None
    above = value >= centre
    if measure == "difference":
        return centre + threshold if above else centre - threshold
    if measure == "ratio":
        return centre * threshold if above or threshold < 1 else centre / threshold
    return None


def _chosen(version: RuleVersion, name: str) -> Any:
    """A parameter of the rule version, or what its detector takes when none is given. Old alerts outlive a detector."""
    detector = detectors().get(version.detector)
    usual = {one.name: one.default for one in fields(detector.Params)} if detector else {}
    return version.params.get(name, usual.get(name))


def _term_lines(alert: Alert) -> list[dict[str, Any]]:
    """The crossed term and the next one to come."""
    version = alert.rule_version
    ahead = [level for level in LEVELS if level in version.thresholds and version.thresholds[level] > alert.observed]
    lines = []
    for level in dict.fromkeys([alert.level, *sorted(ahead, key=lambda one: float(version.thresholds[one]))[:1]]):
        value = alert.threshold if level == alert.level else float(version.thresholds[level])
        text = measures.measured(value, version.unit)
        lines.append(
            {"level": level, "label": f"{words.LEVELS[level]} {text}", "text": text, "value": value, "crossed": level == alert.level}
        )
    return lines
