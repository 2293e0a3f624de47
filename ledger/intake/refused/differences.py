"""What a row that was taken says otherwise than the refused one it corrects."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import QuerySet

from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.impounds.models import Impound
from ledger.intake.models import Quarantined
from ledger.intake.reading import values
from ledger.intake.reading.headers import Placed, match_header
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.reasons import Fault
from ledger.journal.canonical import moment_of
from ledger.journal.fold import Content, folded, folded_step
from ledger.journal.models import Recorded, RecordVersion, Transaction, Version
from ledger.kit.days import SHANGHAI
from ledger.lines import lines
from ledger.roster.models import Agency, Post, Posting, Shift, Staff, Unit

RECORDED: Mapping[str, type[Recorded]] = {model.kind: model for model in (Complaint, DisciplineCase, Impound)}
ROSTER: Mapping[str, type] = {"units": Unit, "agencies": Agency, "posts": Post, "staff": Staff, "postings": Posting, "shifts": Shift}


@dataclass(frozen=True)
class Difference:
    """One column: what the refused row said, and what was taken; both as a file has it."""

    column: str
    refused: str
    taken: str


def taken_as(row: Quarantined) -> str:
    """The identity under which the corrected row was taken; its own unless that was what was wrong with it."""
    return str(row.detail.get("taken_as", row.identity))


def differences(row: Quarantined) -> list[Difference] | None:
    """Column by column, of those the refused row had; None when what was taken cannot be found any more.

    Of roster rows, whose earlier content is not kept, it is compared with what stands there now.
    """
    picture = _picture(row)
    if picture is None:
        return None
    found = []
    for place in match_header(KINDS[row.kind], row.columns).placed:
        raw = row.content[place.received].strip()
        known = picture.get("attrs", {}).get(place.column.name) if place.attribute else picture.get(place.column.name)
        if _read(place, raw, picture) != known and (raw or known is not None):
            found.append(Difference(place.received, row.content[place.received], _text(place, known, picture)))
    return found


def _picture(row: Quarantined) -> Content | None:
    """What was known of the record once the correcting delivery had been taken, by column name, identity included."""
    identity, kind = taken_as(row), KINDS[row.kind]
    parts: Content = dict(zip(kind.identity, identity.split("/") if len(kind.identity) > 1 else [identity], strict=False))
    if row.kind == "transactions":
        versions = _versions(row, identity).filter(part=Version.Part.RECORD)
        return _known(parts, [json.loads(version.text)["content"] for version in versions])
    if row.kind == "steps":
        return _step(row, identity)
    if row.kind in RECORDED:
        kept = RecordVersion.objects.filter(kind=row.kind, source=row.source, key=identity, arrived_at__lte=row.settled_at)
        return _known(parts, [json.loads(version.text)["content"] for version in kept.order_by("number")])
    return _roster_row(row, parts)


def _versions(row: Quarantined, serial_no: str) -> QuerySet[Version]:
    owner = Transaction.objects.filter(source=row.source, serial_no=serial_no).values("pk")[:1]
    return Version.objects.filter(transaction_id__in=owner, arrived_at__lte=row.settled_at).order_by("number")


def _known(parts: Content, versions: list[Content]) -> Content | None:
    picture: Content | None = None
    for version in versions:
        picture = folded(picture, version)
    return None if picture is None else {**parts, **picture}


def _step(row: Quarantined, identity: str) -> Content | None:
    serial_no, _slash, seq = identity.rpartition("/")
    if not seq.isdigit():
        return None
    picture: Content | None = None
    for version in _versions(row, serial_no).filter(part=Version.Part.STEPS):
        for step in json.loads(version.text)["content"]["steps"]:
            if step["seq"] == int(seq):
                picture = folded_step(picture, step)
    return None if picture is None else {"serial_no": serial_no, "seq": int(seq), **picture}


def _roster_row(row: Quarantined, parts: Content) -> Content | None:
    model: Any = ROSTER[row.kind]
    if len(parts) < len(KINDS[row.kind].identity) or not all(parts.values()):
        return None
    found = model.objects.filter(**parts).first()
    if found is None:
        return None
    picture = {column.name: getattr(found, column.name, None) for column in KINDS[row.kind].columns}
    if isinstance(found, Unit):
        superiors = {"parent_code": Unit.objects.get_parent(found), "admin_parent_code": found.admin_superior}
        picture |= {name: unit.code if unit else None for name, unit in superiors.items()}
    return {name: value for name, value in picture.items() if value not in ("", None)}


def _read(place: Placed, raw: str, picture: Content) -> Any:
    """What the refused cell would have been taken as; the cell itself where that could not be."""
    read = _attribute_reader(place, picture) if place.attribute else place.column.read
    try:
        return read(raw) if raw else None
    except Fault:
        return raw


def _attribute_reader(place: Placed, picture: Content) -> values.Reader:
    line = lines().get(picture.get("line", ""))
    declared = line.attributes.get(place.column.name) if line else None
    typed: dict[str, values.Reader] = {"number": values.number, "time": values.moment}
    return typed.get(declared.kind if declared else "", place.column.read)


def _text(place: Placed, known: Any, picture: Content) -> str:
    """A taken value as a file would hold it."""
    if known is None:
        return ""
    read = _attribute_reader(place, picture) if place.attribute else place.column.read
    if read is values.moment:
        return _moment(moment_of(known))
    if read is values.amount:
        return f"{known // 100}.{known % 100:02d}"
    if isinstance(known, bool):
        return str(int(known))
    return known.isoformat() if isinstance(known, date | time) else str(known)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
