"""An order in words: what its record says, how a response stands, what stands above its page."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from oversight.attachments.formats import SHOWN
from oversight.cases.models import CaseEntry
from oversight.cases.telling import happened
from oversight.center.presenters.times import full_time, short_time
from oversight.intake.labels import size_text
from oversight.orders.clocks import Clock, clock_name, deadline
from oversight.orders.models import Attachment, Order, Response, TermMark
from oversight.orders.queries import entries_of
from oversight.orders.words import COMMENTED, DONE, FIELDS, MARKS


def head(order: Order, now: datetime) -> dict[str, Any]:
    """What every page of an order says of it first."""
    return {
        "number": order.number,
        "case": order.case.number,
        "level": order.level,
        "unit": order.party.unit.name,
        "status": order.status,
        "status_label": str(order.get_status_display()),
        "mark": MARKS[Order.Status(order.status)],
        "deadline": deadline(order, now),
        "clock": clock_name(order, now),
        "reminders": order.reminders,
        "url": reverse("orders:order", args=[order.number]),
        "response_url": reverse("orders:response", args=[order.number]),
    }


def facts(order: Order) -> list[tuple[str, str]]:
    """The order as a form: what is asked, how it is reviewed and objected to, and every term to the minute."""
    told = [
        (_("Requirement"), order.requirement),
        (_("Papers asked for"), order.materials),
        (pgettext("order", "Review"), order.review_way),
        (_("How to object"), order.objection_way),
        (pgettext("order", "Issued"), f"{order.issued_by} {full_time(order.issued_at)[:16]}"),
        (_("To be signed by"), full_time(order.sign_due_at)[:16]),
        (_("Signed"), f"{order.signed_by} {full_time(order.signed_at)[:16]}" if order.signed_by and order.signed_at else ""),
        (_("First report by"), full_time(order.first_due_at)[:16] if order.first_due_at else ""),
        (_("Response by"), full_time(order.due_at)[:16]),
        (_("Objection by"), full_time(order.objection_until)[:16] if order.objection_until else ""),
    ]
    return [(label, text) for label, text in told if text]


def record(order: Order) -> list[dict[str, Any]]:
    """The 办理记录 of the order, newest first, as center/_timeline.html prints it."""
    return [
        {
            "time": short_time(entry.at),
            "at_full": full_time(entry.at),
            "actor": str(entry.actor) if entry.actor else None,
            "text": _said(entry),
            "seal": None,
        }
        for entry in reversed(entries_of(order))
    ]


def _said(entry: CaseEntry) -> str:
    data = entry.data
    done = str(DONE.get(entry.kind) or happened(entry))
    if entry.kind in ("order.soon", "order.overdue"):
        done = f"{TermMark.Clock(data['clock']).label} {TermMark.State(entry.kind.removeprefix('order.')).label}"
    parts = [data["note"]] if data.get("note") else []
    parts += [f"{COMMENTED[name]} {text}" for name, text in data.get("comments", {}).items() if name in COMMENTED]
    if data.get("name"):
        parts.append(data["name"])
    until = parse_datetime(data.get("until") or "")
    if until is not None:
        parts.append(_("until %(time)s") % {"time": full_time(until)[:16]})
    if data.get("late") is True:
        parts.append(str(TermMark.State.OVERDUE.label))
    return _(": ").join([done, _("; ").join(parts)]) if parts else done


def reported(one: Response) -> dict[str, Any]:
    """A report as it was sent, and what the review said."""
    return {
        "place": one.place,
        "stage": str(one.get_stage_display()),
        "fields": [(str(label), getattr(one, name), one.comments.get(name, "")) for name, label in FIELDS.items() if getattr(one, name)],
        "papers": [paper(attachment) for attachment in one.attachments.all()],
        "papers_comment": one.comments.get("attachments", ""),
        "sent_by": str(one.sent_by),
        "sent_at": short_time(one.sent_at),
        "sent_exactly": full_time(one.sent_at),
        "late": one.sent_at > one.due_at,
        "decision": str(one.get_decision_display()) if one.decision else "",
        "reviewed_by": str(one.reviewed_by or ""),
        "reviewed_at": short_time(one.reviewed_at) if one.reviewed_at else "",
        "note": one.note,
    }


def paper(one: Attachment) -> dict[str, Any]:
    return {
        "pk": one.pk,
        "name": one.name,
        "icon": "photo" if one.kind in SHOWN else "file-text",
        "size": size_text(one.size),
        "by": str(one.added_by),
        "url": reverse("orders:attachment", args=[one.order.number, one.pk]),
        "drop_url": reverse("orders:attachment-drop", args=[one.order.number, one.pk]),
    }


def what_is_due(order: Order, now: datetime) -> str:
    """剩5小时 stands large; this beside it: until when what is to be done."""
    told, name = deadline(order, now), clock_name(order, now)
    if told is None or not name:
        return told.exact if told else ""
    exact = {"time": told.exact}
    if name == str(Clock.SIGN.label):
        return pgettext("order", "to be signed by %(time)s") % exact
    if name == str(Clock.FIRST.label):
        return pgettext("order", "first report by %(time)s") % exact
    return pgettext("order", "to be sent by %(time)s") % exact
