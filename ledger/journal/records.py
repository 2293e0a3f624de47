"""Records that are no transactions (complaints, cases, impounds): what a delivery says becomes versions, and the current rows follow.

One mechanism for every such kind; the area of a kind declares the model and decides what else a change means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import models
from django.db import transaction as database
from django.utils import timezone

from ledger.journal import bulk
from ledger.journal.canonical import leaf_hash, moment_of, moment_text, record_text
from ledger.journal.fold import Content, Record, first_picture, said
from ledger.journal.models import Delivery, Recorded, RecordVersion, Version
from ledger.roster.services import Outcome

__all__ = ["Changed", "Kept", "keep", "picture_of"]
VERSION_COLUMNS = ("kind", "source", "key", "number", "change", "delivery_id", "arrived_at", "text", "leaf")
_OURS = frozenset({"id", "source", "marks", "arrived_at", "version"})
_Spoken = tuple[str, int, str, Content]  # key, version number, change, content


@dataclass(slots=True)
class Changed:
    """The picture of one record before and after a call; `old` is None where it was not known."""

    new: Content
    old: Content | None = None


@dataclass
class Kept:
    """Outcomes in the order of the records, and what changed, by key."""

    outcomes: list[Outcome]
    changes: dict[str, Changed] = field(default_factory=dict)


@dataclass(slots=True)
class _Entry:
    """One record while a call works on it: `before` is None where it was not known."""

    picture: Content
    number: int
    before: Recorded | None = None
    changed: bool = False


@database.atomic
def keep(*, model: type[Recorded], delivery: Delivery, records: Sequence[Record], refused: Mapping[str, Outcome] | None = None) -> Kept:
    """Write the records of one delivery: versions and current rows, in one database transaction.

    `serial_no` of a record holds its key. Records whose key is in `refused` are not written and get that outcome. The same key may
    come more than once, in the order of telling.
    """
    bulk.lock_source(delivery.source)
    known = _known(model, delivery.source, records)
    entries: dict[str, _Entry] = {}
    spoken: list[_Spoken] = []
    outcomes = [(refused or {}).get(record.serial_no) or _hear(record, entries, known.get(record.serial_no), spoken) for record in records]
    changed = {key: entry for key, entry in entries.items() if entry.changed}
    if changed:
        _write(model, delivery, changed, spoken)
    told = {key: Changed(entry.picture, picture_of(entry.before) if entry.before else None) for key, entry in changed.items()}
    return Kept(outcomes, told)


def picture_of(row: Recorded) -> Content:
    """The picture a current row shows: what is known, by column name, in canonical form."""
    picture: Content = {}
    for content_field in _content_fields(type(row)):
        value = getattr(row, content_field.name)
        if isinstance(value, datetime):
            value = moment_text(value)
        elif isinstance(value, date):
            value = value.isoformat()
        if value not in ("", None):
            picture[content_field.name] = value
    if row.marks:
        picture["marks"] = row.marks
    return picture


def _known(model: type[Recorded], source: str, records: Sequence[Record]) -> dict[str, Recorded]:
    keys = {record.serial_no for record in records}
    rows = model._default_manager.filter(source=source, **{f"{model.key_field}__in": keys})
    return {getattr(row, model.key_field): row for row in rows}


def _hear(record: Record, entries: dict[str, _Entry], before: Recorded | None, spoken: list[_Spoken]) -> Outcome:
    """What one record adds to what is known of its key, noted in `entries` and `spoken`."""
    key = record.serial_no
    entry = entries.get(key)
    if entry is None and before is None:
        entries[key] = _Entry(first_picture(record), 1, changed=True)
        spoken.append((key, 1, Version.Change.FIRST.value, entries[key].picture))
        return Outcome("accepted")
    if entry is None:
        assert before is not None
        entry = entries[key] = _Entry(picture_of(before), before.version, before)
    news = said(entry.picture, record)
    if news is None:
        return Outcome("duplicate")
    entry.number, entry.picture, entry.changed = entry.number + 1, news.picture, True
    spoken.append((key, entry.number, news.change.value, news.version))
    return Outcome("revised")


def _write(model: type[Recorded], delivery: Delivery, changed: Mapping[str, _Entry], spoken: Sequence[_Spoken]) -> None:
    source, now = delivery.source, timezone.now()
    names = [content_field.name for content_field in _content_fields(model)]
    new: list[Recorded] = []
    old: list[tuple[Any, ...]] = []
    for key, entry in changed.items():
        values, marks = _values(model, entry.picture), entry.picture.get("marks", [])
        if entry.before is None:
            identity: dict[str, Any] = {"source": source, model.key_field: key}
            new.append(model(**identity, **values, marks=marks, arrived_at=now, version=entry.number))
        else:
            old.append((*(values[name] for name in names), marks, entry.number, entry.before.pk))
    model._default_manager.bulk_create(new, batch_size=500)
    bulk.update_rows(model, (*names, "marks", "version"), old)
    arrived = moment_text(now)
    rows: list[tuple[Any, ...]] = []
    for key, number, change, content in spoken:
        text = record_text(kind=model.kind, source=source, key=key, number=number, arrived_at=arrived, content=content)
        rows.append((model.kind, source, key, number, change, delivery.pk, now, text, leaf_hash(text)))
    bulk.insert_rows(RecordVersion, VERSION_COLUMNS, rows)


@cache
def _content_fields(model: type[Recorded]) -> tuple[models.Field, ...]:
    """The fields a delivery states, without the key."""
    return tuple(found for found in model._meta.concrete_fields if found.name not in _OURS and found.name != model.key_field)


def _values(model: type[Recorded], picture: Content) -> dict[str, Any]:
    return {content_field.name: _value(content_field, picture.get(content_field.name)) for content_field in _content_fields(model)}


def _value(content_field: models.Field, known: Any) -> Any:
    if known is None:
        return None if content_field.null else ""
    if isinstance(content_field, models.DateTimeField):
        return moment_of(known)
    return date.fromisoformat(known) if isinstance(content_field, models.DateField) else known
