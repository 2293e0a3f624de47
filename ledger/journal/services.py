"""The only writers of the journal: what a delivery says becomes versions, and the current rows follow from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction as database
from django.utils import timezone

from ledger.journal import bulk
from ledger.journal.canonical import canonical_json, leaf_hash, moment_text, text_digest, version_text
from ledger.journal.changes import LedgerChange, RowChange, tell_ledger_change
from ledger.journal.fold import Content, Record, StepRecord, first_picture, folded_step, said, step_said
from ledger.journal.models import Batch, Delivery, Step, Transaction, Version
from ledger.journal.pictures import COLUMNS, STEP_COLUMNS, current_row, picture_of, row_now, row_of, step_picture, step_row, values_now
from ledger.journal.rebuilding import rebuild

__all__ = ["Appended", "append", "append_steps", "rebuild"]
VERSION_COLUMNS = ("transaction_id", "number", "part", "change", "batch_id", "arrived_at", "text", "leaf")


@dataclass
class Appended:
    """What became of the records of one call. `new_serials`: transactions heard of for the first time.

    `states`: for each record in its order, which of the three counts it is in; a homeless step is "waiting".
    `homeless`: positions of steps whose transaction is not in the journal; nothing was written for them.
    """

    accepted: int = 0
    revised: int = 0
    duplicate: int = 0
    states: list[str] = field(default_factory=list)
    new_serials: set[str] = field(default_factory=set)
    homeless: list[int] = field(default_factory=list)
    batch: Batch | None = None


@dataclass(slots=True)
class _Entry:
    """One transaction while a call works on it: `before` is None where the journal did not know it."""

    picture: Content
    number: int
    before: Transaction | None = None
    changed: bool = False


_Spoken = tuple[str, int, str, str, Content]  # serial number, version number, part, change, content
RECORD, FIRST = Version.Part.RECORD.value, Version.Change.FIRST.value


@database.atomic
def append(*, delivery: Delivery, records: Sequence[Record], backfill: bool = False) -> Appended:
    """Write the records of one delivery: versions, current rows and a Batch, and tell who listens, in one database transaction.

    Aim for some thousands of records a call; the same serial number may stand in it more than once, in the order of telling.
    """
    bulk.lock_source(delivery.source)
    known = _known(delivery.source, records)
    entries: dict[str, _Entry] = {}
    spoken: list[_Spoken] = []
    result = Appended()
    for record in records:
        entry = entries.get(record.serial_no)
        before = known.get(record.serial_no)
        if entry is None and before is None:
            picture = first_picture(record)
            entries[record.serial_no] = _Entry(picture, 1, changed=True)
            spoken.append((record.serial_no, 1, RECORD, FIRST, picture))
            result.accepted += 1
            result.states.append("accepted")
            result.new_serials.add(record.serial_no)
            continue
        if entry is None:
            assert before is not None
            entry = entries[record.serial_no] = _Entry(picture_of(before), before.version, before)
        news = said(entry.picture, record)
        if news is None:
            result.duplicate += 1
            result.states.append("duplicate")
            continue
        entry.number, entry.picture, entry.changed = entry.number + 1, news.picture, True
        spoken.append((record.serial_no, entry.number, RECORD, news.change.value, news.version))
        result.revised += 1
        result.states.append("revised")
    changed = {serial_no: entry for serial_no, entry in entries.items() if entry.changed}
    if changed:
        result.batch = _commit(delivery, changed, spoken, backfill)
    return result


def _known(source: str, records: Sequence[Record]) -> dict[str, Transaction]:
    serials = {record.serial_no for record in records}
    return {row.serial_no: row for row in bulk.identified(Transaction.objects.filter(source=source), "serial_no", serials)}


def _commit(delivery: Delivery, changed: dict[str, _Entry], spoken: Sequence[_Spoken], backfill: bool) -> Batch:
    source, now = delivery.source, timezone.now()
    batch = Batch.objects.create(delivery=delivery, committed_at=now, rows=len(changed))
    texts = [canonical_json(content) for *_version, content in spoken]
    digests = {told[0]: text_digest(text) for told, text in zip(spoken, texts, strict=True) if _is_whole(told, changed)}
    rows = {
        serial_no: row_of(
            source=source,
            serial_no=serial_no,
            picture=entry.picture,
            arrived_at=entry.before.arrived_at if entry.before else now,
            version=entry.number,
            digest=digests.get(serial_no),
        )
        for serial_no, entry in changed.items()
    }
    ids = {serial_no: entry.before.pk for serial_no, entry in changed.items() if entry.before}
    bulk.update_rows(Transaction, COLUMNS, [(*rows[serial_no], key) for serial_no, key in ids.items()])
    new = [serial_no for serial_no in rows if serial_no not in ids]
    ids |= dict(zip(new, bulk.new_ids(Transaction, len(new)), strict=True))
    with bulk.inserting() as insert:
        insert(Transaction, ("id", *COLUMNS), [(ids[serial_no], *rows[serial_no]) for serial_no in new])
        _keep_versions(insert, batch, source, now, ids, spoken, texts)
        told = [
            RowChange(new=current_row(ids[serial_no], row), old=values_now(before) if (before := changed[serial_no].before) else None)
            for serial_no, row in rows.items()
        ]
    tell_ledger_change(LedgerChange(batch=batch, rows=told, backfill=backfill))
    return batch


def _is_whole(told: _Spoken, changed: dict[str, _Entry]) -> bool:
    """Whether a version says all there is to say of a transaction, and nothing of ours, so that its text gives the digest too."""
    serial_no, number, _part, change, content = told
    return change == FIRST and number == changed[serial_no].number and "marks" not in content


def _keep_versions(
    insert: bulk.Insert, batch: Batch, source: str, now: datetime, ids: dict[str, int], spoken: Sequence[_Spoken], contents: Sequence[str]
) -> None:
    """`contents`: of each as canonical JSON."""
    arrived = moment_text(now)
    rows: list[Sequence[Any]] = []
    for (serial_no, number, part, change, _content), content in zip(spoken, contents, strict=True):
        text = version_text(source=source, serial_no=serial_no, number=number, part=part, arrived_at=arrived, content=content)
        rows.append((ids[serial_no], number, part, change, batch.pk, now, text, leaf_hash(text)))
    insert(Version, VERSION_COLUMNS, rows)


@dataclass(slots=True)
class _Trail:
    """The steps of one transaction while a call works on them."""

    owner: Transaction
    steps: dict[int, Content] = field(default_factory=dict)
    ids: dict[int, int] = field(default_factory=dict)
    touched: dict[int, Content] = field(default_factory=dict)
    change: Version.Change = Version.Change.PROGRESS
    versions: list[Content] = field(default_factory=list)
    marks: list[dict[str, str]] = field(default_factory=list)


@database.atomic
def append_steps(*, delivery: Delivery, steps: Sequence[StepRecord], backfill: bool = False) -> Appended:
    """Write the steps of one delivery: one version per transaction, the current steps and a Batch, in one database transaction.

    Steps of transactions that are not in the journal are named in `homeless`; the lock on the source stands until the caller's
    transaction ends, so a caller that lets them wait in the same transaction misses no transaction arriving meanwhile.
    """
    bulk.lock_source(delivery.source)
    trails = _trails(delivery.source, steps)
    result = Appended()
    for position, record in enumerate(steps):
        trail = trails.get(record.serial_no)
        if trail is None:
            result.homeless.append(position)
            result.states.append("waiting")
            continue
        known = trail.steps.get(record.seq)
        if known is None:
            version: Content = {"seq": record.seq, **record.content}
            result.accepted += 1
            result.states.append("accepted")
        else:
            news = step_said(known, record)
            if news is None:
                result.duplicate += 1
                result.states.append("duplicate")
                continue
            version, change = news
            trail.change = Version.Change.ALTERATION if Version.Change.ALTERATION in (change, trail.change) else trail.change
            result.revised += 1
            result.states.append("revised")
        trail.versions.append(version)
        trail.steps[record.seq] = trail.touched[record.seq] = folded_step(known, version)
        trail.marks += [mark for mark in record.marks if mark not in trail.marks and mark not in trail.owner.marks]
    touched = [trail for trail in trails.values() if trail.touched]
    if touched:
        result.batch = _commit_steps(delivery, touched, backfill)
    return result


def _trails(source: str, steps: Sequence[StepRecord]) -> dict[str, _Trail]:
    owners = bulk.identified(Transaction.objects.filter(source=source), "serial_no", {record.serial_no for record in steps})
    trails = {owner.pk: _Trail(owner) for owner in owners}
    for step in Step.objects.filter(transaction_id__in=trails):
        trail = trails[step.transaction_id]
        trail.steps[step.seq], trail.ids[step.seq] = step_picture(step), step.pk
    return {trail.owner.serial_no: trail for trail in trails.values()}


def _commit_steps(delivery: Delivery, trails: Sequence[_Trail], backfill: bool) -> Batch:
    now = timezone.now()
    batch = Batch.objects.create(delivery=delivery, committed_at=now, rows=len(trails))
    spoken: list[_Spoken] = []
    told = []
    for trail in trails:
        owner, old = trail.owner, values_now(trail.owner)
        owner.version += 1
        owner.marks = owner.marks + trail.marks
        content: Content = {"steps": trail.versions}
        if trail.marks:
            content["marks"] = trail.marks
        spoken.append((owner.serial_no, owner.version, Version.Part.STEPS.value, trail.change.value, content))
        told.append(RowChange(new=row_now(owner), old=old, steps=True))
    bulk.update_rows(Transaction, ("version", "marks"), [(trail.owner.version, trail.owner.marks, trail.owner.pk) for trail in trails])
    rows = [(trail, seq, step_row(trail.owner.pk, seq, content)) for trail in trails for seq, content in trail.touched.items()]
    bulk.insert_rows(Step, STEP_COLUMNS, [row for trail, seq, row in rows if seq not in trail.ids])
    bulk.update_rows(Step, STEP_COLUMNS, [(*row, trail.ids[seq]) for trail, seq, row in rows if seq in trail.ids])
    texts = [canonical_json(content) for *_version, content in spoken]
    with bulk.inserting() as insert:
        _keep_versions(insert, batch, delivery.source, now, {trail.owner.serial_no: trail.owner.pk for trail in trails}, spoken, texts)
    tell_ledger_change(LedgerChange(batch=batch, rows=told, backfill=backfill))
    return batch
