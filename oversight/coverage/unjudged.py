"""Whom a rule about peers could not compare for want of data: of one grid day, and of one subject."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ledger.journal.sight import Sight
from ledger.kit.days import today
from ledger.kit.errors import NotFound
from ledger.roster.models import Agency, Post, Staff, Unit
from oversight.access import opens
from oversight.business.addresses import key_text, subject_url
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.alerts.sentences import title
from risk.coverage.queries import peers_of, unable_to_judge
from risk.detectors.parts.grid import label
from risk.rules.models import RuleVersion, SubjectKind
from risk.scoring.evaluate import HASHED

# How far back the page of a subject asks: the last quarter of grid days.
WEEKS = 13


@dataclass(frozen=True)
class Place:
    """How a subject is told, and the unit it belongs to ("": none, or not known)."""

    name: str
    unit_code: str


def day_context(rule_code: str, day: date, viewer: Viewer) -> dict[str, Any]:
    """What coverage/unjudged.html prints. Raises NotFound where the rule has not looked at the peers of that day."""
    one = peers_of(rule_code, day)
    if one is None:
        raise NotFound(_("There is no such day of a rule."))
    version, kept = one.rule_version, one.unjudged or {}
    places = _places(version, kept)
    sight = Sight.of(viewer.user, viewer.grants)
    own = viewer.user.staff_no
    units = dict(Unit.objects.filter(code__in={place.unit_code for place in places.values()}).values_list("code", "name"))
    rows = [
        _row(version, code, kept[code], place, units, viewer)
        for code, place in sorted(places.items(), key=lambda item: (-kept[item[0]], item[1].name))
        if (sight.everything or (place.unit_code and sight.sees(place.unit_code)))
        and not (version.rule.subject_kind == "staff" and code == own)
    ]
    return {
        "crumbs": [{"label": _("Coverage and health"), "url": reverse("coverage:matrix")}],
        "code": version.rule.code,
        "title": title(version, get_language() or "zh-hans"),
        "kind": SubjectKind(version.rule.subject_kind).label,
        "day": f"{day:%Y-%m-%d}",
        "first_day": f"{day - timedelta(days=version.window_days - 1):%Y-%m-%d}",
        "window": version.window_days,
        "min_n": version.min_n,
        "tested": one.tested,
        "few": one.insufficient or 0,
        "kept": one.unjudged is not None,
        "rows": rows,
        "units": any(row["unit"] for row in rows),
        "elsewhere": len(kept) - len(rows),
    }


def _row(version: RuleVersion, code: str, rows: int, place: Place, units: Mapping[str, str], viewer: Viewer) -> dict[str, Any]:
    unit = "" if version.rule.subject_kind == "unit" else units.get(place.unit_code, place.unit_code)
    return {"name": place.name, "unit": unit, "url": _url(version, code, viewer), "rows": rows, "reason": reason(version, rows)}


def reason(version: RuleVersion, rows: int) -> str:
    """Which of the two is wanting: rows of its own, or others to compare with."""
    if rows < version.min_n:
        told = ngettext("%(rows)d row, fewer than %(least)d", "%(rows)d rows, fewer than %(least)d", rows)
        return told % {"rows": rows, "least": version.min_n}
    return ngettext("%(rows)d row, too few fair peers", "%(rows)d rows, too few fair peers", rows) % {"rows": rows}


def _url(version: RuleVersion, code: str, viewer: Viewer) -> str:
    kind = version.rule.subject_kind
    if kind not in ("staff", "agency", "agent") or not opens("business:subject", viewer.roles):
        return ""
    return subject_url(kind, key_text(int(code)) if version.subject_column in HASHED else code)


def _places(version: RuleVersion, codes: Iterable[str]) -> Mapping[str, Place]:
    kind, codes = version.rule.subject_kind, list(codes)
    if version.subject_column in HASHED:
        return {code: Place(label(int(code)), "") for code in codes}
    names: dict[str, Place] = {}
    if kind == "staff":
        staff = Staff.objects.filter(staff_no__in=codes).values_list("staff_no", "name", "unit_code")
        names = {code: Place(f"{name} {code}", unit) for code, name, unit in staff}
    elif kind == "agency":
        agencies = Agency.objects.filter(code__in=codes).values_list("code", "name", "unit_code")
        names = {code: Place(name, unit) for code, name, unit in agencies}
    elif kind == "unit":
        names = {code: Place(name, code) for code, name in Unit.objects.filter(code__in=codes).values_list("code", "name")}
    elif kind == "post":
        names = {code: Place(name, "") for code, name in Post.objects.filter(code__in=codes).values_list("code", "name")}
    return {code: names.get(code, Place(code, "")) for code in codes}


def of_subject(kind: str, subject: str, viewer: Viewer, *, until: date | None = None) -> list[dict[str, Any]]:
    """The rules that could not compare a subject on the last grid day they looked at, of the quarter before `until` (default: today).

    `subject` is its code, or the key of an agent in digits. Nothing is told to the subject itself.
    """
    last = until or today()
    if not subject or kind == "staff" and subject == viewer.user.staff_no:
        return []
    opened = opens("coverage:unjudged", viewer.roles)
    return [
        {
            "code": one.version.rule.code,
            "title": title(one.version, get_language() or "zh-hans"),
            "day": f"{one.day:%Y-%m-%d}",
            "url": reverse("coverage:unjudged", args=[one.version.rule.code, f"{one.day:%Y-%m-%d}"]) if opened else "",
            "reason": reason(one.version, one.rows),
            "weeks": f"{one.days} / {one.looked}",
        }
        for one in unable_to_judge(kind, subject, last - timedelta(days=7 * WEEKS - 1), last)
    ]


def beside_alert(alert: Alert, viewer: Viewer) -> list[dict[str, Any]]:
    """Of the subject of an alert, but for those known by a hash only."""
    if alert.rule_version.subject_column in HASHED:
        return []
    return of_subject(alert.subject_kind, alert.subject_code, viewer, until=alert.last_day)


def of_business(kind: str, subject: str, viewer: Viewer) -> list[dict[str, Any]]:
    """Of a subject of the ledger, for those who oversee its unit."""
    sight = Sight.of(viewer.user, viewer.grants)
    if not sight.everything:
        found: Any = {"staff": Staff.objects.filter(staff_no=subject), "agency": Agency.objects.filter(code=subject)}.get(kind)
        unit = found.values_list("unit_code", flat=True).first() if found is not None else None
        if not unit or not sight.sees(unit):
            return []
    return of_subject(kind, subject, viewer)
