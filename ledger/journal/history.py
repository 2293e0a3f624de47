"""What deliveries said of the roster, kept as versions: the roster itself holds only what is so now."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from typing import Any, Protocol

from django.db import transaction as database
from django.db.models import Max
from django.utils import timezone

from ledger.journal import bulk
from ledger.journal.canonical import leaf_hash, moment_text, record_text
from ledger.journal.fold import Content
from ledger.journal.models import Delivery, RecordVersion, Version
from ledger.journal.records import VERSION_COLUMNS
from ledger.roster.services import IDENTITY, Outcome, Saved

__all__ = ["keep_history", "roster_key"]
# No code holds a tab, so a joined key means one row and no other.
KEY_JOINT = "\t"
KEPT = ("accepted", "revised")


class Stated(Protocol):
    """A checked row of a roster kind, with the remarks on it."""

    values: dict[str, Any]
    stated: Any
    marks: list[dict[str, str]]


def roster_key(kind: str, values: Mapping[str, Any]) -> str:
    """What a version calls a row of the roster: its identifying values."""
    return KEY_JOINT.join(str(_plain(values[name])) for name in IDENTITY[kind])


@database.atomic
def keep_history(*, kind: str, delivery: Delivery, rows: Sequence[Stated], saved: Saved) -> list[Outcome]:
    """Keep a version of every row that changed the roster, in the transaction in which it did; call it where the roster was written.

    Returns the outcomes. A row that says nothing new but spells a code in a way not heard of its key yet is kept too, as revised. The
    source of a version is empty, because who a person is does not depend on who says it; `delivery_id` tells that.
    """
    keys = [roster_key(kind, row.values) for row in rows]
    told = zip(keys, rows, saved.outcomes, strict=True)
    numbers = _numbers(kind, {key for key, row, outcome in told if row.marks or outcome.state in KEPT})
    heard = _marks(kind, {key for key, row in zip(keys, rows, strict=True) if row.marks})
    outcomes: list[Outcome] = []
    spoken: list[tuple[str, int, str, Content]] = []
    for key, row, outcome, before in zip(keys, rows, saved.outcomes, saved.before, strict=True):
        fresh = [mark for mark in row.marks if mark not in heard.get(key, ())]
        if outcome.state == "duplicate" and fresh:
            outcome = Outcome("revised")
        outcomes.append(outcome)
        if outcome.state not in KEPT:
            continue
        heard.setdefault(key, []).extend(fresh)
        numbers[key] = numbers.get(key, 0) + 1
        content, change = _said(row, before)
        if before is not None and numbers[key] == 1:  # written before versions of the roster were kept
            content["before"] = _known(before)
        spoken.append((key, numbers[key], change.value, content))
    _write(kind, delivery, spoken)
    return outcomes


def _said(row: Stated, before: Mapping[str, Any] | None) -> tuple[Content, Version.Change]:
    """What the row states, what it empties, and which kind of change that is."""
    content: Content = {name: _plain(value) for name, value in row.values.items()}
    known = _known(before or {})
    emptied = sorted(name for name in known if name in row.stated and name not in content and known[name] is not False)
    altered = emptied or any(name in known and known[name] != value for name, value in content.items())
    if row.marks:
        content["marks"] = row.marks
    if emptied:
        content["emptied"] = emptied
    if before is None:
        return content, Version.Change.FIRST
    return content, Version.Change.ALTERATION if altered else Version.Change.PROGRESS


def _known(before: Mapping[str, Any]) -> Content:
    return {name: _plain(value) for name, value in before.items() if value not in ("", None)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | time) else value


def _numbers(kind: str, keys: Collection[str]) -> dict[str, int]:
    """The number of the last version of each key that has one. The lock of the roster lets nobody else write one meanwhile."""
    versions = RecordVersion.objects.filter(kind=kind, source="", key__in=keys)
    return dict(versions.order_by().values_list("key").annotate(Max("number")))


def _marks(kind: str, keys: Collection[str]) -> dict[str, list[dict[str, str]]]:
    """The marks that the versions of these keys hold already."""
    found: dict[str, list[dict[str, str]]] = {}
    for key, text in RecordVersion.objects.filter(kind=kind, source="", key__in=keys).values_list("key", "text") if keys else ():
        found.setdefault(key, []).extend(json.loads(text)["content"].get("marks", ()))
    return found


def _write(kind: str, delivery: Delivery, spoken: Sequence[tuple[str, int, str, Content]]) -> None:
    now = timezone.now()
    arrived = moment_text(now)
    rows: list[tuple[Any, ...]] = []
    for key, number, change, content in spoken:
        text = record_text(kind=kind, source="", key=key, number=number, arrived_at=arrived, content=content)
        rows.append((kind, "", key, number, change, delivery.pk, now, text, leaf_hash(text)))
    bulk.insert_rows(RecordVersion, VERSION_COLUMNS, rows)
