"""The form that orders a sweep: days, rules, a reason, and how much that is before anybody says so."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ledger.kit.errors import MingjingError
from oversight.center.presenters import words
from oversight.intake.labels import grouped
from risk.alerts.sentences import title
from risk.rules.models import RuleVersion
from risk.rules.queries import current_versions, versions_on
from risk.sweeps.planning import history, plan_sweep

MOST_RULES = 500


@dataclass(frozen=True)
class Ordered:
    """What was typed; a day that is none counts as not given."""

    first: str = ""
    last: str = ""
    rules: tuple[str, ...] = ()
    reason: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> "Ordered":
        rules = tuple(dict.fromkeys(code.strip()[:20] for code in given.getlist("rule")[:MOST_RULES] if code.strip()))
        return cls(given.get("first", "").strip()[:10], given.get("last", "").strip()[:10], rules, given.get("reason", "")[:1000])

    @property
    def first_day(self) -> date | None:
        return _day(self.first)

    @property
    def last_day(self) -> date | None:
        return _day(self.last)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def amount_context(wanted: Ordered) -> dict[str, Any]:
    """{amount: {text, detail} or {problem}}: how much the sweep would look at."""
    try:
        plan = plan_sweep(first_day=wanted.first_day, last_day=wanted.last_day, rule_codes=wanted.rules)
    except MingjingError as error:
        return {"amount": {"problem": str(error)}}
    rules = ngettext("%(number)s rule", "%(number)s rules", plan.rules) % {"number": plan.rules}
    days = ngettext("%(number)s day", "%(number)s days", plan.days.days) % {"number": grouped(plan.days.days)}
    rows = ngettext("%(number)s transaction", "%(number)s transactions", plan.transactions) % {"number": grouped(plan.transactions)}
    parts = ngettext("in %(number)s part", "in %(number)s parts", len(plan.parts)) % {"number": grouped(len(plan.parts))}
    return {
        "amount": {
            "text": _("%(rows)s on %(days)s, looked at by %(rules)s") % {"rows": rows, "days": days, "rules": rules},
            "detail": f"{plan.days.first} – {plan.days.last}{_(', ')}{parts}",
        }
    }


def form_context(wanted: Ordered) -> dict[str, Any]:
    """What sweeps/order.html prints. Rules by line, as many as are published; the days there are."""
    known = history()
    return {
        "wanted": wanted,
        "span": {"first": f"{known.first}", "last": f"{known.last}"} if known else None,
        "groups": _groups(wanted),
        "chosen": len(wanted.rules),
        "shortest": 5,
        **amount_context(wanted),
    }


def _groups(wanted: Ordered) -> list[dict[str, Any]]:
    """[{title, rules [{code, title, mode, chosen}], chosen}] of the rules in force, by line."""
    language, found = get_language() or "zh-hans", dict[str, list[dict[str, Any]]]()
    for version in current_versions():
        told = {
            "code": version.rule.code,
            "title": title(version, language),
            "mode": version.get_mode_display() if version.mode != RuleVersion.Mode.LIVE else "",
            "chosen": version.rule.code in wanted.rules,
        }
        found.setdefault(version.rule.line, []).append(told)
    order = ["common", *sorted(line for line in found if line != "common")]
    return [
        {
            "title": line_title(line),
            "rules": found[line],
            "chosen": sum(rule["chosen"] for rule in found[line]),
        }
        for line in order
        if line in found
    ]


def line_title(line: str) -> str:
    return _("all lines") if line == "common" else words.line_title(line)


def rules_known(codes: list[str]) -> dict[str, str]:
    """Titles of rules by code, as they are in force."""
    language = get_language() or "zh-hans"
    return {version.rule.code: title(version, language) for version in versions_on().filter(rule__code__in=codes)}
