"""What the page of an alert masks, to be shown in clear for a purpose: its subject, and people and vehicles of evidence that is no
transaction. Of transactions each has a page of its own, see transactions.py."""

from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.columns.hashing import key64
from ledger.kit.errors import BadInput
from ledger.kit.masking import mask_id, mask_plate, mask_staff_no, mask_vin
from ledger.roster.models import Staff
from oversight.business.addresses import key_text
from oversight.business.fields import Field
from oversight.business.revealing import reveal_context
from oversight.center.presenters.records import TELLERS
from oversight.center.presenters.subjects import MARK
from oversight.viewer import Viewer
from risk.alerts.models import Alert

MOST = 100
LABELS: dict[str, Promise] = {
    "staff": gettext_lazy("Staff"),
    "agent": gettext_lazy("Agent"),
    "person": gettext_lazy("Party"),
    "plate": gettext_lazy("Plate"),
    "vin": gettext_lazy("VIN"),
}
MASKS = {"staff": mask_staff_no, "agent": mask_id, "person": mask_id, "plate": mask_plate, "vin": mask_vin}


def alert_values_context(
    alert: Alert, viewer: Viewer, *, revealed: str | None = None, typed: dict[str, str] | None = None, problem: str = ""
) -> dict[str, Any]:
    """What ledger/alert.html prints. `revealed`: the value shown in clear; BadInput when the alert has none of that name."""
    fields = _fields(_values(alert, viewer), revealed)
    if revealed is not None and not any(field.revealed for field in fields):
        raise BadInput(_("Choose which value you need."))
    back = reverse("center:alert", args=[alert.number])
    return {
        "crumbs": [{"label": _("Alerts"), "url": reverse("center:alerts")}, {"label": alert.number, "url": back}],
        "number": alert.number,
        "back_url": back,
        "reveal": reveal_context(fields, typed or {}, problem, url=reverse("business:alert", args=[alert.number]), back_url=back),
    }


def _values(alert: Alert, viewer: Viewer) -> list[tuple[str, str]]:
    """Kind and value, each once: the subject's first. Of a subject that is known only by its hash there is nothing to show."""
    kind = alert.subject_kind
    if kind == "vehicle":
        kind = "vin" if alert.rule_version.subject_column == "vin" else "plate"
    found = [(kind, alert.subject_code)] if kind in LABELS and not alert.subject_code.startswith(MARK) else []
    if alert.rule.frame in TELLERS:
        told = TELLERS[alert.rule.frame][1](list(alert.evidence.values_list("row_id", flat=True)))
        opened = viewer.opens_transactions_of({one.about.unit_code for one in told if one.about is not None})
        for one in sorted(told, key=lambda one: one.at, reverse=True):
            found.append(("staff", one.staff_no))
            if one.about is not None and one.about.unit_code in opened:
                found.append(("plate", one.about.plate_no))
    return [(kind, value) for kind, value in dict.fromkeys(found) if value][:MOST]


def _fields(values: list[tuple[str, str]], revealed: str | None) -> list[Field]:
    """Each value under a name in which it cannot be read."""
    numbers = [value for kind, value in values if kind == "staff"]
    names = dict(Staff.objects.filter(staff_no__in=numbers).values_list("staff_no", "name"))
    fields = []
    for kind, value in values:
        name, masked = f"{kind}-{key_text(key64(value))}", MASKS[kind](value)
        who = names.get(value, "") if kind == "staff" else ""
        label = " ".join(text for text in (str(LABELS[kind]), who, masked) if text)
        clear = name == revealed
        fields.append(Field(name, label, value if clear else masked, personal=True, revealed=clear))
    return fields
