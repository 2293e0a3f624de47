"""Moments and deadlines as people say them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ledger.kit.days import SHANGHAI, event_day
from oversight.parts import SOON
from risk.alerts.models import Alert


def short_time(moment: datetime, now: datetime | None = None) -> str:
    """10:06 today, 昨 17:52, 明 10:00, else 11-20 15:31; with the year when it is another one."""
    local, today = moment.astimezone(SHANGHAI), event_day(now or timezone.now())
    away = (local.date() - today).days
    clock = f"{local:%H:%M}"
    if away == 0:
        return clock
    if away == -1:
        return _("yesterday %(time)s") % {"time": clock}
    if away == 1:
        return _("tomorrow %(time)s") % {"time": clock}
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def full_time(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def span(length: timedelta) -> tuple[int, str]:
    """A length in its largest fitting unit: minutes below an hour, hours below a day, else days; never less than a minute."""
    minutes = max(int(length.total_seconds() // 60), 1)
    if minutes < 60:
        return minutes, "minute"
    return (minutes // 60, "hour") if minutes < 24 * 60 else (minutes // (24 * 60), "day")


def left(length: timedelta) -> str:
    """What is left, rounded as people do: 4:58 is five hours."""
    number, unit = span(length + (timedelta(minutes=30) if length >= timedelta(hours=1) else timedelta(seconds=30)))
    words = {
        "minute": ngettext("%(number)d minute left", "%(number)d minutes left", number),
        "hour": ngettext("%(number)d hour left", "%(number)d hours left", number),
        "day": ngettext("%(number)d day left", "%(number)d days left", number),
    }
    return words[unit] % {"number": number}


def overdue(length: timedelta) -> str:
    number, unit = span(length)
    words = {
        "minute": ngettext("%(number)d minute overdue", "%(number)d minutes overdue", number),
        "hour": ngettext("%(number)d hour overdue", "%(number)d hours overdue", number),
        "day": ngettext("%(number)d day overdue", "%(number)d days overdue", number),
    }
    return words[unit] % {"number": number}


def lasted(length: timedelta) -> str:
    number, unit = span(length)
    words = {
        "minute": ngettext("%(number)d minute", "%(number)d minutes", number),
        "hour": ngettext("%(number)d hour", "%(number)d hours", number),
        "day": ngettext("%(number)d day", "%(number)d days", number),
    }
    return words[unit] % {"number": number}


@dataclass(frozen=True)
class Deadline:
    """How something stands to the end of its term: `state` normal, soon, overdue or done, in words, and the exact end.

    `ends`: that moment while the term runs, by which lists are ordered.
    """

    state: str
    text: str
    exact: str
    ends: datetime | None = None


def deadline(alert: Alert, *, ended_at: datetime | None, now: datetime | None = None) -> Deadline | None:
    """None for an alert without a clock: one found in old rows, or withdrawn. `ended_at`: when a person ended it, if they did."""
    if alert.due_at is None:
        return None
    now = now or timezone.now()
    if alert.status not in Alert.OPEN:
        in_time = (ended_at or alert.updated_at) <= alert.due_at
        return Deadline("done", _("done in time") if in_time else _("done overdue"), short_time(alert.due_at, now))
    return until(alert.due_at, now)


def until(due_at: datetime, now: datetime) -> Deadline:
    """How far away the end of what still runs is."""
    rest, exact = due_at - now, short_time(due_at, now)
    if rest <= timedelta(0):
        return Deadline("overdue", overdue(-rest), exact, due_at)
    return Deadline("soon" if rest <= SOON else "normal", left(rest), exact, due_at)
