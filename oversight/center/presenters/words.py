"""Words for what the database keeps as codes: levels, statuses, lines, actions, results and steps."""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.journal.models import Transaction
from ledger.lines import lines
from oversight.center.presenters.times import short_time
from risk.alerts.models import Alert
from risk.alerts.returns import OTHER
from risk.alerts.snoozing import Why

LEVELS: dict[str, Promise] = {"red": _("Red"), "orange": _("Orange"), "yellow": _("Yellow"), "blue": _("Blue")}

# Which circle of the console's marks stands for a status (oversight.templatetags.console).
MARKS = {
    Alert.Status.NEW: "pending",
    Alert.Status.CHECKING: "investigating",
    Alert.Status.PROPOSED: "issued",
    Alert.Status.ASSIGNED: "dispatched",
    Alert.Status.SNOOZED: "suspended",
}
STEPS: dict[str, Promise] = {
    "accept": _("acceptance"),
    "examine": _("examination"),
    "review": _("review"),
    "approve": _("approval"),
    "pay": _("payment"),
    "archive": _("filing"),
    "issue": _("issue"),
    "create": _("entry"),
    "send": _("sending"),
    "notify": _("notification"),
    "return": _("return"),
    "survey": _("survey"),
    "determine": _("determination"),
    "serve": _("service"),
    "mediate": _("mediation"),
    "release": _("release"),
    "recheck": _("recheck"),
    "decide": _("decision"),
    "cancel": _("cancellation"),
    "exam": _("exam"),
    "study": _("study"),
    "appearance": _("visual check"),
    "test": _("line test"),
    "entrust": _("referral to an examiner"),
    "appraise": _("examiner's report"),
    "criminal_case": _("criminal case filed"),
    "blood": _("blood taken"),
    "blood_sent": _("blood sent in"),
    "cash": _("fine taken in cash"),
    "remit": _("cash remitted"),
}
RESULTS: dict[str, Promise] = {
    "pass": _("passed"),
    "fail": _("failed"),
    "approved": _("approved"),
    "rejected": _("rejected"),
    "penalised": _("penalised"),
    "warned": _("warned"),
    "educated": _("educated"),
    "waived": _("waived"),
    "full": _("full liability"),
    "main": _("main liability"),
    "equal": _("equal liability"),
    "minor": _("minor liability"),
    "none": _("no liability"),
}


UNTIL = _("until %(time)s")


def mark(alert: Alert) -> str:
    return MARKS.get(Alert.Status(alert.status), alert.status)


def status(alert: Alert) -> str:
    return str(Alert.Status(alert.status).label)


def until(alert: Alert) -> str:
    """When a snoozed alert wakes by itself; empty for any other."""
    return str(UNTIL) % {"time": short_time(alert.snoozed_until)} if alert.snoozed_until else ""


def waiting(why: str) -> str:
    """Why an alert was snoozed; nothing for a reason in words of one's own, which stand beside it."""
    return "" if why in ("", Why.OTHER) else str(Why(why).label)


def given_back(choices: type[TextChoices], why: str) -> str:
    """Why a second person did not agree; nothing for a reason in words of their own."""
    return str(choices(why).label) if why in choices.values and why != OTHER else ""


def dismissal(reason: str) -> str:
    return str(Alert.Dismissal(reason).label) if reason in Alert.Dismissal.values else ""


def line_title(code: str) -> str:
    found = lines().get(code)
    return str(found.title) if found else code


def action_title(line: str, action: str) -> str:
    """The business type in words; the code itself for one an instance added."""
    found = lines().get(line)
    return str(found.actions.get(action, action)) if found else action


def step_title(code: str) -> str:
    return str(STEPS.get(code, code))


def result_title(code: str) -> str:
    return str(RESULTS.get(code, code))


def transaction_status(row: Transaction) -> str:
    return str(Transaction.Status(row.status).label)
