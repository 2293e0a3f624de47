"""Words for what happens to an order and for the fields of a response."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, pgettext_lazy

from oversight.orders.models import Order

S = Order.Status
# What was done, as the record says it and as somebody who came too late is told.
DONE: dict[str, Promise] = {
    "order.issued": pgettext_lazy("order act", "issued"),
    "order.signed": pgettext_lazy("order act", "signed for"),
    "order.reported": pgettext_lazy("order act", "reported for the first time"),
    "order.answered": pgettext_lazy("order act", "answered"),
    "order.accepted": pgettext_lazy("order act", "accepted and closed"),
    "order.returned": pgettext_lazy("order act", "returned"),
    "order.extension_asked": pgettext_lazy("order act", "put up for an extension"),
    "order.extended": pgettext_lazy("order act", "extended"),
    "order.extension_refused": pgettext_lazy("order act", "refused an extension"),
    "order.extension_lapsed": pgettext_lazy("order act", "no longer up for an extension"),
    "order.objected": pgettext_lazy("order act", "objected to"),
    "order.overruled": pgettext_lazy("order act", "upheld against the objection"),
    "order.upheld": pgettext_lazy("order act", "withdrawn upon the objection"),
    "order.reminded": pgettext_lazy("order act", "reminded of"),
    "order.withdrawn": pgettext_lazy("order act", "withdrawn"),
    "order.attached": pgettext_lazy("order act", "given an attachment"),
    "order.detached": pgettext_lazy("order act", "freed of an attachment"),
    "order.soon": pgettext_lazy("order act", "near the end of its term"),
    "order.overdue": pgettext_lazy("order act", "overdue"),
}
FIELDS: dict[str, Promise] = {
    "cause": pgettext_lazy("response", "Cause"),
    "measures": pgettext_lazy("response", "Measures"),
    "result": pgettext_lazy("response", "Result"),
    "responsible": pgettext_lazy("response", "Responsible person"),
    "done_on": pgettext_lazy("response", "Date done"),
}
ATTACHMENTS = "attachments"
COMMENTED: dict[str, Promise] = FIELDS | {ATTACHMENTS: pgettext_lazy("response", "Attachments")}
# Which circle of the console's marks stands for a status (oversight.templatetags.console).
MARKS = {
    S.ISSUED: "pending",
    S.WORKING: "acknowledged",
    S.ANSWERED: "dispatched",
    S.RETURNED: "recurred",
    S.CLOSED: "closed",
    S.WITHDRAWN: "withdrawn",
}


def audit_actions() -> dict[str, Promise]:
    """What was done to an order, for the record of its case and for the audit trail."""
    return {
        kind: format_lazy("{kind}{colon}{act}", colon=gettext_lazy(": "), kind=gettext_lazy("Order"), act=act) for kind, act in DONE.items()
    }
