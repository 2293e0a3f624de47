"""What can be done with an alert, as its page and the dialogs offer it: moments, names, the conclusion that waits, or why nothing."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _

from ledger.kit.days import SHANGHAI
from ledger.kit.masking import mask_free_text, mask_staff_no
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time, short_time
from oversight.duty.queries import open_shifts
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvent, DismissalReview, IssuedWarning
from risk.alerts.queries import possible_handlers
from risk.alerts.returns import OTHER, Overturned, Returned
from risk.alerts.snoozing import LONGEST, Why, longest, snooze_choices
from risk.alerts.states import LEVELS_OF_TWO, TAKEN, Act, possible

Status, Kind = Alert.Status, AlertEvent.Kind
FIELD = "%Y-%m-%dT%H:%M"


def snooze_options(level: str = "") -> dict[str, Any]:
    """The snooze dialog {reasons [{value, label, own}], choices [{value, label, at, long}], first, last}; moments only as the level allows.

    `own`: is said in words of one's own. `long` ones are not for red alerts; first and last bound the moment of one's own, in the
    browser's local form.
    """
    now = timezone.now()
    labels = {"hours": _("In 2 hours"), "evening": _("This evening"), "opening": _("At the next opening"), "monday": _("Next Monday")}
    choices = [
        {"value": name, "label": labels[name], "at": short_time(moment, now), "long": moment - now > longest("red")}
        for name, moment in snooze_choices(now).items()
        if moment - now <= longest(level)
    ]
    local = now.astimezone(SHANGHAI)
    most = longest(level) if level else LONGEST
    reasons = [{"value": value, "label": str(label), "own": value == Why.OTHER} for value, label in Why.choices]
    return {
        "reasons": reasons,
        "choices": choices,
        "first": local.strftime(FIELD),
        "last": (local + most).strftime(FIELD),
        "red": level == "red",
    }


def asked_moment(given: Mapping[str, str]) -> datetime | None:
    """Until when: one of the moments offered, by name, or one of the person's own, as the browser writes local time."""
    chosen = given.get("until", "")
    if chosen != "at":
        return snooze_choices(timezone.now()).get(chosen)
    try:
        return datetime.fromisoformat(given.get("at", "")).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


def asked_person(given: Mapping[str, str]) -> int:
    """To whom: the account, 0 for what names none."""
    to = given.get("to", "")
    return int(to) if to.isascii() and to.isdigit() and len(to) < 19 else 0


def handlers(alert: Alert, viewer: Viewer) -> list[dict[str, Any]]:
    """To whom the alert can be handed [{value, name, number (masked), has, on_duty}], who is on duty first.

    `has`: how much of what the viewer sees they have in hand.
    """
    on_duty = {shift.user_id for shift in open_shifts()}
    found = sorted(possible_handlers(alert, actor=viewer.user), key=lambda user: user.pk not in on_duty)
    in_hand = viewer.alerts.filter(status__in=TAKEN, handler__in=[user.pk for user in found]).order_by().values_list("handler", flat=True)
    has = Counter(in_hand)
    return [
        {
            "value": user.pk,
            "name": str(user),
            "number": mask_staff_no(user.staff_no),
            "has": has[user.pk],
            "on_duty": user.pk in on_duty,
        }
        for user in found
    ]


def acts_context(alert: Alert, viewer: Viewer, urls: dict[str, str | None]) -> dict[str, Any]:
    """What the page of an alert says of its acts: urls (upholding and overturning only while a review waits), verdict, note, dialogs."""
    waits = alert.status == Status.DISMISSED and alert.reviews.filter(state=DismissalReview.State.WAITING).exists()
    if not waits:
        urls = urls | {Act.UPHOLD.value: None, Act.OVERTURN.value: None}
    return {
        "urls": urls,
        "verdict": verdict(alert, waits),
        "actions_note": why_not(alert, viewer, waits),
        "two_people": alert.level in LEVELS_OF_TWO,
        "handlers": handlers(alert, viewer) if urls[Act.ASSIGN] else [],
        "snooze": snooze_options(alert.level) if urls[Act.SNOOZE] else None,
        "returns": choices_of(Returned),
        "overturns": choices_of(Overturned),
    }


def choices_of(reasons: type[TextChoices]) -> list[dict[str, Any]]:
    """Reasons as a dialog lists them under digits [{value, label, own}]; `own`: is said in words of one's own."""
    return [{"value": value, "label": str(label), "own": value == OTHER} for value, label in reasons.choices]


def verdict(alert: Alert, review_waits: bool) -> dict[str, Any] | None:
    """What was concluded, for whoever must judge it or act on it: {title, text, lines}; None while nothing was."""
    if alert.status == Status.PROPOSED:
        event = _last(alert, Kind.PROPOSED)
        lines = [_("Proposed by %(name)s, %(time)s") % _whom(event)] if event else []
        return {"title": _("Warning to be confirmed"), "text": _text(event, "text"), "lines": lines}
    warning = IssuedWarning.objects.filter(alert=alert).select_related("proposed_by", "confirmed_by").first()
    if warning is not None:
        lines = [_("Concluded by %(name)s") % {"name": warning.proposed_by}]
        if warning.confirmed_by is not None:
            lines.append(_("Confirmed by %(name)s") % {"name": warning.confirmed_by})
        lines.append(full_time(warning.at))
        return {"title": _("Warning %(number)s") % {"number": warning.number}, "text": mask_free_text(warning.text), "lines": lines}
    if review_waits:
        event = _last(alert, Kind.DISMISSED)
        lines = [_("Dismissed by %(name)s, %(time)s") % _whom(event)] if event else []
        title = _("Dismissed: %(reason)s") % {"reason": words.dismissal(event.data.get("reason", "") if event else "")}
        return {"title": title, "text": _text(event, "note") or _("No note was written."), "lines": lines}
    return None


def why_not(alert: Alert, viewer: Viewer, review_waits: bool) -> str:
    """Why nothing can be pressed, when nothing can; or what the status means for who looks."""
    if alert.status == Status.SNOOZED:
        until = short_time(alert.snoozed_until or timezone.now())
        return _("Snoozed until %(time)s; the term of the first check runs on.") % {"time": until}
    may = possible(viewer.person, alert)
    if alert.status == Status.PROPOSED:
        return "" if Act.CONFIRM in may else _("A second person must confirm the warning.")
    if alert.status == Status.DISMISSED and review_waits:
        return "" if Act.UPHOLD in may else _("Somebody else looks at this dismissal again.")
    if alert.status not in Alert.OPEN:
        return _("Nothing is left to decide here: %(status)s.") % {"status": words.status(alert)}
    if Act.DISMISS in may:
        return ""
    if viewer.judging_barrier:
        return viewer.judging_barrier
    return _("%(name)s has taken this alert and decides it.") % {"name": alert.handler or "–"}


def _last(alert: Alert, kind: AlertEvent.Kind) -> AlertEvent | None:
    return alert.events.filter(kind=kind).order_by("-id").select_related("actor").first()


def _text(event: AlertEvent | None, name: str) -> str:
    return mask_free_text(str(event.data.get(name, ""))) if event else ""


def _whom(event: AlertEvent) -> dict[str, str]:
    return {"name": str(event.actor), "time": short_time(event.at)}
