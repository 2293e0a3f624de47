"""交办 from an alert: the drawer with its parties prefilled, the exact terms and the notice; and what was typed into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput
from ledger.roster.accounts import Role
from ledger.roster.models import Unit
from oversight.cases.facts import title_of
from oversight.cases.models import Case, Party
from oversight.cases.people import Person
from oversight.cases.policy.reading import policy_of
from oversight.cases.policy.terms import Terms
from oversight.cases.policy.words import span_text
from oversight.cases.prefill import Wanted, prefilled, usual_duty
from oversight.cases.related import may_join
from oversight.cases.services import NewParty
from oversight.cases.states import LEVELS_OF_TWO
from oversight.center.presenters.times import full_time
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.alerts.sentences import title
from risk.checklist.queries import item_at

MOST = 20


@dataclass(frozen=True)
class Typed:
    """The form as it was sent: units and duties by part in the order of the page, alerts that go along, basis and requirement."""

    parts: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    duties: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    basis: str = ""
    requirement: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> "Typed":
        return cls(
            parts=given.getlist("part")[:MOST],
            units=[text.strip()[:200] for text in given.getlist("unit")[:MOST]],
            duties=[text.strip() for text in given.getlist("duty")[:MOST]],
            alerts=[text[:20] for text in given.getlist("alert")[:MOST]],
            basis=given.get("basis", ""),
            requirement=given.get("requirement", ""),
        )

    def parties(self) -> list[NewParty]:
        """The units chosen, by name or by name and code as the list offers them; an empty second superior is none.

        Raises BadInput for a text that names no unit.
        """
        known = dict(Unit.objects.values_list("code", "name"))
        found = []
        for part, text, duty in self.rows():
            if not text:
                continue
            code = unit_code(text, known)
            if not code:
                raise BadInput(_("“%(text)s” is no unit of the list.") % {"text": text})
            found.append(NewParty(part, code, duty))
        return found

    def rows(self) -> list[tuple[str, str, str]]:
        """Part, unit and duty of each row of the form; a duty that was left empty is the usual one."""
        return [(part, unit, duty) for part, unit, duty in zip_longest(self.parts, self.units, self.duties, fillvalue="") if part]


def offered(code: str, name: str) -> str:
    """A unit as the field holds it: its name, and the code behind it, because names may be the same."""
    return f"{name} {code}"


def unit_code(text: str, known: Mapping[str, str]) -> str:
    """The code of the unit a field names (`known`: name by code); empty for none, or for a name that several have."""
    last = text.rsplit(" ", 1)[-1]
    if last in known:
        return last
    named = [code for code, name in known.items() if name == text]
    return named[0] if len(named) == 1 else ""


def may_dispatch(alert: Alert, viewer: Viewer) -> bool:
    """Whether to offer the dispatch; the service has the last word."""
    if alert.status != Alert.Status.ISSUED or alert.unit is None:
        return False
    return Person.of(viewer.user, viewer.grants).may(Role.SUPERVISOR, over=alert.unit.path)


def dispatch_context(alert: Alert, viewer: Viewer, typed: Typed | None = None) -> dict[str, Any]:
    """What cases/_dispatch_form.html prints for an issued alert that is in no case."""
    assert alert.unit is not None
    units = dict(Unit.objects.order_by("path").values_list("code", "name"))
    wanted = prefilled([alert], alert.unit)
    lead = Unit.objects.get(code=wanted[0].code) if wanted[0].code else alert.unit
    policy, terms = policy_of(alert.level), Terms(timezone.now())
    joining = list(may_join(alert, viewer.user).select_related("rule_version")[:MOST])
    chosen = {one.number for one in joining if one.matter_id == alert.matter_id} if typed is None else set(typed.alerts)
    item = item_at(alert.rule_version.checklist_item, alert.raised_at)
    basis = typed.basis if typed else (item.basis if item and item.basis else alert.rule_version.basis)
    told = {"sign": full_time(terms.end(policy.sign, lead))[:16], "due": full_time(terms.end(policy.feedback, lead))[:16]}
    return {
        "url": reverse("cases:dispatch", args=[alert.number]),
        "alert": {"number": alert.number, "level": alert.level},
        "parties": [_row(one, units, wanted) for one in wanted] if typed is None else _typed_rows(typed),
        "units": [offered(code, name) for code, name in units.items()],
        "joining": [
            {
                "number": one.number,
                "level": one.level,
                "title": title(one.rule_version, get_language() or "zh-hans"),
                "chosen": one.number in chosen,
            }
            for one in joining
        ],
        "basis": basis,
        "requirement": typed.requirement if typed else _("Establish the facts, rectify and report; the parties answer for their part."),
        "terms": {"sign_span": span_text(policy.sign), "due_span": span_text(policy.feedback), **told, "first": policy.first_report},
        "edited": policy.edited,
        "two_people": alert.level in LEVELS_OF_TWO,
        "notice": _notice(alert, units, wanted, told),
    }


def _row(one: Wanted, units: Mapping[str, str], wanted: list[Wanted]) -> dict[str, Any]:
    notes = []
    if one.moved:
        notes.append(_("one level up: the leader of the unit of the event is concerned"))
    if one.redacted:
        notes.append(_("its leader is recused by a relation: subject and evidence are not shown to them"))
    if not one.code:
        notes.append(_("nobody is named for this; choose a unit"))
    second = one.part == Party.Part.SUPERIOR and one != next(other for other in wanted if other.part == Party.Part.SUPERIOR)
    return {
        "part": one.part,
        "label": _("administrative superior") if second else Party.Part(one.part).label,
        "value": offered(one.code, units[one.code]) if one.code else "",
        "duty": usual_duty(one.part),
        "note": "; ".join(notes),
        "required": not second,
    }


def _typed_rows(typed: Typed) -> list[dict[str, Any]]:
    rows, seen = [], set[str]()
    for part, text, duty in typed.rows():
        if part in Party.DISPATCHED:
            second = part in seen
            label = _("administrative superior") if second else str(Party.Part(part).label)
            told = {"part": part, "label": label, "value": text, "duty": duty or usual_duty(part)}
            rows.append(told | {"note": "", "required": not second})
            seen.add(part)
    return rows


def _notice(alert: Alert, units: Mapping[str, str], wanted: list[Wanted], told: dict[str, str]) -> str:
    """What the lead unit will read."""
    named = {"unit": units.get(wanted[0].code, ""), "title": title_of(alert)} | told
    return _("%(unit)s: the matter “%(title)s” is handed to you. Sign before %(sign)s and report before %(due)s.") % named


def again_context(case: Case, viewer: Viewer, typed: Typed | None = None) -> dict[str, Any]:
    """The same form over a returned case, with the parties as they were asked for."""
    alert = Alert.objects.filter(of_case__case=case).select_related("rule_version", "unit").order_by("-level_rank", "pk")[0]
    parties = list(case.parties.filter(part__in=Party.DISPATCHED).select_related("unit").order_by("place"))
    was = Typed(
        parts=[party.part for party in parties],
        duties=[party.duty for party in parties],
        units=[offered(party.unit.code, party.unit.name) for party in parties],
        basis=case.basis,
        requirement=case.requirement,
    )
    context = dispatch_context(alert, viewer, typed or was)
    return context | {"url": reverse("cases:ask", args=[case.number]), "joining": [], "case": case.number}
