"""One transaction of the ledger, masked: what it is, who held the posts that day, its trail, its versions and what belongs to it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.intake.reading.masks import mask_text
from ledger.intake.reading.reasons import MARKS
from ledger.journal.models import Step, Transaction
from ledger.journal.queries import related_to
from ledger.journal.sight import Sight
from ledger.kit.errors import BadInput
from ledger.kit.masking import mask_numbers
from ledger.roster.models import Agency, Unit
from oversight.business.addresses import identity_of, subject_url, transaction_url
from oversight.business.alert_lines import alert_lines
from oversight.business.fields import Field, attribute_fields, label_of, personal_fields, personal_value
from oversight.business.holders import Holders
from oversight.business.presenting import listed
from oversight.business.revealing import reveal_context
from oversight.business.versions import version_lines
from oversight.center.presenters import words
from oversight.center.presenters.times import full_time, lasted
from oversight.viewer import Viewer
from risk.frames import TRANSACTIONS

RELATED = 20


def transaction_context(
    row: Transaction, sight: Sight, viewer: Viewer, *, revealed: str | None = None, typed: dict[str, str] | None = None, problem: str = ""
) -> dict[str, Any]:
    """What ledger/transaction.html prints. `revealed`: the column shown in clear; BadInput when the row has no such value."""
    if revealed is not None and not personal_value(row, revealed):
        raise BadInput(_("Choose which value you need."))
    steps = list(Step.objects.filter(transaction=row).order_by("seq"))
    holders = Holders.of(row, {row.handler_no, row.approver_no, *(step.staff_no for step in steps)})
    groups = _groups(row, holders, revealed or "")
    return {
        "crumbs": [{"label": _("Business ledger"), "url": reverse("business:search")}],
        "transaction": {
            "number": row.serial_no,
            "title": _title(row),
            "state": words.transaction_status(row),
            "summary": _summary(row),
            "groups": groups,
            "remarks": _remarks(row),
        },
        "holders": holders.lines(row),
        "steps": _steps(row, steps, holders),
        "versions": version_lines(row),
        "related": _related(row, sight),
        "alerts": _alerts(row, viewer),
        "about": _about(row, viewer),
        "reveal": reveal_context(
            [field for group in groups for field in group["fields"]],
            typed or {},
            problem,
            url=reverse("business:reveal", args=[identity_of(row)]),
            back_url=transaction_url(row),
        ),
    }


def _title(row: Transaction) -> str:
    parts = [words.line_title(row.line), words.action_title(row.line, row.action), words.result_title(row.result)]
    return " · ".join(part for part in parts if part)


def _summary(row: Transaction) -> str:
    """When it was accepted, and how long it took."""
    accepted = _("accepted %(time)s") % {"time": full_time(row.accepted_at)}
    if row.finished_at is None or row.finished_at < row.accepted_at:
        return accepted
    return _(", ").join((accepted, _("took %(span)s") % {"span": lasted(row.finished_at - row.accepted_at)}))


def _groups(row: Transaction, holders: Holders, revealed: str) -> list[dict[str, Any]]:
    unit = Unit.objects.filter(code=row.unit_code).first()
    agency = Agency.objects.filter(code=row.agency_code).first() if row.agency_code else None
    handled = {
        "unit_code": unit.name if unit else row.unit_code,
        "post_code": holders.post(row.post_code),
        "handler_no": holders.person(row.handler_no),
        "approver_no": holders.person(row.approver_no),
        "terminal": row.terminal,
        "accepted_at": full_time(row.accepted_at),
        "finished_at": full_time(row.finished_at) if row.finished_at else "",
    }
    urls = {"handler_no": subject_url("staff", row.handler_no), "approver_no": subject_url("staff", row.approver_no)}
    urls |= {"unit_code": subject_url("unit", row.unit_code), "post_code": subject_url("post", row.post_code)}
    urls["terminal"] = subject_url("terminal", row.terminal)
    concerned = [
        *([_plain(row, "agency_code", agency.name if agency else row.agency_code, subject_url("agency", row.agency_code))]),
        *personal_fields(row, revealed),
        *(_plain(row, name, getattr(row, name)) for name in ("plate_type", "vehicle_type")),
    ]
    measures = [
        _plain(row, "amount", f"{row.amount / 100:.2f}" if row.amount is not None else ""),
        _plain(row, "points", "" if row.points is None else str(row.points)),
        *attribute_fields(row, revealed),
    ]
    handling = [_plain(row, name, text, urls.get(name, "")) for name, text in handled.items()]
    groups = [(_("Handling"), handling), (_("Concerned"), concerned), (_("Particulars"), measures)]
    shown = [{"title": title, "fields": [field for field in fields if field.text]} for title, fields in groups]
    return [group for group in shown if group["fields"]]


def _plain(row: Transaction, name: str, text: str, url: str = "") -> Field:
    return Field(name, label_of(row.line, name), text, url=url if text else "")


def _remarks(row: Transaction) -> list[str]:
    """What the intake marked on the row, without the values: they may be anybody's number."""
    known = [mark for mark in row.marks if mark.get("reason") in MARKS]
    return [str(MARKS[mark["reason"]]) % {"column": label_of(row.line, mark.get("column", "")), "value": "…"} for mark in known]


def _steps(row: Transaction, steps: list[Step], holders: Holders) -> list[dict[str, Any]]:
    return [
        {
            "title": words.step_title(step.step),
            "at": full_time(step.at),
            "minutes": int((step.at - row.accepted_at) / timedelta(minutes=1)),
            "actor": holders.person(step.staff_no),
            "post": holders.posts_of(step.staff_no) or holders.post(step.post_code),
            "note": mask_numbers(mask_text(words.result_title(step.result))),
        }
        for step in steps
    ]


def _related(row: Transaction, sight: Sight) -> dict[str, Any]:
    """Those it names or that name it, as far as this person sees them."""
    found = [one for one in related_to(row, RELATED) if sight.sees(one.unit_code)]
    named = [one for one in found if one.serial_no == row.related_serial]
    return {
        "parts": [
            {"title": title, "rows": listed(rows)}
            for title, rows in (
                (_("It refers to"), named),
                (_("Referring to it"), [one for one in found if one not in named]),
            )
            if rows
        ],
        "missing": row.related_serial if row.related_serial and not named else "",
    }


def _alerts(row: Transaction, viewer: Viewer) -> list[dict[str, Any]]:
    """The alerts that name it, of those this person may see."""
    return alert_lines(viewer.alerts.filter(evidence__row_id=row.pk, rule__frame=TRANSACTIONS))


def _about(row: Transaction, viewer: Viewer) -> list[dict[str, Any]]:
    """The ways to alerts about its unit and its terminal, which have no page of their own, where this person sees such alerts."""
    told = (("unit", row.unit_code, _("Alerts about this unit")), ("terminal", row.terminal, _("Alerts about this terminal")))
    return [
        {"text": text, "url": f"{reverse('center:alerts')}?{urlencode({'tab': 'all', 'q': code})}"}
        for kind, code, text in told
        if code and viewer.alerts.filter(subject_kind=kind, subject_code=code).exists()
    ]
