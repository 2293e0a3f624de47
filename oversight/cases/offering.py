"""On the page of an alert: 交办 (3) while it is issued and in no case, else the way to its case and 提级 (E)."""

from django.urls import reverse
from django.utils.translation import gettext as _

from oversight.cases.dispatching import dispatch_context, may_dispatch
from oversight.cases.models import CaseAlert
from oversight.cases.people import Person
from oversight.cases.states import Act, possible
from oversight.cases.visibility import openly_visible_cases
from oversight.center.offers import Offer
from oversight.viewer import Viewer
from risk.alerts.models import Alert
from risk.alerts.visibility import VERIFIED_STATUSES


def offer_case(alert: Alert, viewer: Viewer) -> Offer | None:
    if alert.status not in VERIFIED_STATUSES:
        return None
    row = CaseAlert.objects.filter(alert=alert).first()
    if row is not None:
        return _case(row.case_id, viewer)
    if not may_dispatch(alert, viewer):
        return None
    context = dispatch_context(alert, viewer)
    named = [party["value"].rsplit(" ", 1)[0] or _("to be chosen") for party in context["parties"]]
    note = _("Prefilled: %(units)s") % {"units": _(", ").join(named)}
    keys, ways = [("3", _("Dispatch; then Ctrl Enter"))], {"dispatch": "#dispatch-dialog"}
    return Offer("cases/_dispatch_button.html", context, "cases/_dispatch_dialog.html", note, keys, ways)


def _case(pk: int, viewer: Viewer) -> Offer | None:
    """Nothing for a case this person may not see: then the alert is in some case, and nobody says in which."""
    case = openly_visible_cases(viewer.user, viewer.grants).select_related("unit").filter(pk=pk).first()
    if case is None:
        return None
    url = reverse("cases:case", args=[case.number])
    raises = Act.ESCALATE in possible(Person.of(viewer.user, viewer.grants), case)
    context = {
        "number": case.number,
        "url": url,
        "status": case.get_status_display(),
        "escalate_url": f"{url}#escalate-dialog" if raises else "",
    }
    keys = [("E", _("Raise to a higher level"))] if raises else []
    return Offer("cases/_case_button.html", context, keys=keys, ways={"escalate": context["escalate_url"]})
