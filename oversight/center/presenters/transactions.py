"""One transaction of the ledger, masked: what it is, its steps, its versions and the alerts that name it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from ledger.journal.models import Batch, Step, Transaction, Version
from ledger.kit.days import SHANGHAI
from ledger.kit.errors import NotFound
from ledger.kit.masking import mask_id, mask_plate, mask_staff_no, mask_vin
from ledger.lines import lines
from ledger.roster.models import Agency, Post, Posting, Staff, Unit
from oversight.center.presenters import words
from oversight.center.presenters.rows import said
from oversight.center.presenters.subjects import Names
from oversight.center.presenters.times import full_time, short_time
from oversight.viewer import Viewer
from risk.frames import TRANSACTIONS

VERSIONS, ALERTS = 20, 20


def transaction_context(identity: str, viewer: Viewer) -> dict[str, Any]:
    """What ledger/transaction.html prints for "source/serial number". Raises NotFound alike for unknown and for closed to this person."""
    row = _found(identity)
    if row is None or not viewer.opens_transactions_of([row.unit_code]):
        raise NotFound(_("There is no transaction %(number)s that you may see.") % {"number": identity})
    return {
        "crumbs": [{"label": _("Alerts"), "url": reverse("center:alerts")}],
        "transaction": {"number": row.serial_no, "title": _title(row), "state": words.transaction_status(row), "groups": _groups(row)},
        "steps": _steps(row),
        "versions": _versions(row),
        "alerts": _alerts(row, viewer),
    }


def _found(identity: str) -> Transaction | None:
    """Either part of the identity may hold a slash itself; every cut is tried, and one exists at most in an honest ledger."""
    parts = identity.split("/")
    cuts = [("/".join(parts[:at]), "/".join(parts[at:])) for at in range(1, len(parts))]
    where = Q(pk=None)
    for source, serial_no in cuts:
        where |= Q(source=source, serial_no=serial_no)
    return Transaction.objects.filter(where).first()


def _title(row: Transaction) -> str:
    parts = [words.line_title(row.line), words.action_title(row.line, row.action), words.result_title(row.result)]
    return " · ".join(part for part in parts if part)


def _groups(row: Transaction) -> list[dict[str, Any]]:
    unit = Unit.objects.filter(code=row.unit_code).first()
    post = Post.objects.filter(code=row.post_code).first() if row.post_code else None
    agency = Agency.objects.filter(code=row.agency_code).first() if row.agency_code else None
    names = _staff_names([row.handler_no, row.approver_no])
    handled = [
        (_("Unit"), unit.name if unit else row.unit_code),
        (_("Post"), post.name if post else row.post_code),
        (_("Handler"), names.get(row.handler_no, "")),
        (_("Approver"), names.get(row.approver_no, "")),
        (_("Terminal"), row.terminal),
        (_("Accepted at"), full_time(row.accepted_at)),
        (_("Finished at"), full_time(row.finished_at) if row.finished_at else ""),
    ]
    concerned = [
        (_("Agency"), agency.name if agency else row.agency_code),
        (_("Agent"), mask_id(row.agent_id_no) if row.agent_id_no else ""),
        (_("Party"), mask_id(row.person_id_no) if row.person_id_no else ""),
        (_("Plate"), mask_plate(row.plate_no) if row.plate_no else ""),
        (_("VIN"), mask_vin(row.vin) if row.vin else ""),
        (_("Related serial number"), row.related_serial),
    ]
    measures = [
        (_("Amount, yuan"), f"{row.amount / 100:.2f}" if row.amount is not None else ""),
        (_("Points"), "" if row.points is None else str(row.points)),
        *_attributes(row),
    ]
    groups = [(_("Handling"), handled), (_("Concerned"), concerned), (_("Particulars"), measures)]
    return [
        {"title": title, "items": [item for item in items if item[1]]} for title, items in groups if any(value for _label, value in items)
    ]


def _attributes(row: Transaction) -> list[tuple[str, str]]:
    """The line's own attributes by their titles; what belongs to a citizen is masked, what nobody declared stays closed."""
    line = lines().get(row.line)
    told = []
    for name, attribute in (line.attributes if line else {}).items():
        value = str(row.attrs.get(name, ""))
        if value:
            told.append((str(attribute.title), _attribute_text(attribute.kind, value)))
    return told


def _attribute_text(kind: str, value: str) -> str:
    if kind == "personal":
        return mask_id(value)
    if kind == "time":
        return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return value


def _staff_names(numbers: list[str]) -> dict[str, str]:
    known = dict(Staff.objects.filter(staff_no__in=[number for number in numbers if number]).values_list("staff_no", "name"))
    return {number: f"{known.get(number, '')} {mask_staff_no(number)}".strip() for number in numbers if number}


def _steps(row: Transaction) -> list[dict[str, Any]]:
    steps = list(Step.objects.filter(transaction=row).order_by("seq"))
    names = _staff_names([step.staff_no for step in steps])
    posts = _posts_on_the_day(row, {step.staff_no for step in steps})
    return [
        {
            "title": words.step_title(step.step),
            "at": full_time(step.at),
            "minutes": int((step.at - row.accepted_at) / timedelta(minutes=1)),
            "actor": names.get(step.staff_no, ""),
            "post": posts.get(step.staff_no, ""),
            "note": words.result_title(step.result),
        }
        for step in steps
    ]


def _posts_on_the_day(row: Transaction, numbers: set[str]) -> dict[str, str]:
    """Who held which post on the event day."""
    held = Posting.objects.filter(staff_no__in=numbers, start_date__lte=row.event_day).exclude(end_date__lt=row.event_day)
    found = {posting.staff_no: posting.post_code for posting in held.order_by("start_date")}
    names = dict(Post.objects.filter(code__in=set(found.values())).values_list("code", "name"))
    return {number: names.get(code, code) for number, code in found.items()}


def _versions(row: Transaction) -> list[dict[str, Any]]:
    versions = list(Version.objects.filter(transaction_id=row.pk).order_by("-number")[:VERSIONS])
    batches = Batch.objects.filter(pk__in={version.batch_id for version in versions}).select_related("delivery")
    deliveries = {batch.pk: batch.delivery for batch in batches}
    return [
        {
            "number": version.number,
            "received_at": f"{version.arrived_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            "source": deliveries[version.batch_id].name or deliveries[version.batch_id].source
            if version.batch_id in deliveries
            else row.source,
            "change": version.get_change_display() + (_(", steps") if version.part == Version.Part.STEPS else ""),
            "digest": version.leaf[:12],
        }
        for version in versions
    ]


def _alerts(row: Transaction, viewer: Viewer) -> list[dict[str, Any]]:
    named = (
        viewer.alerts.filter(evidence__row_id=row.pk, rule__frame=TRANSACTIONS)
        .select_related("rule", "rule_version", "unit")
        .order_by("-raised_at", "-id")
    )
    found = list(named[:ALERTS])
    names = Names.of(found)
    return [
        {
            "number": alert.number,
            "level": alert.level,
            "status": words.mark(alert),
            "status_label": words.status(alert),
            "date": short_time(alert.raised_at),
            "text": said(alert, names.subject(alert)),
            "url": reverse("center:alert", args=[alert.number]),
        }
        for alert in found
    ]
