"""What people ask of each other beside alerts, as lines of the workbench: to be decided, and one's own with what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ledger.intake.models import Discard
from ledger.intake.refused.discards import DECIDING
from ledger.intake.refused.queries import visible_discards
from oversight.access import opens
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time, short_time
from oversight.suppressions.lists import waiting_for
from oversight.viewer import Viewer
from risk.alerts.models import Alert, Suppression
from risk.alerts.sentences import title
from risk.evaluation.models import Evaluation
from risk.sweeps.models import Sweep

Line = dict[str, Any]
# One's own requests are listed for so long after they were made, and without end while they wait.
KEPT = timedelta(days=90)
MARKS = {"asked": "pending", "approved": "closed", "refused": "dismissed", "ended": "withdrawn", "ordered": "pending"}
MARKS |= {"running": "investigating", "paused": "suspended", "stopped": "withdrawn", "done": "closed", "failed": "dismissed"}


def line(kind: str, title: str, who: str, at: datetime, *, mark: str, label: str, url: str, **more: Any) -> Line:
    """`who` asked, or decided; `at` orders the lines and stands beside it. `more`: a `level`, a `deadline` that stands in place of `at`."""
    told = {"kind": kind, "title": title, "who": who, "at": at, "time": short_time(at), "time_full": full_time(at)}
    return told | {"mark": mark, "label": label, "url": url} | more


def _line(kind: str, title: str, who: str, at: datetime, *, state: str, label: str, url: str) -> Line:
    return line(kind, title, who, at, mark=MARKS.get(state, state), label=label, url=url)


def done_by(viewer: Viewer) -> list[Line]:
    """What this person did beside alerts in the last days, the newest first."""
    return sorted((one for found in DONE for one in found(viewer)), key=lambda one: one["at"], reverse=True)


def copied_to(viewer: Viewer) -> list[Line]:
    """What was sent to this person to know beside alerts, the newest first."""
    return sorted((one for copied in COPIED for one in copied.lines(copied.found(viewer))), key=lambda one: one["at"], reverse=True)


def to_decide(viewer: Viewer) -> list[Line]:
    """Requests of others that wait for this person: those whose term ends first, then those without one, the longest waiting first."""
    return sorted((one for found in WAITING for one in found(viewer)), key=_pressing)


def _pressing(one: Line) -> tuple[bool, datetime]:
    deadline = one.get("deadline")
    ends = deadline.ends if deadline else None
    return ends is None, ends or one["at"]


def asked_by(viewer: Viewer) -> list[Line]:
    """What this person asked for or ordered, the newest first."""
    return sorted((one for found in ASKED for one in found(viewer)), key=lambda one: one["at"], reverse=True)


def _suppressions_to_decide(viewer: Viewer) -> list[Line]:
    return [_suppression(one, str(one.asked_by)) for one in waiting_for(viewer).select_related("asked_by", "rule")]


def _discards_to_decide(viewer: Viewer) -> list[Line]:
    person = viewer.user
    if not viewer.roles & DECIDING or (person.staff is not None and person.staff.kind != "officer"):
        return []
    found = visible_discards(person, viewer.grants).filter(state=Discard.State.ASKED).exclude(asked_by=person).select_related("asked_by")
    return [_discard(one, str(one.asked_by), viewer) for one in found]


def _sweeps_stuck(viewer: Viewer) -> list[Line]:
    """Sweeps that paused by themselves, for who may go on with them."""
    if not opens("sweeps:resume", viewer.roles):
        return []
    found = Sweep.objects.filter(state=Sweep.State.PAUSED, acted_by=None).select_related("ordered_by")
    return [_sweep(one, str(one.ordered_by or ""), viewer) for one in found]


def _alerts_to_confirm(viewer: Viewer) -> list[Line]:
    """Warnings that somebody proposed and a second person must confirm."""
    return [_alert(alert, _("Warning to be confirmed"), viewer) for alert in _waiting_alerts(viewer, "confirm")]


def _dismissals_to_review(viewer: Viewer) -> list[Line]:
    """Red and orange alerts that somebody else dismissed."""
    return [_alert(alert, _("Dismissal to be reviewed"), viewer) for alert in _waiting_alerts(viewer, "review")]


def _waiting_alerts(viewer: Viewer, part: str) -> QuerySet[Alert]:
    found = viewer.alerts.filter(viewer.parts[part]) if viewer.watches else viewer.alerts.none()
    return found.select_related("rule_version", "handler")


def _kept(when: str, waiting: Sequence[str]) -> Q:
    return Q(**{f"{when}__gte": timezone.now() - KEPT}) | Q(state__in=waiting)


def _own_suppressions(viewer: Viewer) -> list[Line]:
    mine = Suppression.objects.filter(_kept("asked_at", [Suppression.State.ASKED]), asked_by=viewer.user)
    return [_suppression(one, str(one.decided_by or "")) for one in mine.select_related("decided_by", "rule")]


def _own_discards(viewer: Viewer) -> list[Line]:
    mine = Discard.objects.filter(_kept("asked_at", [Discard.State.ASKED]), asked_by=viewer.user).select_related("decided_by")
    return [_discard(one, str(one.decided_by or ""), viewer) for one in mine]


def _own_sweeps(viewer: Viewer) -> list[Line]:
    mine = Sweep.objects.filter(_kept("ordered_at", Sweep.UNFINISHED), ordered_by=viewer.user).select_related("acted_by")
    return [_sweep(one, str(one.acted_by or ""), viewer) for one in mine]


def _own_evaluations(viewer: Viewer) -> list[Line]:
    url = reverse("evaluations:evaluations") if opens("evaluations:evaluations", viewer.roles) else ""
    mine = Evaluation.objects.filter(_kept("ordered_at", Evaluation.UNFINISHED), ordered_by=viewer.user).select_related("labels")
    return [
        _line(
            _("Evaluation"),
            f"{one.number} {one.labels.name}",
            "",
            one.ordered_at,
            state=one.state,
            label=str(one.get_state_display()),
            url=url,
        )
        for one in mine
    ]


def _alert(alert: Alert, kind: str, viewer: Viewer) -> Line:
    named = f"{alert.number} {title(alert.rule_version, get_language() or 'zh-hans')}"
    url = reverse("center:alert", args=[alert.number])
    told = {"state": "pending", "label": words.status(alert), "url": url}
    return _line(kind, named, str(alert.handler or ""), alert.updated_at, **told)


def _suppression(one: Suppression, who: str) -> Line:
    named = " ".join(filter(None, (one.number, one.rule.code if one.rule else "", one.reason)))
    url = reverse("suppressions:suppression", args=[one.number])
    if one.state == Suppression.State.ASKED:
        url = f"{reverse('suppressions:suppressions')}?tab=asked"
    return _line(_("Request to suppress"), named, who, one.asked_at, state=one.state, label=str(one.get_state_display()), url=url)


def _discard(one: Discard, who: str, viewer: Viewer) -> Line:
    page = reverse("intake:quarantine") if opens("intake:quarantine", viewer.roles) else ""
    tab = {Discard.State.ASKED.value: "asked", Discard.State.APPROVED.value: "settled"}.get(one.state, "open")
    url = f"{page}?tab={tab}&discard={one.pk}" if page else ""
    title = _("%(rows)d rows: %(reason)s") % {"rows": one.rows_count, "reason": one.reason}
    return _line(_("Discard of rows"), title, who, one.asked_at, state=one.state, label=str(one.get_state_display()), url=url)


def _sweep(one: Sweep, who: str, viewer: Viewer) -> Line:
    url = reverse("sweeps:sweeps") if opens("sweeps:sweeps", viewer.roles) else ""
    title = f"{one.number} {one.reason}"
    return _line(_("Sweep of history"), title, who, one.ordered_at, state=one.state, label=str(one.get_state_display()), url=url)


Found = Callable[[Viewer], list[Line]]


@dataclass(frozen=True)
class Copied:
    """What was sent to a person to know: rows that can be counted without being read, the newest first, and their lines."""

    found: Callable[[Viewer], QuerySet[Any]]
    lines: Callable[[QuerySet[Any]], list[Line]]


# Areas above add theirs at start (oversight/joining.py).
WAITING: list[Found] = [
    _alerts_to_confirm,
    _dismissals_to_review,
    _suppressions_to_decide,
    _discards_to_decide,
    _sweeps_stuck,
]
ASKED: list[Found] = [_own_suppressions, _own_discards, _own_sweeps, _own_evaluations]
DONE: list[Found] = []
COPIED: list[Copied] = []


def register(*, waiting: Found | None = None, asked: Found | None = None, done: Found | None = None, copied: Copied | None = None) -> None:
    """Another area's lines join the workbench: what waits for a person, what they asked for, what they did, what was sent to them."""
    if copied is not None and copied not in COPIED:
        COPIED.append(copied)
    for found, lists in ((waiting, WAITING), (asked, ASKED), (done, DONE)):
        if found is not None and found not in lists:
            lists.append(found)
