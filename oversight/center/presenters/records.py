"""Evidence that is no transaction as a table: when, what, which unit, whom it names; masked, with a link where a page exists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.impounds.models import Impound
from ledger.intake.models import Quarantined
from ledger.intake.refused.quarantine import reason_of
from ledger.intake.refused.queries import visible_rows
from ledger.journal.models import Transaction
from ledger.journal.queries import transactions_named
from ledger.kit.days import day_start
from ledger.kit.masking import mask_plate, mask_staff_no
from ledger.roster.models import Post, Posting, Unit
from oversight.access import opens
from oversight.actions.frame import pictures_of
from oversight.center.presenters import words
from oversight.center.presenters.times import short_time
from oversight.viewer import Viewer
from risk.frames.tenures import tenure_ends


@dataclass(frozen=True)
class Told:
    """One record in words. `about`: the transaction it concerns, when that is in the ledger; `refused`: its number in the quarantine;
    `alert`: the number of the alert, told only to those who see that one too."""

    at: datetime
    what: str
    detail: str
    unit_code: str
    staff_no: str
    about: Transaction | None = None
    refused: int | None = None
    alert: str = ""


Teller = Callable[[Sequence[int]], list[Told]]


def _complaints(ids: Sequence[int]) -> list[Told]:
    rows = list(Complaint.objects.filter(pk__in=ids))
    about = transactions_named({(row.source, row.serial_no) for row in rows if row.serial_no})
    return [
        Told(
            row.received_at,
            " · ".join(text for text in (row.complaint_no, row.get_channel_display(), row.get_category_display()) if text),
            _complaint_state(row),
            row.unit_code,
            row.staff_no,
            about.get((row.source, row.serial_no)),
        )
        for row in rows
    ]


def _complaint_state(row: Complaint) -> str:
    if row.revisited_at:
        return _("revisited: %(result)s") % {"result": row.get_revisit_result_display()} if row.revisit_result else _("revisited")
    return _("rectified, not revisited") if row.rectified_at else _("not rectified")


def _discipline(ids: Sequence[int]) -> list[Told]:
    """What somebody was punished for is not said here: the case itself is for discipline inspectors."""
    return [
        Told(day_start(row.decided_at), row.case_no, row.get_prohibition_display(), row.unit_code, row.staff_no)
        for row in DisciplineCase.objects.filter(pk__in=ids)
    ]


def _impounds(ids: Sequence[int]) -> list[Told]:
    rows = list(Impound.objects.filter(pk__in=ids))
    about = transactions_named({(row.source, row.serial_no) for row in rows})
    told = []
    for row in rows:
        owner = about.get((row.source, row.serial_no))
        if owner is not None:
            vehicle = mask_plate(owner.plate_no) if owner.plate_no else ""
            what = " · ".join(text for text in (row.serial_no, vehicle, row.lot) if text)
            told.append(Told(owner.accepted_at, what, _impound_state(row), owner.unit_code, owner.handler_no, owner))
    return told


def _impound_state(row: Impound) -> str:
    if row.released_at:
        return _("released %(time)s") % {"time": short_time(row.released_at)}
    return _("held, term ends %(time)s") % {"time": short_time(row.due_at)} if row.due_at else _("held")


def _quarantined(ids: Sequence[int]) -> list[Told]:
    """The reason is told without the value that was refused: it may be anybody's number."""
    rows = Quarantined.objects.filter(pk__in=ids).select_related("delivery")
    return [
        Told(
            row.first_seen_at,
            _("%(file)s, line %(line)d") % {"file": row.delivery.name or row.source, "line": row.row},
            _reason(row),
            row.unit_code,
            row.staff_no,
            refused=row.pk,
        )
        for row in rows
    ]


def _reason(row: Quarantined) -> str:
    row.value = "…" if row.value else ""
    return reason_of(row)


def _tenures(ids: Sequence[int]) -> list[Told]:
    rows = list(Posting.objects.filter(pk__in=ids))
    names = dict(Post.objects.filter(code__in={row.post_code for row in rows}).values_list("code", "name"))
    ends = tenure_ends([row.pk for row in rows])
    return [
        Told(
            day_start(row.start_date),
            names.get(row.post_code, row.post_code),
            _("held until %(day)s") % {"day": ended} if (ended := ends.get(row.pk)) else _("still held"),
            row.unit_code,
            row.staff_no,
        )
        for row in rows
    ]


ACTS: Mapping[str, Promise] = {
    "acknowledge": pgettext_lazy("act", "acknowledged"),
    "dismiss": pgettext_lazy("act", "dismissed"),
    "issue": pgettext_lazy("act", "issued as a warning"),
    "export": gettext_lazy("list of alerts exported"),
    "open": gettext_lazy("case opened"),
    "close": gettext_lazy("case closed"),
    "reveal": gettext_lazy("personal data revealed"),
    "raise_threshold": gettext_lazy("threshold of a rule raised"),
    "missed_hit": gettext_lazy("hit missed since a threshold was raised"),
}


def _actions(ids: Sequence[int]) -> list[Told]:
    """What somebody did on this platform. Of what was revealed nothing is said but what for."""
    return [
        Told(row["at"], str(ACTS[row["act"]]), _act_detail(row), row["unit"], row["actor"], alert=row["alert"]) for row in pictures_of(ids)
    ]


def _act_detail(row: Mapping[str, Any]) -> str:
    if row["level"]:
        return str(words.LEVELS[row["level"]])
    if row["act"] == "reveal":
        return _("purpose stated") if row["purpose"] else _("no case stated")
    return row["object"] if row["act"] in ("raise_threshold", "missed_hit") else ""


TELLERS: Mapping[str, tuple[Promise, Teller]] = {
    "complaints": (gettext_lazy("Complaint"), _complaints),
    "discipline": (gettext_lazy("Case"), _discipline),
    "impounds": (gettext_lazy("Impounded vehicle"), _impounds),
    "quarantine": (gettext_lazy("Rejected row"), _quarantined),
    "tenures": (gettext_lazy("Sensitive post"), _tenures),
    "actions": (gettext_lazy("Act"), _actions),
}


def record_days(frame: str, ids: Sequence[int]) -> list[datetime]:
    """The moments of the records, for a chart by day; none of a frame whose records nobody tells."""
    return [told.at for told in TELLERS[frame][1](ids)] if frame in TELLERS else []


def records_table(frame: str, ids: Sequence[int], viewer: Viewer, *, most: int, url_of: Callable[[Transaction], str]) -> dict[str, Any]:
    """Columns and rows of center/_evidence.html, newest first, and how many there are in all."""
    title, teller = TELLERS[frame]
    told = sorted(teller(ids), key=lambda one: one.at, reverse=True)
    shown = told[:most]
    units = dict(Unit.objects.filter(code__in={one.unit_code for one in shown}).values_list("code", "name"))
    pages = _pages(shown, viewer)
    opened = viewer.opens_transactions_of({one.about.unit_code for one in shown if one.about is not None})
    seen = _seen_alerts(shown, viewer)
    columns = [_("Time"), str(title), _("State"), _("Unit"), _("Person")]
    rows = []
    for one in shown:
        url = url_of(one.about) if one.about is not None and one.about.unit_code in opened else pages.get(one.refused)
        what = one.what
        if one.alert in seen:
            what, url = f"{what} · {one.alert}", reverse("center:alert", args=[one.alert])
        texts = [short_time(one.at), what, one.detail, units.get(one.unit_code, one.unit_code), _masked(one.staff_no)]
        rows.append(
            {"cells": [{"text": text, "url": url if place == 1 else None, "strong": place == 0} for place, text in enumerate(texts)]}
        )
    return {"columns": [{"label": label} for label in columns], "rows": rows, "shown": len(shown), "total": len(told)}


def _pages(told: Sequence[Told], viewer: Viewer) -> dict[int | None, str]:
    """The pages of the rejected rows that this person may open."""
    numbers = [one.refused for one in told if one.refused is not None]
    if not numbers or not opens("intake:refused_row", viewer.roles):
        return {}
    seen = visible_rows(viewer.user).filter(pk__in=numbers).values_list("pk", flat=True)
    return {number: reverse("intake:refused_row", args=[number]) for number in seen}


def _seen_alerts(told: Sequence[Told], viewer: Viewer) -> frozenset[str]:
    numbers = {one.alert for one in told if one.alert}
    return frozenset(viewer.alerts.filter(number__in=numbers).values_list("number", flat=True)) if numbers else frozenset()


def _masked(staff_no: str) -> str:
    return mask_staff_no(staff_no) if staff_no else ""
