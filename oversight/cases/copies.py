"""抄送: cases a person is told of and does nothing in. By their level, as the policy of the case says; and those raised above them."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.roster.accounts import Role
from oversight.access import opens
from oversight.cases.escalations.models import Escalation
from oversight.cases.models import CaseEntry, Layer, Party
from oversight.cases.offices import ANSWERS, OF_LAYER, answered_for, own_parties
from oversight.cases.services import COPIED
from oversight.cases.telling import CASE_MARKS, ESCALATION_MARKS
from oversight.cases.visibility import openly_visible_cases
from oversight.center.requests import Line, line
from oversight.viewer import Viewer

RAISED = "escalation.raised"
RECENT = timedelta(days=30)


def copies_of(viewer: Viewer) -> QuerySet[CaseEntry]:
    """The entries by which cases were sent to this person for information. Who has a part in a case or acted in it is not told."""
    if viewer.roles.isdisjoint(OF_LAYER.values()):
        return CaseEntry.objects.none()
    sent = Q(pk__in=[])
    for grant in viewer.grants:
        for layer, role in OF_LAYER.items():
            if grant.role == role:
                sent |= Q(layer=layer, case__unit__path__startswith=grant.unit.path)
    part = Party.objects.filter(own_parties(viewer), case=OuterRef("case"))
    acted = CaseEntry.objects.filter(case=OuterRef("case"), actor=viewer.user)
    found = CaseEntry.objects.filter(sent, kind=COPIED, case__in=_seen(viewer))
    return found.exclude(Exists(part)).exclude(Exists(acted)).exclude(case__handler=viewer.user)


def raised_above(viewer: Viewer) -> QuerySet[CaseEntry]:
    """The entries by which cases were raised by this person, or above a unit they answer for: the case went on, their sight of it stays."""
    if viewer.roles.isdisjoint((*ANSWERS, Role.SUPERVISOR)):
        return CaseEntry.objects.none()
    above = answered_for(viewer, "from_unit", Q(from_layer=Layer.DISCIPLINE)) | Q(raised_by=viewer.user)
    to_them = answered_for(viewer, "to_unit", Q(to_layer=Layer.DISCIPLINE))
    raised = Escalation.objects.filter(above, number=OuterRef("about")).exclude(to_them)
    return CaseEntry.objects.filter(Exists(raised), kind=RAISED, case__in=_seen(viewer))


def _seen(viewer: Viewer) -> Any:
    return openly_visible_cases(viewer.user, viewer.grants).values("pk")


def copied_entries(viewer: Viewer) -> QuerySet[CaseEntry]:
    """Both, of the last days, as the tab 抄送我 counts and lists them; the newest first. A case is told once at each level."""
    if not opens("cases:cases", viewer.roles):
        return CaseEntry.objects.none()
    ids = copies_of(viewer).order_by().values("pk"), raised_above(viewer).order_by().values("pk")
    since = timezone.now() - RECENT
    return CaseEntry.objects.filter(Q(pk__in=ids[0]) | Q(pk__in=ids[1]), at__gte=since).order_by("-id")


def copied_lines(found: QuerySet[CaseEntry]) -> list[Line]:
    """The same as lines of the workbench; what was raised says where it stands now."""
    entries = list(found.select_related("case__unit"))
    raised = {one.number: one for one in Escalation.objects.filter(number__in=[one.about for one in entries if one.kind == RAISED])}
    return [_raised(one, raised[one.about]) if one.kind == RAISED else _copied(one) for one in entries]


def _copied(entry: CaseEntry) -> Line:
    case = entry.case
    told = {"mark": CASE_MARKS[case.status], "label": case.get_status_display(), "level": case.level}
    url = reverse("cases:case", args=[case.number])
    return line(_("Case, for information"), f"{case.number} {case.title}", case.unit.name, entry.at, url=url, **told)


def _raised(entry: CaseEntry, raised: Escalation) -> Line:
    case, told = entry.case, {"mark": ESCALATION_MARKS[raised.status], "label": raised.get_status_display(), "level": entry.case.level}
    url = f"{reverse('cases:case', args=[case.number])}#{raised.number}"
    return line(_("Raised above you"), f"{raised.number} {case.title}", entry.data["to_unit"], entry.at, url=url, **told)
