"""How long an alert may be snoozed, and how it wakes: at its time, by hand, or because more has been found."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ledger.kit.calendar import working_days
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import BadInput
from ledger.roster.accounts import User
from risk.alerts.acting import turn, write
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.states import State
from risk.alerts.terms import OFFICE_HOURS


class Why(models.TextChoices):
    """What a snoozed alert waits for, in the order of the digit keys; another reason is said in words."""

    DOCUMENTS = "documents", gettext_lazy("waiting for documents")
    REPLY = "reply", gettext_lazy("waiting for a reply")
    APPOINTMENT = "appointment", gettext_lazy("a time is agreed")
    OTHER = "other", gettext_lazy("another reason")


LONGEST = timedelta(days=14)
LONGEST_RED = timedelta(hours=2)
EVENING = time(18)
OPENING = time(OFFICE_HOURS[0][0] // 60, OFFICE_HOURS[0][0] % 60)


def longest(level: str) -> timedelta:
    """A red alert is not put off beyond two hours."""
    return LONGEST_RED if level == "red" else LONGEST


def snooze_choices(now: datetime) -> dict[str, datetime]:
    """The moments that are offered, by name: in two hours, this evening, at the next opening, on Monday; each once, none past."""
    local = now.astimezone(SHANGHAI)
    evening = datetime.combine(local.date(), EVENING, SHANGHAI)
    tomorrow, monday = local.date() + timedelta(days=1), local.date() + timedelta(days=7 - local.weekday())
    # No holiday lasts longer; in a calendar where one does, tomorrow stands for the opening nobody knows.
    opening = min(working_days(tomorrow, local.date() + LONGEST), default=tomorrow)
    found = {"hours": now + timedelta(hours=2)}
    if now < evening:
        found["evening"] = evening
    found["opening"] = datetime.combine(opening, OPENING, SHANGHAI)
    if monday != opening:
        found["monday"] = datetime.combine(monday, OPENING, SHANGHAI)
    return found


def checked_until(until: datetime | None, level: str, now: datetime) -> datetime:
    """The moment, when an alert of this level may be snoozed until then."""
    if until is None or until <= now:
        raise BadInput(_("Say until when the alert is snoozed: a moment still to come."))
    if until - now > longest(level):
        if level == "red":
            raise BadInput(_("A red alert is snoozed for two hours at most."))
        raise BadInput(_("An alert is snoozed for %(days)d days at most.") % {"days": LONGEST.days})
    return until


def wake_up(alert: Alert, cause: str, *, actor: User | None = None, address: str = "") -> None:
    """Back to what the locked alert was before it was snoozed. `cause`: time, hand or evidence."""
    back = State.back(_snooze_of(alert)["was"])
    turn(alert, back)
    write(alert, AlertEvent.Kind.WOKEN, actor, address, {"cause": cause, "back": back.told})


def _snooze_of(alert: Alert) -> dict[str, Any]:
    return alert.events.filter(kind=AlertEvent.Kind.SNOOZED).order_by("-id").values_list("data", flat=True)[0]


def wake_due(now: datetime | None = None) -> int:
    """Wake every alert whose time has come, each in a transaction of its own and exactly once; returns how many."""
    now = now or timezone.now()
    due = Alert.objects.filter(status=Alert.Status.SNOOZED, snoozed_until__lte=now).order_by("snoozed_until")
    return sum(_wake_one(number, now) for number in list(due.values_list("pk", flat=True)[:1000]))


@transaction.atomic
def _wake_one(pk: int, now: datetime) -> bool:
    """Whether it was this call that woke it: what somebody did meanwhile stands."""
    still = Alert.objects.select_for_update().filter(pk=pk, status=Alert.Status.SNOOZED, snoozed_until__lte=now).first()
    if still is not None:
        wake_up(still, "time")
    return still is not None
