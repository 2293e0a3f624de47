"""How the rules do, each in a plain sentence; every number opens its list for those who may see it."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from ledger.kit.days import today
from oversight.rules import words
from oversight.rules.listing import counted_alerts
from oversight.viewer import Viewer
from risk.alerts.rule_health import OUTCOMES, Health, companions, health_of
from risk.alerts.sentences import title
from risk.alerts.visibility import unrecused_hits
from risk.rules.models import RuleVersion
from risk.rules.queries import current_versions

SHOWS = {
    "": pgettext_lazy("rules shown", "all in force"),
    "crying": pgettext_lazy("rules shown", "mostly for nothing"),
    "drifting": pgettext_lazy("rules shown", "drifting"),
    "silent": pgettext_lazy("rules shown", "never fired"),
    "shadow": pgettext_lazy("rules shown", "in shadow"),
}
CRYING_FROM, CRYING_SHARE = 5, 0.5


def health_context(viewer: Viewer, show: str) -> dict[str, Any]:
    """What rules/health.html prints: every rule in force; first those that cry wolf or drift, last those that are silent."""
    show = show if show in SHOWS else ""
    versions = current_versions()
    hits = unrecused_hits(viewer.user.staff_no)
    healths = health_of(versions, alerts=counted_alerts(viewer), hits=hits, today=today())
    beside = companions(hits, today())
    kinds = {version.rule.code: _kinds(version, healths[version.rule.code]) for version in versions}
    shown = [version for version in versions if not show or show in kinds[version.rule.code]]
    shown.sort(
        key=lambda version: (not kinds[version.rule.code] & {"crying", "drifting"}, "silent" in kinds[version.rule.code], version.rule.code)
    )
    counts = {name: sum(not name or name in of for of in kinds.values()) for name in SHOWS}
    return {
        "tabs": [{"label": label, "count": counts[name], "active": name == show, "url": _here(show=name)} for name, label in SHOWS.items()],
        "rows": [_row(version, healths[version.rule.code], beside.get(version.rule.code, []), viewer.watches) for version in shown],
        "total": len(versions),
        "conclusion": _conclusion(counts),
    }


def _here(**query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{reverse('rules:health')}?{urlencode(given)}" if given else reverse("rules:health")


def _kinds(version: RuleVersion, health: Health) -> set[str]:
    found = {"shadow"} if version.mode == RuleVersion.Mode.SHADOW else set()
    if health.last is None:
        found.add("silent")
    if health.drifts:
        found.add("drifting")
    if health.settled >= CRYING_FROM and health.outcomes["dismissed"] > CRYING_SHARE * health.settled:
        found.add("crying")
    return found


def _conclusion(counts: dict[str, int]) -> str:
    told = _("%(all)d rules in force: %(crying)d mostly raise alerts for nothing, %(drifting)d drift, %(silent)d never fired.")
    return told % {"all": counts[""], **{name: counts[name] for name in ("crying", "drifting", "silent")}}


def _row(version: RuleVersion, health: Health, beside: list[tuple[str, int, int]], linked: bool) -> dict[str, Any]:
    code = version.rule.code
    return {
        "code": code,
        "url": reverse("rules:rule", args=[code]),
        "title": title(version, get_language() or "zh-hans"),
        "mode": "" if version.mode == RuleVersion.Mode.LIVE else version.get_mode_display(),
        "rate": rate(health),
        "sentence": sentence(health, live=version.mode == RuleVersion.Mode.LIVE),
        "outcomes": outcomes_of(code, health, linked=linked),
        "beside": [
            {"code": other, "url": reverse("rules:rule", args=[other]), "text": f"{number}/{of}"} for other, number, of in beside[:3]
        ],
    }


def outcomes_of(code: str, health: Health, *, linked: bool) -> list[dict[str, Any]]:
    """Alerts of the last 90 days by what became of them, each number with the list it opens where `linked`."""
    here = reverse("rules:rule", args=[code])
    return [
        {
            "name": name,
            "label": words.OUTCOMES[name],
            "number": health.outcomes[name],
            "url": f"{here}?{urlencode({'alerts': name})}#alerts" if linked and health.outcomes[name] else "",
        }
        for name in OUTCOMES
    ]


def rate(health: Health) -> str:
    """Hits of the last 28 days, to 10,000 transactions where its rows are transactions."""
    if health.rows:
        return _("%(rate)s in 10,000") % {"rate": words.number(10_000 * health.recent / health.rows)}
    return ngettext("%(hits)d hit", "%(hits)d hits", health.recent) % {"hits": health.recent}


def sentence(health: Health, *, live: bool) -> str:
    """How the rule does, plainly."""
    if health.last is None:
        return _("It has never fired: no event day has a hit of it.")
    told = [_drift(health)]
    if live:
        told.append(_ends(health))
    return "".join(told)


def _drift(health: Health) -> str:
    facts = {"now": health.recent, "before": words.number(health.expected)}
    if health.drifts > 0:
        return _("It hits far more often: %(now)d hits in the last 28 days, %(before)s to be expected after the half year before.") % facts
    if health.drifts < 0:
        return _("It hits far less often: %(now)d hits in the last 28 days, %(before)s to be expected after the half year before.") % facts
    return _("It hits as before: %(now)d hits in the last 28 days, %(before)s to be expected.") % facts


def _ends(health: Health) -> str:
    if not health.settled:
        return _("Nobody has come to an end with an alert of it in 90 days.")
    facts = {
        "settled": health.settled,
        "confirmed": f"{health.outcomes['confirmed'] / health.settled:.0%}",
        "dismissed": f"{health.outcomes['dismissed'] / health.settled:.0%}",
    }
    return _("Of %(settled)d settled alerts %(confirmed)s were confirmed and %(dismissed)s dismissed.") % facts
