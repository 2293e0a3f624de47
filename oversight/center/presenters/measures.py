"""Numbers of a hit in words: with their unit, and what was compared with what as label and value."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext, pgettext_lazy

from oversight.center.presenters import words
from risk.alerts.hit_rows import FRAME as HITS
from risk.alerts.models import Alert
from risk.frames import TRANSACTIONS
from risk.rules.models import LEVELS, RuleVersion

UNITS: dict[str, Promise] = {
    "point": gettext_lazy("%(number)s points"),
    "score": pgettext_lazy("a score", "%(number)s points"),
    "ratio": pgettext_lazy("a ratio", "%(number)s×"),
    "day": pgettext_lazy("a length of time", "%(number)s d"),
    "workday": gettext_lazy("%(number)s working days"),
    "hour": pgettext_lazy("a length of time", "%(number)s h"),
    "minute": pgettext_lazy("a length of time", "%(number)s min"),
    "amount": gettext_lazy("%(number)s yuan"),
}
SCALES = {"%": "%", "times": "ratio", "amount": "amount"}
FEN = 100
SMALLEST = 0.0001


def measured(value: float, unit: str) -> str:
    """A number with its unit, as exact as the sentence says it: one decimal from ten up, two below. Amounts are given in fen."""
    number = value / FEN if unit == "amount" else value
    text = f"{number:,.1f}" if abs(number) >= 10 else f"{number:,.2f}"
    text = text.rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    if unit == "%":
        return f"{text}%"
    return str(UNITS[unit]) % {"number": text} if unit in UNITS else text


def rows_of(frame: str, number: int) -> str:
    """So many rows of evidence, by what a rule's rows are."""
    if frame == TRANSACTIONS:
        text = ngettext("%(number)d transaction", "%(number)d transactions", number)
    elif frame == HITS:
        text = npgettext("evidence", "%(number)d signal", "%(number)d signals", number)
    else:
        text = npgettext("evidence", "%(number)d record", "%(number)d records", number)
    return text % {"number": number}


def thresholds(version: RuleVersion) -> str:
    sign = {">=": "≥", "<=": "≤"}.get(version.op, version.op)
    named = {level: measured(version.thresholds[level], version.unit) for level in LEVELS if level in version.thresholds}
    return _(", ").join(f"{words.LEVELS[level]} {sign}{text}" for level, text in named.items())


def compared(alert: Alert, counterpart: str) -> list[tuple[str, str]]:
    """What the gravest hit stored besides its observed number: sample, peers, expectation, how likely chance is. Only what is there."""
    told = alert.numbers
    found = [
        (_("Counterpart"), counterpart),
        (_("Sample"), _sample(told)),
        (_("Share"), _number(told, "percent", "%")),
        (_("Different counterparts"), _number(told, "distinct")),
        *_group(told),
        *_peers(told),
        (_("Expected"), _expected(alert.rule_version.detector, told)),
        (_("Beyond expected"), _number(told, "excess")),
        (_("Observed ÷ expected"), _number(told, "lift", "ratio") or (_number(told, "ratio", "ratio") if "peers" in told else "")),
        (_("False discovery rate (q)"), _chance(told.get("q"))),
        (_("Chance alone (p)"), _chance(told.get("p"))),
        (_("Chance of such a run"), _chance(10 ** told["log10_chance"] if told.get("log10_chance") is not None else None)),
    ]
    return [(label, value) for label, value in found if value]


def _number(told: dict[str, Any], name: str, unit: str = "") -> str:
    return measured(told[name], unit) if told.get(name) is not None else ""


def _sample(told: dict[str, Any]) -> str:
    count, total = (_number(told, name) for name in ("count", "total"))
    if not (count and total) or count == total:
        return total or count
    return _("%(count)s of %(total)s") % {"count": count, "total": total}


def _group(told: dict[str, Any]) -> list[tuple[str, str]]:
    """A network's members, and how much of its counterparts' business stays inside."""
    if told.get("size") is None:
        return []
    sizes = {name: told.get(name, "–") for name in ("handlers", "counterparts")}
    members = _("%(handlers)s handlers, %(counterparts)s counterparts") % sizes
    return [(_("Group"), members), (_("Inside the group"), _number(told, "closed", "%"))]


def _peers(told: dict[str, Any]) -> list[tuple[str, str]]:
    if told.get("peers") is None:
        return []
    unit = SCALES.get(told.get("scale", ""), "")
    label = _("Earlier periods") if told.get("reference") == "past" else _("Peers")
    median = _number(told, "median", unit) if told["peers"] else ""
    return [(label, measured(told["peers"], "")), (_("Median"), median), (_("Ordinary range"), ordinary(told, unit))]


def ordinary(told: dict[str, Any], unit: str) -> str:
    """Where 99.8 % of ordinary subjects of that size lie."""
    if told.get("lower") is None or told.get("upper") is None:
        return ""
    return f"{measured(told['lower'], unit)} – {measured(told['upper'], unit)}"


def _expected(detector: str, told: dict[str, Any]) -> str:
    """Of a rate or an amount on its own scale, of a volume as a number of rows or visits, with its share where there is one."""
    unit = SCALES.get(told.get("scale", ""), "") if detector in ("rate_outlier", "consistency") else ""
    number, percent = _number(told, "expected", unit), _number(told, "expected_percent", "%")
    return _("%(number)s (%(percent)s)") % {"number": number, "percent": percent} if number and percent else number


def _chance(share: float | None) -> str:
    if share is None:
        return ""
    return measured(100 * share, "%") if share >= SMALLEST else f"<{measured(100 * SMALLEST, '%')}"
