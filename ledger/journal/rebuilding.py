"""The current rows made anew from the versions alone: the proof that they are nothing but a projection."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db import transaction as database

from ledger.journal import bulk
from ledger.journal.counting import recount
from ledger.journal.fold import Content, folded, folded_step
from ledger.journal.models import Step, Transaction, Version
from ledger.journal.pictures import COLUMNS, STEP_COLUMNS, row_of, step_row

CHUNK = 5000


@database.atomic
def rebuild(source: str | None = None) -> int:
    """Throw the current rows away and fold them from the versions, keeping transaction ids; of one source, or of all.

    Returns how many transactions there are afterwards. Step ids are new; nothing refers to them.
    """
    doomed = Transaction.objects.all() if source is None else Transaction.objects.filter(source=source)
    Step.objects.filter(transaction_id__in=doomed.values("id"))._raw_delete("default")
    doomed._raw_delete("default")
    rows: list[tuple[Any, ...]] = []
    steps: list[tuple[Any, ...]] = []
    total = 0
    for row, trail in _folded_transactions(source):
        rows.append(row)
        steps += trail
        total += 1
        if len(rows) >= CHUNK:
            _write(rows, steps)
            rows, steps = [], []
    _write(rows, steps)
    recount(source)
    return total


def _write(rows: list[tuple[Any, ...]], steps: list[tuple[Any, ...]]) -> None:
    bulk.insert_rows(Transaction, ("id", *COLUMNS), rows)
    bulk.insert_rows(Step, STEP_COLUMNS, steps)


def _folded_transactions(source: str | None) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
    versions = Version.objects.order_by("transaction_id", "number").iterator(chunk_size=CHUNK)
    for transaction_id, history in groupby(versions, key=lambda version: version.transaction_id):
        picture: Content = {}
        steps: dict[int, Content] = {}
        first = last = None
        for version in history:
            told = json.loads(version.text)
            first, last = first or (told, version.arrived_at), version
            if version.part == Version.Part.RECORD:
                picture = folded(picture, told["content"])
                continue
            for step in told["content"]["steps"]:
                steps[step["seq"]] = folded_step(steps.get(step["seq"]), step)
            if told["content"].get("marks"):
                picture = picture | {"marks": picture.get("marks", []) + told["content"]["marks"]}
        assert first is not None and last is not None
        identity, arrived_at = first
        if source is not None and identity["source"] != source:
            continue
        named = {"source": identity["source"], "serial_no": identity["serial_no"]}
        row = row_of(**named, picture=picture, arrived_at=arrived_at, version=last.number)
        yield (transaction_id, *row), [step_row(transaction_id, seq, content) for seq, content in sorted(steps.items())]
