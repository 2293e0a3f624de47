"""Relapses on the workbench: cases that were reopened by one, for who handles them, until they are put up for closing again."""

from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.aftercare.models import Relapse
from oversight.cases.models import Case
from oversight.cases.visibility import openly_visible_cases
from oversight.center.requests import Line, line
from oversight.viewer import Viewer


def relapses_waiting(viewer: Viewer) -> list[Line]:
    """One line a case, from its latest relapse."""
    if not viewer.watches:
        return []
    own = openly_visible_cases(viewer.user, viewer.grants).filter(handler=viewer.user, status=Case.Status.HANDLING, reopened__gt=0)
    cases = {case.pk: case for case in own.select_related("unit")}
    latest: dict[int, Relapse] = {}
    for one in Relapse.objects.filter(watch__case__in=list(cases)).select_related("watch").order_by("pk") if cases else ():
        if one.watch.closing == cases[one.watch.case_id].reopened - 1:
            latest[one.watch.case_id] = one
    return [_line(cases[pk], one) for pk, one in latest.items()]


def _line(case: Case, one: Relapse) -> Line:
    told = {"mark": "recurred", "label": case.get_status_display(), "url": reverse("cases:case", args=[case.number]), "level": case.level}
    return line(_("Relapse"), f"{case.number} {case.title}", case.unit.name, one.at, **told)
