"""What the bell tells of cases: one given to my unit or handed to me, what became of what I asked for, a decision asked of me, escalations,
terms near their end or over, and what my level is told of. Read anew each time: of a case somebody may see no more it tells nothing."""

from collections.abc import Callable
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.roster.accounts import Role
from oversight.access import opens
from oversight.cases.closing import CLOSING
from oversight.cases.copies import copies_of, raised_above
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import Approval, Case, CaseEntry, Layer, Party
from oversight.cases.offices import answered_for, held_over, own_parties
from oversight.cases.parties import CALLED, REMINDED
from oversight.cases.services import COPIED, DISPATCH
from oversight.cases.states import LEVELS_OF_TWO
from oversight.cases.telling import happened
from oversight.cases.timers import DISPATCH_OVERDUE, DISPATCH_SOON, ESCALATION_OVERDUE, ESCALATION_SOON, PARTY_OVERDUE, PARTY_SOON
from oversight.cases.visibility import openly_visible_cases, visible_cases
from oversight.duty.bell import Source, Told, each, register
from oversight.viewer import Viewer

HANDED, RAISED = "case.handed_over", "escalation.raised"
# The term of a watch is over, and nothing has become better by the case.
IN_VAIN = {"kind": "watch.ended", "data__verdict": "unchanged"}
# What others decided or found for who handles the case.
TO_HANDLER = (
    "case.approved",
    "case.returned",
    "case.lapsed",
    "case.closed",
    "case.sent_back",
    "case.reopened",
    "watch.relapsed",
    DISPATCH_OVERDUE,
    PARTY_OVERDUE,
    ESCALATION_OVERDUE,
)
# What becomes of an escalation, for who raised it.
TO_RAISER = ("escalation.received", "escalation.instructed", "escalation.finished", ESCALATION_OVERDUE)
# What a person hears of an escalation to a unit they answer for, and of a part their unit has in a case.
TO_ADDRESSEE = (RAISED, ESCALATION_SOON, ESCALATION_OVERDUE)
TO_PARTY = (CALLED, REMINDED, PARTY_SOON, PARTY_OVERDUE)


def register_bell() -> None:
    """Tell the bell of cases, at start."""
    register("case", Source(CaseEntry, told_of_cases, "at", lambda found, viewer: each(_case_words)(found.select_related("case"), viewer)))
    register("decision", Source(Approval, decisions_asked, "asked_at", _decision_words))


def told_of_cases(viewer: Viewer) -> QuerySet[CaseEntry]:
    """The entries that concern this person, and are not their own doing."""
    if not opens("cases:cases", viewer.roles):
        return CaseEntry.objects.none()
    seen = openly_visible_cases(viewer.user, viewer.grants).values("pk")
    mine = Q(Q(kind__in=TO_HANDLER) | Q(**IN_VAIN) | Q(kind=HANDED, data__to_user=viewer.user.pk), case__handler=viewer.user)
    raised = Escalation.objects.filter(number=OuterRef("about"))
    to_me = raised.filter(answered_for(viewer, "to_unit", Q(to_layer=Layer.DISCIPLINE)))
    escalated = Q(Exists(to_me), kind__in=TO_ADDRESSEE) | Q(Exists(raised.filter(raised_by=viewer.user)), kind__in=TO_RAISER)
    # While it waits: once somebody has decided, its term is told no more.
    leads = held_over(viewer, Role.LEADER, column="case__unit__path")
    decides = Q(leads, kind__in=(DISPATCH_SOON, DISPATCH_OVERDUE), case__status=Case.Status.ASKED) & ~Q(case__opened_by=viewer.user)
    beside = Q(pk__in=copies_of(viewer).order_by().values("pk")) | Q(pk__in=raised_above(viewer).order_by().values("pk"))
    told = Q(mine | escalated | decides | beside, case__in=seen) | _given(viewer)
    return CaseEntry.objects.filter(told).exclude(actor=viewer.user)


def _given(viewer: Viewer) -> Q:
    """Parties they answer for were called or reminded, or their term runs out. Who may not know about whom the case is hears of it where
    their own unit is redacted."""
    blind = visible_cases(viewer.user, viewer.grants).values("pk")
    known = openly_visible_cases(viewer.user, viewer.grants).values("pk")
    called = Party.objects.filter(own_parties(viewer), Q(case__in=known) | Q(redacted=True, case__in=blind), case=OuterRef("case"))
    named = called.annotate(named=Concat("case__number", Value("/"), Cast("place", CharField()), output_field=CharField()))
    return Q(Exists(named.filter(named=OuterRef("about"))), kind__in=TO_PARTY)


def decisions_asked(viewer: Viewer) -> QuerySet[Approval]:
    """Dispatches and closings that wait for this person; gone once somebody has decided."""
    if viewer.roles.isdisjoint((Role.LEADER, Role.SUPERVISOR)):
        return Approval.objects.none()
    leads, supervises = held_over(viewer, Role.LEADER), held_over(viewer, Role.SUPERVISOR)
    others = openly_visible_cases(viewer.user, viewer.grants).exclude(handler=viewer.user)
    dispatched = others.filter(leads).exclude(opened_by=viewer.user).values("number")
    closed = others.filter(leads | supervises & ~Q(level__in=LEVELS_OF_TWO)).values("number")
    wanted = Q(kind=DISPATCH, about__in=dispatched) | Q(kind=CLOSING, about__in=closed)
    return Approval.objects.filter(wanted, state=Approval.State.ASKED).exclude(asked_by=viewer.user)


def _case_words(entry: CaseEntry, viewer: Viewer) -> Told:
    case = entry.case
    url = reverse("cases:case", args=[case.number])
    of_unit = {CALLED: _("A case was given to your unit"), REMINDED: _("Your unit is reminded of its part in a case")}.get(entry.kind)
    if entry.kind in (PARTY_SOON, PARTY_OVERDUE):
        of_unit = f"{entry.data['unit']} {happened(entry)}"
    if of_unit:
        # The case may be redacted for them, so it is told by its number alone.
        return {"text": of_unit, "detail": case.number, "url": url, "level": case.level}
    told = {HANDED: _("A case was handed to you"), COPIED: _("A case, for your information")}.get(entry.kind)
    if entry.kind == RAISED:
        told = _escalation_text(entry)
    if entry.kind in TO_ADDRESSEE:
        url = f"{url}#{entry.about}"
    return {"text": told or happened(entry), "detail": f"{case.number} {case.title}", "url": url, "level": case.level}


def _escalation_text(entry: CaseEntry) -> str:
    return _("A case was raised to %(unit)s") % {"unit": entry.data["to_unit"]}


def _decision_words(found: QuerySet[Approval], viewer: Viewer) -> dict[int, Told]:
    asked = list(found)
    cases = {case.number: case for case in Case.objects.filter(number__in=[one.about for one in asked])}
    texts: dict[str, Callable[[], str]] = {DISPATCH: lambda: _("Dispatch to be approved"), CLOSING: lambda: _("Case to be closed")}
    return {one.pk: _decision(cases[one.about], texts[one.kind]()) for one in asked}


def _decision(case: Case, text: str) -> dict[str, Any]:
    return {
        "text": text,
        "detail": f"{case.number} {case.title}",
        "url": reverse("cases:case", args=[case.number]),
        "level": case.level,
    }
