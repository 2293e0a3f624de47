"""What the bell tells of measures: an interview that was set, reviews and decisions that wait for this person, last days that come."""

from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.kit.days import today
from ledger.roster.accounts import Role
from oversight.access import opens
from oversight.cases.models import Approval, CaseEntry, TookPart
from oversight.cases.offices import held_over
from oversight.cases.visibility import openly_visible_cases
from oversight.duty.bell import Source, Told, each, register
from oversight.measures.base import DECISION, LEGAL
from oversight.measures.catalogue import KINDS
from oversight.measures.interviews.models import Interview
from oversight.measures.joint.models import JointPoints
from oversight.measures.joint.telling import credited_words, points_credited
from oversight.measures.kinds import Kind
from oversight.measures.queries import visible_measures
from oversight.measures.suspensions.kind import KIND as SUSPENSIONS
from oversight.measures.suspensions.models import EXTENDING, LIFTING, REVOKING, STANDING, AgencyObjection, Suspension
from oversight.viewer import Viewer

SET = ("interview.notify", "interview.reschedule")
# What leaders decide; of the kinds that ask for no more than another's consent the discipline inspection decides too.
DECIDED = (DECISION, LIFTING, EXTENDING, REVOKING)
CONSENTED = ("interviews", "transfers")


def register_bell() -> None:
    """Tell the bell of measures, at start."""
    register("interview", Source(CaseEntry, interviews_set, "at", _interview_words))
    register("measure", Source(Approval, decisions_asked, "asked_at", _decision_words))
    register("joint", Source(JointPoints, points_credited, "credited_at", each(credited_words)))
    register("objection", Source(AgencyObjection, objections_waiting, "entered_at", each(_objection_words)))
    register("answered", Source(AgencyObjection, objections_answered, "answered_at", each(_answer_words)))
    register("last_day", Source(CaseEntry, last_days, "at", _last_day_words))


def interviews_set(viewer: Viewer) -> QuerySet[CaseEntry]:
    """The entries by which interviews were arranged or moved, for the interviewee and for who holds them; while they are to be held."""
    notified = Interview.objects.filter(status=Interview.Status.NOTIFIED, number=OuterRef("about"))
    seen = openly_visible_cases(viewer.user, viewer.grants).values("pk")
    holding = notified.filter(Q(interviewer=viewer.user) | Q(second=viewer.user), case__in=seen)
    mine = Exists(notified.filter(interviewee=viewer.user)) | Exists(holding)
    return CaseEntry.objects.filter(mine, kind__in=SET).exclude(actor=viewer.user)


def decisions_asked(viewer: Viewer) -> QuerySet[Approval]:
    """Approvals of measures that wait for this person; gone once somebody has decided. Who took another part in a measure is not asked."""
    if not viewer.person.officer or viewer.roles.isdisjoint((Role.LEADER, Role.DISCIPLINE, Role.UNIT_OFFICER)):
        return Approval.objects.none()
    # Who decided a suspension may lift, extend and revoke it too.
    parts = TookPart.objects.filter(about=OuterRef("about"), user=viewer.user).exclude(part="decided")
    waiting = Approval.objects.filter(state=Approval.State.ASKED).exclude(asked_by=viewer.user).exclude(Exists(parts))
    wanted = _led(viewer) | _reviewed(viewer)
    for kind in KINDS.values():
        if kind.concerned and viewer.user.staff_no:
            own = Q(subject_kind="staff", **{kind.concerned: viewer.user.staff_no})
            waiting = waiting.exclude(about__in=kind.model._default_manager.filter(own).values("number"))
    return waiting.filter(wanted)


def last_days(viewer: Viewer) -> QuerySet[CaseEntry]:
    """That the last day of a suspension comes, or is over, while it is not accepted: for who proposed it, handles or leads its case."""
    if not opens("measures:suspensions", viewer.roles):
        return CaseEntry.objects.none()
    concerned = Q(proposed_by=viewer.user) | Q(case__handler=viewer.user) | held_over(viewer, Role.LEADER, column="case__unit__path")
    seen = openly_visible_cases(viewer.user, viewer.grants).values("pk")
    standing = Suspension.objects.filter(concerned, status__in=STANDING, case__in=seen).annotate(last_day=Cast("ends_on", CharField()))
    same, now = standing.filter(number=OuterRef("about"), last_day=OuterRef("last_day")), today()
    soon, over = Exists(same.filter(ends_on__gte=now)), Exists(same.filter(ends_on__lt=now))
    entries = CaseEntry.objects.annotate(last_day=KT("data__last_day"))
    return entries.filter(Q(soon, kind="suspension.soon") | Q(over, kind="suspension.overran"))


def objections_waiting(viewer: Viewer) -> QuerySet[AgencyObjection]:
    """What agencies object and this person may answer: who had no hand in the decision and leads or inspects the case."""
    if not viewer.person.officer or viewer.roles.isdisjoint((Role.LEADER, Role.DISCIPLINE)):
        return AgencyObjection.objects.none()
    held = held_over(viewer, Role.LEADER, Role.DISCIPLINE, column="suspension__case__unit__path")
    found = _objections_seen(viewer).filter(held, answered_by=None, suspension__status__in=(*STANDING, Suspension.Status.PROBATION))
    own = Q(against=viewer.user) | Q(suspension__proposed_by=viewer.user) | Q(suspension__legal_by=viewer.user)
    return found.exclude(own)


def objections_answered(viewer: Viewer) -> QuerySet[AgencyObjection]:
    """What was answered by somebody else, for who took it in, proposed or decided the suspension, and handles its case."""
    if not opens("measures:suspensions", viewer.roles):
        return AgencyObjection.objects.none()
    told = Q(entered_by=viewer.user) | Q(against=viewer.user) | Q(suspension__proposed_by=viewer.user)
    told |= Q(suspension__case__handler=viewer.user)
    return _objections_seen(viewer).filter(told, answered_by__isnull=False).exclude(answered_by=viewer.user)


def _objections_seen(viewer: Viewer) -> QuerySet[AgencyObjection]:
    seen = openly_visible_cases(viewer.user, viewer.grants).values("pk")
    return AgencyObjection.objects.filter(suspension__case__in=seen).select_related("suspension")


def _objection_words(one: AgencyObjection, viewer: Viewer) -> Told:
    detail = f"{one.suspension.number} {one.suspension.title} · {_('answer by %(day)s') % {'day': one.answer_by}}"
    return {"text": _("An agency objects: your answer is asked for"), "detail": detail, "url": _objection_url(one)}


def _answer_words(one: AgencyObjection, viewer: Viewer) -> Told:
    detail = f"{one.suspension.number} {one.suspension.title} · {one.get_outcome_display()}"
    return {"text": _("An agency's objection was answered"), "detail": detail, "url": _objection_url(one)}


def _objection_url(one: AgencyObjection) -> str:
    return f"{reverse('measures:suspensions-one', args=[one.suspension.number])}#objections"


def _led(viewer: Viewer) -> Q:
    """Of the cases they lead: decisions; of those they inspect: those that want consent alone."""
    leads, inspects = (held_over(viewer, role, column="case__unit__path") for role in (Role.LEADER, Role.DISCIPLINE))
    seen = openly_visible_cases(viewer.user, viewer.grants).values("pk")
    entries = CaseEntry.objects.filter(about=OuterRef("about"), case__in=seen)
    consented = Q(pk__in=[])
    for code in CONSENTED:
        consented |= Q(about__startswith=f"{KINDS[code].prefix}-")
    return Q(Exists(entries.filter(leads)), kind__in=DECIDED) | Q(consented & Q(Exists(entries.filter(inspects))), kind=DECISION)


def _reviewed(viewer: Viewer) -> Q:
    """Legal reviews of the units they are an officer of, also in sealed cases."""
    found = Q(pk__in=[])
    office = held_over(viewer, Role.UNIT_OFFICER, column="legal_unit__path")
    for kind in KINDS.values():
        if kind.fill is not None and Role.UNIT_OFFICER in viewer.roles:
            mine = visible_measures(kind, viewer.user, viewer.grants).filter(office)
            found |= Q(kind=LEGAL, about__in=mine.values("number"))
    return found


def _interview_words(found: QuerySet[CaseEntry], viewer: Viewer) -> dict[int, Told]:
    entries = list(found)
    interviews = {one.number: one for one in Interview.objects.filter(number__in=[one.about for one in entries])}
    return {entry.pk: _interview(interviews[entry.about], entry, viewer) for entry in entries}


def _interview(one: Interview, entry: CaseEntry, viewer: Viewer) -> Told:
    when = " ".join(str(entry.data[name]) for name in ("given_held_on", "given_place") if entry.data.get(name))
    if one.interviewee_id == viewer.user.pk:
        return {
            "text": _("You are called to an interview"),
            "detail": when,
            "url": reverse("measures:mine-one", args=["interviews", one.number]),
        }
    url = reverse("measures:interviews-one", args=[one.number])
    return {"text": _("An interview is set that you hold"), "detail": f"{when} {one.number} {one.title}", "url": url}


def _last_day_words(found: QuerySet[CaseEntry], viewer: Viewer) -> dict[int, Told]:
    entries = list(found)
    suspensions = {one.number: one for one in Suspension.objects.filter(number__in=[one.about for one in entries])}
    return {entry.pk: _last_day(suspensions[entry.about], entry) for entry in entries}


def _last_day(one: Suspension, entry: CaseEntry) -> Told:
    told = {"kind": SUSPENSIONS.label, "note": SUSPENSIONS.notes[entry.kind.removeprefix(f"{SUSPENSIONS.one}.")]}
    url = reverse("measures:suspensions-one", args=[one.number])
    return {"text": _("%(kind)s: %(note)s") % told, "detail": f"{one.number} {one.title} {one.ends_on}", "url": url}


def _decision_words(found: QuerySet[Approval], viewer: Viewer) -> dict[int, Told]:
    asked = list(found)
    kinds = {f"{kind.prefix}-": kind for kind in KINDS.values()}
    told: dict[int, Told] = {}
    for one in asked:
        kind = kinds[one.about[:3]]
        told[one.pk] = {"text": _text(kind, one.kind), "detail": one.about, "url": reverse(f"measures:{kind.code}-one", args=[one.about])}
    return told


def _text(kind: Kind, asked: str) -> str:
    named: dict[str, Any] = {"kind": kind.label}
    if asked == LEGAL:
        return _("%(kind)s: your legal review is asked for") % named
    return _("%(kind)s: your decision is asked for") % named
