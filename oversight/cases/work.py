"""Cases on the workbench: what waits for this person (parties, escalations, decisions), what they did and asked for."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oversight.access import opens
from oversight.cases.clocks import CLOCKS, approval_clock, escalation_clock, first_to_end, party_clock
from oversight.cases.copies import copied_entries, copied_lines
from oversight.cases.escalations.models import Escalation
from oversight.cases.escalations.states import TABLE as ESCALATION_TABLE
from oversight.cases.lists import dispatches_asked
from oversight.cases.models import Approval, Case, CaseEntry, Layer, Party
from oversight.cases.offices import ANSWERS, answered_for, own_parties
from oversight.cases.people import Person
from oversight.cases.running import handled, raised, with_terms, without_given
from oversight.cases.states import Act, Status, possible, possible_with
from oversight.cases.telling import CASE_MARKS, ESCALATION_MARKS, PARTY_MARKS
from oversight.cases.visibility import openly_visible_cases, visible_cases
from oversight.center import requests
from oversight.center.presenters.times import Deadline
from oversight.center.requests import Copied, Line, line
from oversight.viewer import Viewer

RECENT = timedelta(days=30)
DECIDES = {Status.ASKED.value: Act.APPROVE, Status.PROPOSED.value: Act.CLOSE}


def register_work() -> None:
    """Tell the workbench of what cases wait for, at start."""
    requests.register(waiting=parties_waiting, asked=own_cases, done=cases_done)
    requests.register(waiting=decisions_waiting)
    requests.register(waiting=escalations_waiting)
    requests.register(copied=Copied(copied_entries, copied_lines))


def _concerned(viewer: Viewer) -> bool:
    return opens("cases:cases", viewer.roles)


def parties_waiting(viewer: Viewer) -> list[Line]:
    """Parties this person signs and answers for, whose part is not done."""
    if not viewer.roles & set(ANSWERS):
        return []
    person = Person.of(viewer.user, viewer.grants)
    # The legal review waits as a line of its measure.
    mine = Party.objects.filter(own_parties(viewer)).exclude(status=Party.Status.DONE).exclude(part=Party.Part.LEGAL)
    # What higher areas have given them to do stands on the workbench by itself.
    mine = with_terms(without_given(mine))
    seen = visible_cases(viewer.user, viewer.grants).filter(Exists(mine.filter(case=OuterRef("pk"))), status=Status.HANDLING)
    cases = {case.pk: case for case in seen.select_related("unit")}
    together: dict[tuple[int, int], list[Party]] = {}
    for party in mine.filter(case__in=list(cases)).select_related("unit").order_by("place") if cases else ():
        party.case = cases[party.case_id]
        if possible_with(person, party) and (party.redacted or not party.case.redacted):
            together.setdefault((party.case_id, party.unit_id), []).append(party)
    return [_parts(found) for found in together.values()]


def _parts(found: list[Party]) -> Line:
    """One line for all parts that a unit takes in a case: what is to be done next of them, under the term that ends first."""
    first = first_to_end(found) or found[0]
    case = first.case
    kind = _("To be signed for") if any(one.status == Party.Status.WAITING for one in found) else _("Duty to be done")
    named = _("; ").join(one.duty for one in found) if case.redacted else case.title
    unit = f"{first.unit.name} {_(', ').join(one.get_part_display() for one in found)}" if len(found) > 1 else first.unit.name
    told = {"mark": PARTY_MARKS[first.status], "label": first.get_status_display(), "url": _url(case)}
    more: dict[str, Any] = {"level": case.level, "deadline": party_clock(first)}
    return line(kind, f"{case.number} {named}", unit, case.opened_at, **told, **more)


def decisions_waiting(viewer: Viewer) -> list[Line]:
    """Cases to be dispatched or closed by this person, and their own: those that came back, and those in which a term is near or over."""
    if not viewer.watches:
        return []
    seen = openly_visible_cases(viewer.user, viewer.grants).select_related("unit", "handler")
    person, now = Person.of(viewer.user, viewer.grants), timezone.now()
    pressing = Q(pk__in=())
    for clock in CLOCKS:
        pressing |= handled(clock, now) | Q(raised(clock, now), status=Status.HANDLING)
    cases = list(seen.filter(Q(status__in=DECIDES) | Q(Q(status=Status.RETURNED) | pressing, handler=viewer.user)).order_by("updated_at"))
    asked, running = dispatches_asked(cases), _first_terms(cases, now)
    lines = []
    for case in cases:
        if case.status == Status.RETURNED:
            lines.append(_decision(case, _("Dispatch returned to you")))
        elif case.status == Status.HANDLING:
            lines.append(_decision(case, _("A term in your case"), *running[case.pk]))
        elif DECIDES[case.status] in possible(person, case):
            kind = _("Dispatch to be approved") if case.status == Status.ASKED else _("Case to be closed")
            lines.append(_decision(case, kind, deadline=approval_clock(asked.get(case.number), now)))
    return lines


def _first_terms(cases: list[Case], now: datetime) -> dict[int, tuple[str, Deadline | None]]:
    """For each of them that is being handled, whose term ends first, of its parties and of whom it was raised to, and how that stands."""
    pks = [case.pk for case in cases if case.status == Status.HANDLING]
    if not pks:
        return {}
    raised_to = Escalation.objects.filter(case__in=pks).exclude(status=Escalation.Status.FINISHED).select_related("to_unit")
    ends: list[tuple[datetime, int, str, Deadline | None]]
    ends = [(one.due_at, one.case_id, one.to_unit.name, escalation_clock(one, now)) for one in raised_to]
    for party in with_terms(Party.objects.filter(case__in=pks)).select_related("unit"):
        if party.term_end is not None:
            ends.append((party.term_end, party.case_id, party.unit.name, party_clock(party, now)))
    found: dict[int, tuple[str, Deadline | None]] = {}
    for _due, pk, unit, deadline in sorted(ends, key=lambda end: end[:3]):
        found.setdefault(pk, (unit, deadline))
    return found


def _decision(case: Case, kind: str, who: str = "", deadline: Deadline | None = None) -> Line:
    told = {"mark": CASE_MARKS[case.status], "label": case.get_status_display(), "url": _url(case), "level": case.level}
    return line(kind, f"{case.number} {case.title}", who or str(case.handler), case.updated_at, deadline=deadline, **told)


def escalations_waiting(viewer: Viewer) -> list[Line]:
    """Escalations raised to a unit this person answers for, until they are finished."""
    if not viewer.roles & set(ANSWERS):
        return []
    person = Person.of(viewer.user, viewer.grants)
    cases = openly_visible_cases(viewer.user, viewer.grants)
    mine = answered_for(viewer, "to_unit", Q(to_layer=Layer.DISCIPLINE))
    found = Escalation.objects.filter(mine, case__in=cases.values("pk")).exclude(status=Escalation.Status.FINISHED)
    lines = []
    for one in found.select_related("case", "to_unit", "from_unit").order_by("raised_at"):
        if ESCALATION_TABLE.possible(person, one):
            told = {"mark": ESCALATION_MARKS[one.status], "label": one.get_status_display(), "url": f"{_url(one.case)}#{one.number}"}
            more: dict[str, Any] = {"level": one.case.level, "deadline": escalation_clock(one)}
            lines.append(line(_("Escalation"), f"{one.number} {one.case.title}", one.from_unit.name, one.raised_at, **told, **more))
    return lines


def own_cases(viewer: Viewer) -> list[Line]:
    """Dispatches and closings this person asked others to decide: those that wait, and those of the last days."""
    if not _concerned(viewer):
        return []
    kept = Q(asked_at__gte=timezone.now() - requests.KEPT) | Q(state=Approval.State.ASKED)
    mine = list(Approval.objects.filter(kept, asked_by=viewer.user, kind__in=("dispatch", "closing")).select_related("decided_by"))
    if not mine:
        return []
    seen = openly_visible_cases(viewer.user, viewer.grants).filter(number__in={one.about for one in mine})
    cases = {case.number: case for case in seen}
    kinds = {"dispatch": _("Dispatch of a case"), "closing": _("Closing of a case")}
    return [
        line(
            kinds[one.kind],
            f"{one.about} {cases[one.about].title}",
            str(one.decided_by or ""),
            one.asked_at,
            mark=requests.MARKS.get(one.state, "withdrawn"),
            label=one.get_state_display(),
            url=_url(cases[one.about]),
            level=cases[one.about].level,
            deadline=approval_clock(one),
        )
        for one in mine
        if one.about in cases
    ]


def cases_done(viewer: Viewer) -> list[Line]:
    """Cases this person did something in within the last days; what they did last stands first."""
    if not _concerned(viewer):
        return []
    acts = CaseEntry.objects.filter(actor=viewer.user, at__gte=timezone.now() - RECENT)
    last = dict(acts.order_by().values_list("case").annotate(last=Max("at")))
    if not last:
        return []
    found = visible_cases(viewer.user, viewer.grants).filter(pk__in=list(last)).select_related("unit")
    lines = []
    for case in found.order_by(F("updated_at").desc()):
        named = case.number if case.redacted else f"{case.number} {case.title}"
        unit = "" if case.redacted else case.unit.name
        told = {"mark": CASE_MARKS[case.status], "label": case.get_status_display(), "url": _url(case), "level": case.level}
        lines.append(line(_("Case"), named, unit, last[case.pk], **told))
    return lines


def _url(case: Case) -> str:
    return reverse("cases:case", args=[case.number])
