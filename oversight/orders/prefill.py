"""What an order says before anybody types: the problems of a case's alerts, the usual texts and terms."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.journal.models import Transaction
from ledger.kit.days import SHANGHAI
from oversight.cases.models import Case, Party
from oversight.center.presenters.rows import ready_for_rows, said
from oversight.center.presenters.subjects import Names
from oversight.orders.services import MOST_EVIDENCE
from oversight.orders.terms import usual_terms
from risk.alerts.models import Alert


def problems_of(case: Case) -> list[dict[str, Any]]:
    """One problem for each alert of the case: its sentence, its evidence, the basis and the checklist item of its rule."""
    alerts = list(ready_for_rows(Alert.objects.filter(of_case__case=case)).order_by("id"))
    names = Names.of(alerts)
    return [
        {
            "fact": said(alert, names.subject(alert)),
            "evidence": _serials(alert),
            "clause": alert.rule_version.basis,
            "item": alert.rule_version.checklist_item,
        }
        for alert in alerts
    ]


def _serials(alert: Alert) -> list[str]:
    """Evidence that is transactions, by source/serial; what else there is stands in the case."""
    if alert.rule.frame != "transactions":
        return []
    rows = Transaction.objects.filter(pk__in=alert.evidence.values("row_id")).order_by("accepted_at", "pk")[:MOST_EVIDENCE]
    return [f"{source}/{serial}" for source, serial in rows.values_list("source", "serial_no")]


def usual(case: Case, party: Party | None) -> dict[str, str]:
    """The texts and terms a form begins with."""
    terms = usual_terms(case=case, unit=party.unit if party else case.unit, start=timezone.now())
    moments = {"sign_due_at": terms.sign_due_at, "first_due_at": terms.first_due_at, "due_at": terms.due_at}
    told = {name: f"{at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" if at else "" for name, at in moments.items()}
    return told | {
        "requirement": "",
        "materials": "",
        "review_way": _("The supervision centre checks the response against the ledger and the papers."),
        "objection_way": _("Within 3 working days of signing, on the page of the order."),
    }
