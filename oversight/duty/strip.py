"""The duty strip of every page: red alerts nobody has taken, and who is on duty."""

from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.roster.accounts import Role
from oversight.center.presenters.rows import alert_urls, said
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import full_time, lasted, short_time
from oversight.duty.models import DutyShift
from oversight.duty.queries import open_shifts
from oversight.viewer import Viewer
from risk.alerts.models import Alert, AlertEvent
from risk.alerts.unattended import Wait, wait_of


class Strip:
    """What parts/_duty.html and the top bar print; everything is read at most once, and only when a template asks."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer

    @cached_property
    def _shifts(self) -> list[DutyShift]:
        return list(open_shifts())

    @cached_property
    def own(self) -> DutyShift | None:
        return next((shift for shift in self._shifts if shift.user_id == self.viewer.user.pk), None)

    @property
    def shift_text(self) -> str:
        """For the top bar; empty for who is not on duty."""
        return _("On duty since %(time)s") % {"time": short_time(self.own.started_at)} if self.own else ""

    @property
    def duty(self) -> dict[str, Any]:
        """The whole strip."""
        return _red(self.viewer) | {"shift": self._shift()}

    @property
    def brief(self) -> dict[str, Any]:
        """What a page begins with: how many wait. Which is the oldest and what was done about it the strip then asks for by itself, with
        the figure of the bell, so that no page waits for it."""
        return _counted(self.viewer) | {"shift": self._shift(), "brief": True}

    def _shift(self) -> dict[str, Any]:
        """Who is on duty, and what this person may do: {on, text, title, start_url, end_url}, an address empty where they may not."""
        others = [shift for shift in self._shifts if shift is not self.own]
        names = _(", ").join(str(shift.user) for shift in others)
        supervises = Role.SUPERVISOR in self.viewer.roles
        if self.own is not None:
            text = _("with %(names)s") % {"names": names} if names else ""
        else:
            text = _("on duty: %(names)s") % {"names": names} if names else _("Nobody is on duty")
        return {
            "on": self.own is not None,
            "text": text,
            "title": "\n".join(f"{shift.user} {full_time(shift.started_at)}" for shift in self._shifts),
            "start_url": reverse("duty:start") if supervises and self.own is None else "",
            "end_url": reverse("duty:end") if self.own is not None else "",
        }


def _counted(viewer: Viewer) -> dict[str, Any]:
    """How many red alerts nobody has taken, or calm."""
    if number := viewer.figures["red"]:
        text = ngettext("%(number)d red alert nobody has taken", "%(number)d red alerts nobody has taken", number)
        return {
            "state": "red",
            "text": text % {"number": number},
            "action_url": f"{reverse('center:alerts')}?tab=new&level=red",
            "action_label": _("View"),
        }
    old = viewer.figures["old_red"]
    told = ngettext("%(number)d red one found in old data waits", "%(number)d red ones found in old data wait", old)
    return {"state": "calm", "text": _("All current red alerts are taken"), "detail": told % {"number": old} if old else ""}


def _red(viewer: Viewer) -> dict[str, Any]:
    """The oldest red alert nobody has taken, or calm."""
    counted = _counted(viewer)
    if counted["state"] != "red":
        return counted
    number = viewer.figures["red"]
    # Found before it is joined with its rule: otherwise every red alert is joined before the first of them is known.
    found = viewer.alerts.filter(viewer.parts["red"]).order_by("due_at", "id").values("pk")[:1]
    oldest = Alert.objects.filter(pk__in=found).select_related("rule_version").first()
    if oldest is None:  # somebody took it between the two questions.
        return counted
    wait = wait_of(oldest)
    waited = lasted(timezone.now() - (wait.begun_at if wait else oldest.raised_at))
    text = ngettext(
        "%(number)d red alert nobody has taken for %(span)s", "%(number)d red alerts nobody has taken, the oldest for %(span)s", number
    )
    urls = alert_urls(oldest, viewer)
    return counted | {
        "text": text % {"number": number, "span": waited},
        "detail": said(oldest, Names.of([oldest]).subject(oldest)),
        "steps": steps_told(wait),
        "acknowledge_url": urls["acknowledge"],
        "action_url": urls["alert"] if number == 1 else counted["action_url"],
    }


def steps_told(wait: Wait | None) -> str:
    """What was done because nobody takes the alert, and what comes next."""
    if wait is None:
        return ""
    if wait.escalated is not None:
        told = {"names": names_told(wait.escalated) or _("nobody"), "time": short_time(wait.escalated.at)}
        return _("reported to %(names)s at %(time)s") % told
    texts = []
    if wait.reminders:
        texts.append(ngettext("reminded %(number)d time", "reminded %(number)d times", wait.reminders) % {"number": wait.reminders})
    report = next((step for step in wait.ahead if step.kind is AlertEvent.Kind.ESCALATED), None)
    if report is not None:
        texts.append(_("goes to the leaders at %(time)s") % {"time": short_time(report.at)})
    return _(", ").join(texts)


def names_told(event: AlertEvent) -> str:
    """Whom a reminder or report went to."""
    return _(", ").join(str(name) for name in event.data.get("names", ()))
