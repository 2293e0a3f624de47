"""One case as its page shows it: what it is about, who takes part on which clock, the five levels, its record, what this person may do."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.kit.masking import mask_free_text
from oversight.cases import closing
from oversight.cases.clocks import approval_clock, escalation_clock, next_clock, party_clock
from oversight.cases.conduct import possible_handlers
from oversight.cases.escalations.grounds import grounds_of
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.services import likely_target, targets, waiting
from oversight.cases.escalations.states import TABLE as ESCALATION_TABLE
from oversight.cases.leading.models import Lead
from oversight.cases.leading.queries import ENTRIES, watches
from oversight.cases.models import Approval, Case, CaseEntry, Layer, Party
from oversight.cases.parties import reminders
from oversight.cases.people import Person
from oversight.cases.policy.reading import Policy
from oversight.cases.policy.words import span_text
from oversight.cases.reasons import ClosingRefused, DispatchReturned
from oversight.cases.running import with_terms
from oversight.cases.services import DISPATCH
from oversight.cases.states import SIGNERS, Act, possible, possible_with
from oversight.cases.telling import CASE_MARKS, ESCALATION_MARKS, PARTY_MARKS, layers_of, party_status, record_of, units_text
from oversight.center.presenters import words
from oversight.center.presenters.acts import choices_of
from oversight.center.presenters.rows import ready_for_rows, said
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import full_time, short_time
from oversight.viewer import Viewer
from risk.alerts.models import Alert

S = Case.Status
_SIGN = tuple({role for roles in SIGNERS.values() for role in roles})


def case_context(case: Case, viewer: Viewer) -> dict[str, Any]:
    """What cases/case.html prints, but for the sections of other areas. A redacted case tells nothing but its parties' own part."""
    person = Person.of(viewer.user, viewer.grants)
    parties = list(with_terms(case.parties.all()).select_related("unit", "signed_by", "done_by").order_by("place"))
    for party in parties:
        party.case = case
    if case.redacted:
        parties = [party for party in parties if party.redacted and person.holds(*_SIGN, over=party.unit.path)]
    told = not case.redacted and watches(viewer, case)
    entries = _entries(case, parties, told)
    may, reminded, asked = possible(person, case), reminders(entries), _asked(case)
    return {
        "case": _head(case, parties, asked),
        "lead": _lead(case) if told else None,
        "parties": [_party(party, person, reminded[party.about]) for party in parties],
        "layers": None if case.redacted else layers_of(entries),
        "alerts": [] if case.redacted else _alerts(case, viewer),
        "escalations": [] if case.redacted else _escalations(case, person),
        "timeline": record_of(case, entries),
        "urls": {act.name.lower(): reverse(f"cases:{act}", args=[case.number]) if act in may else None for act in Act},
        "waits": _waits(asked) if asked else None,
        "note": _note(case, may),
        "obstacles": closing.obstacles(case) if Act.PROPOSE in may else [],
        "outcomes": Case.Outcome.choices,
        "raising": _raising(case, viewer) if Act.ESCALATE in may else None,
        "returns": choices_of(DispatchReturned),
        "refusals": choices_of(ClosingRefused),
        "bodies": Lead.Body.choices if Act.LED_BY in may else [],
        "day": f"{today()}",
        "handlers": [(user.pk, str(user)) for user in possible_handlers(case)] if Act.HAND_OVER in may else [],
    }


def _lead(case: Case) -> dict[str, Any]:
    """配合查处: the body that leads the case now or None, and those that did."""
    leads = list(case.leads.select_related("entered_by", "ended_by").order_by("-id"))
    rows = [
        {
            "body": one.body,
            "label": one.get_body_display(),
            "name": one.name,
            "reference": one.reference,
            "contact": one.contact,
            "asked": one.asked,
            "since": f"{one.since}",
            "until": f"{one.until}" if one.until else "",
            "result": mask_free_text(one.result),
            "by": _by(one.entered_by, one.entered_at),
        }
        for one in leads
    ]
    return {"now": next((row for row in rows if not row["until"]), None), "rows": rows}


def _entries(case: Case, parties: Sequence[Party], told: bool) -> list[CaseEntry]:
    """`told`: this person watches over the case, and so is told who else leads it."""
    found = case.entries.select_related("actor").order_by("id")
    if not told:
        found = found.exclude(kind__in=ENTRIES)
    if case.redacted:
        found = found.filter(about__in=[party.about for party in parties])
    entries = list(found)
    for entry in entries:
        entry.case = case
    return entries


def _head(case: Case, parties: Sequence[Party], asked: Approval | None) -> dict[str, Any]:
    told = {
        "number": case.number,
        "level": case.level,
        "mark": CASE_MARKS[case.status],
        "status": case.status,
        "status_label": case.get_status_display(),
        "handler": str(case.handler),
        "sealed": case.sealed,
        "reopened": case.reopened,
        "redacted": case.redacted,
        "deadline": next_clock(parties) if case.status == S.HANDLING else approval_clock(asked),
        "requirement": case.requirement,
    }
    if case.redacted:
        return told | {"title": _("The subject is not shown to you: you are recused by a relation"), "facts": [], "terms": _terms(case)}
    return told | {
        "title": case.title,
        "line": words.line_title(case.line),
        "unit": case.unit.name,
        "facts": mask_free_text(case.facts).splitlines(),
        "basis": case.basis,
        "opened_by": str(case.opened_by),
        "opened": full_time(case.opened_at),
        "outcome": case.get_outcome_display() if case.outcome else "",
        "conclusion": mask_free_text(case.conclusion),
        "closed": f"{case.closed_by} {full_time(case.closed_at)}" if case.closed_at else "",
        "terms": _terms(case),
    }


def _terms(case: Case) -> list[str]:
    if not case.policy:
        return []
    policy = Policy.kept(case.policy)
    found = [_("sign within %(span)s") % {"span": span_text(policy.sign)}]
    if policy.first_report:
        found.append(_("first report within %(hours)d hours") % {"hours": policy.first_report})
    found.append(_("report within %(span)s") % {"span": span_text(policy.feedback)})
    return found


def _party(party: Party, person: Person, reminded: int) -> dict[str, Any]:
    may = possible_with(person, party)
    return {
        "pk": party.pk,
        "label": party.get_part_display(),
        "unit": party.unit.name,
        "duty": party.duty,
        "mark": PARTY_MARKS[party.status],
        "status": party_status(party, party.case),
        "deadline": party_clock(party) if party.case.status not in (S.ASKED, S.RETURNED) else None,
        "signed": _by(party.signed_by, party.signed_at),
        "done": _by(party.done_by, party.done_at),
        "work": mask_free_text(party.work),
        "redacted": party.redacted,
        "reminders": reminded,
        "urls": {act: reverse(f"cases:party-{act}", args=[party.case.number, party.pk]) for act in may},
    }


def _by(user: Any, at: Any) -> str:
    return f"{user} {short_time(at)}" if at else ""


def _alerts(case: Case, viewer: Viewer) -> list[dict[str, Any]]:
    """The alerts with their sentences; a link for who watches alerts, the sentence alone for the parties."""
    alerts = list(ready_for_rows(Alert.objects.filter(of_case__case=case)).order_by("-level_rank", "pk"))
    names = Names.of(alerts)
    seen = set(viewer.alerts.filter(of_case__case=case).values_list("pk", flat=True)) if viewer.watches else set()
    return [
        {
            "number": alert.number,
            "level": alert.level,
            "sentence": said(alert, names.subject(alert)),
            "status_label": words.status(alert),
            "mark": words.mark(alert),
            "evidence": alert.evidence_count,
            "undone": alert.hit_count == 0,
            "url": reverse("center:alert", args=[alert.number]) if alert.pk in seen else "",
        }
        for alert in alerts
    ]


def _escalations(case: Case, person: Person) -> list[dict[str, Any]]:
    rows = case.escalations.select_related("from_unit", "to_unit", "raised_by", "received_by", "finished_by").order_by("-id")
    return [escalation_row(one, case, person) for one in rows]


def escalation_row(one: Escalation, case: Case, person: Person) -> dict[str, Any]:
    """An escalation as a row of its list and as a block on the page of its case."""
    may = ESCALATION_TABLE.possible(person, one)
    return {
        "number": one.number,
        "case": case.number,
        "case_title": case.title,
        "case_url": reverse("cases:case", args=[case.number]),
        "level": case.level,
        "reason": one.get_reason_display(),
        "urgency": one.get_urgency_display(),
        "from_unit": one.from_unit.name,
        "from_layer": one.get_from_layer_display(),
        "to_unit": one.to_unit.name,
        "to_layer": one.get_to_layer_display(),
        "addressee": one.addressee,
        "grounds": one.grounds,
        "requirement": one.requirement,
        "mark": ESCALATION_MARKS[one.status],
        "status": one.get_status_display(),
        "deadline": escalation_clock(one),
        "raised": f"{one.raised_by or _('System')} {short_time(one.raised_at)}",
        "raised_exactly": full_time(one.raised_at),
        "received": _by(one.received_by, one.received_at),
        "instruction": mask_free_text(one.instruction),
        "opinion": mask_free_text(one.opinion),
        "finished": _by(one.finished_by, one.finished_at),
        "urls": {act: reverse(f"cases:escalation-{act}", args=[one.number]) for act in may},
    }


def _asked(case: Case) -> Approval | None:
    """What waits for another person's decision."""
    kind = {S.ASKED.value: DISPATCH, S.PROPOSED.value: closing.CLOSING}.get(case.status)
    if kind is None or case.redacted:
        return None
    return Approval.objects.filter(about=case.number, kind=kind, state=Approval.State.ASKED).select_related("asked_by").first()


def _waits(asked: Approval) -> dict[str, Any]:
    """It in words: {title, text, lines}."""
    by = _("Asked for by %(name)s, %(time)s") % {"name": asked.asked_by, "time": short_time(asked.asked_at)}
    if asked.kind == DISPATCH:
        return {"title": _("Dispatch to be approved by a leader"), "text": asked.content["requirement"], "lines": [by]}
    undone = asked.content["undone"]
    left = [_("Without its duty done: %(units)s") % {"units": units_text(undone)}] if undone else []
    title = _("To be closed as %(outcome)s") % {"outcome": Case.Outcome(asked.content["outcome"]).label}
    return {"title": title, "text": mask_free_text(asked.content["conclusion"]), "lines": [*left, by]}


def _note(case: Case, may: frozenset[str]) -> str:
    """What the status means for who can decide nothing now."""
    if case.redacted or may - {Act.COMMENT, Act.INSTRUCT, Act.ESCALATE, Act.SEAL}:
        return ""
    return {
        S.ASKED.value: _("A leader approves the dispatch; until then no party sees it."),
        S.RETURNED.value: _("The handler changes the dispatch and asks again."),
        S.HANDLING.value: "",
        S.PROPOSED.value: _("Another person than the handler closes it."),
        S.CLOSED.value: _("A leader or the discipline inspection may reopen it."),
    }[case.status]


def _raising(case: Case, viewer: Viewer) -> dict[str, Any]:
    """What the dialog of raising offers under digits: grounds from the facts of the case, then to whom, the likely one chosen."""
    grounds = grounds_of(case, viewer.user, viewer.grants)
    listed = [{"value": key, "label": text or _("another reason"), "own": not text} for key, text in grounds.items()]
    likely, after = likely_target(case), len(listed) + 1
    found, waits = enumerate(targets(case).items(), start=after), waiting(case)
    to = [
        {
            "value": key,
            "label": f"{Layer(layer).label} {unit.name}",
            "digit": number if number < 10 else "",
            "likely": key == likely,
            "waits": f"{waits[key].number} {waits[key].get_status_display()}" if key in waits else "",
        }
        for number, (key, (layer, unit)) in found
    ]
    return {"grounds": listed, "targets": to}
