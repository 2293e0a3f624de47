"""The form that asks for a suppression: empty, or about what an alert is about."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.errors import BadInput
from ledger.roster.accounts import User
from ledger.roster.models import Unit
from oversight.center.presenters import words
from oversight.center.presenters.alerts import seen
from oversight.center.presenters.subjects import Names
from oversight.suppressions.lists import DECIDING
from oversight.sweeps.ordering import line_title
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.alerts.sentences import title
from risk.alerts.suppressions import ASKING, LONGEST
from risk.rules.models import LEVELS, Rule, SubjectKind
from risk.rules.queries import current_versions

USUAL = timedelta(days=30)
FIELDS = ("rule", "subject_kind", "subject_code", "unit", "ceiling", "reason", "owner", "valid_from", "expires_on", "scope")


@dataclass(frozen=True)
class Asked:
    """What was typed. From an alert its subject is taken as it stands there, so that nobody must know or type a citizen's number;
    `scope` then says whether the suppression is about this subject under this rule, under every rule, or about the rule alone."""

    alert: Alert | None = None
    typed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, given: QueryDict, viewer: Viewer) -> "Asked":
        """Raises NotFound for an alert that the person must not see."""
        number = given.get("alert", "").strip()[:20]
        return cls(seen(number, viewer) if number else None, {name: given.get(name, "").strip()[:1000] for name in FIELDS})

    def values(self) -> dict[str, Any]:
        """As ask_suppression takes them. Raises BadInput for what is none."""
        typed = self.typed
        found: dict[str, Any] = {
            "reason": typed["reason"],
            "ceiling": typed["ceiling"],
            "expires_on": _day(typed["expires_on"]),
            "valid_from": _day(typed["valid_from"]) if typed["valid_from"] else None,
            "unit": _one(Unit.objects.filter(code=typed["unit"]), typed["unit"], _("Choose the unit from the list.")),
            "owner": _one(owners().filter(username=typed["owner"]), typed["owner"], _("Choose who answers for it from the list.")),
        }
        if self.alert is None:
            found["rule"] = _one(Rule.objects.filter(code=typed["rule"]), typed["rule"], _("Choose the rule from the list."))
            return found | {"subject_kind": typed["subject_kind"], "subject_code": typed["subject_code"]}
        if typed["scope"] != "rule":
            found |= {"subject_kind": self.alert.subject_kind, "subject_code": self.alert.subject_code}
        return found | {"rule": self.alert.rule if typed["scope"] != "subject" else None}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(_("Give the days as YYYY-MM-DD.")) from None


def _one(found: Any, typed: str, problem: str) -> Any:
    if not typed:
        return None
    one = found.first()
    if one is None:
        raise BadInput(problem)
    return one


def owners() -> Any:
    """Those who may answer for a suppression: who may ask for or decide one today."""
    day = today()
    held = User.objects.filter(grants__role__in=ASKING | DECIDING, grants__valid_from__lte=day, is_active=True)
    return held.exclude(grants__valid_until__lt=day).distinct().order_by("name", "username")


def form_context(asked: Asked, viewer: Viewer) -> dict[str, Any]:
    """What suppressions/ask.html prints."""
    typed, alert = asked.typed, asked.alert
    subject = Names.of([alert]).subject(alert) if alert else None
    language = get_language() or "zh-hans"
    return {
        "typed": {
            **typed,
            "ceiling": typed["ceiling"] or (alert.level if alert else LEVELS[1]),
            "valid_from": typed["valid_from"] or f"{today()}",
            "expires_on": typed["expires_on"] or f"{today() + USUAL}",
            "scope": typed["scope"] or "both",
        },
        "alert": {
            "number": alert.number,
            "rule": f"{alert.rule.code} {title(alert.rule_version, language)}",
            "subject": f"{subject.column} {subject.code}".strip(),
        }
        if alert and subject
        else None,
        "rules": _rules(language) if alert is None else [],
        "kinds": SubjectKind.choices,
        "units": _units(viewer),
        "everywhere": any(len(grant.unit.path) == Unit.steplen for grant in viewer.grants if grant.role in ASKING),
        "levels": [(level, words.LEVELS[level]) for level in LEVELS],
        "owners": [(one.username, str(one)) for one in owners() if one.pk != viewer.user.pk],
        "first": f"{today()}",
        "longest": f"{today() + LONGEST}",
    }


def _rules(language: str) -> list[dict[str, Any]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for version in current_versions():
        found.setdefault(version.rule.line, []).append((version.rule.code, f"{version.rule.code} {title(version, language)}"))
    return [{"title": line_title(line), "rules": rules} for line, rules in sorted(found.items(), key=lambda item: item[0] != "common")]


def _units(viewer: Viewer) -> list[tuple[str, str]]:
    """The units below the person's own grants, indented as the tree is."""
    paths = tuple(grant.unit.path for grant in viewer.grants if grant.role in ASKING)
    units = [unit for unit in Unit.objects.order_by("path") if unit.path.startswith(paths)] if paths else []
    return [(unit.code, f"{'　' * (len(unit.path) // Unit.steplen - 1)}{unit.name}") for unit in units]
