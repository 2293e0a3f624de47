"""All that stands in the database of one source, without ids and moments of arrival, to compare two ways of getting there."""

import json
from typing import Any

from django.db import models

from ledger.complaints.models import Complaint
from ledger.intake.models import Quarantined
from ledger.journal.canonical import leaf_hash
from ledger.journal.models import Batch, Delivery, RecordVersion, Step, Transaction, Version
from risk.scoring.models import DirtyMark

Standing = dict[str, list[dict[str, Any]]]
OURS = {"id", "source", "lease_until"}


def standing(source: str) -> Standing:
    """Deliveries, batches, versions, rows and quarantine of a source, and all marks there are. Every leaf is proved on the way."""
    serials = dict(Transaction.objects.filter(source=source).values_list("id", "serial_no"))
    batches = list(Batch.objects.filter(delivery__source=source).order_by("id"))
    numbers = {batch.pk: number for number, batch in enumerate(batches)}
    found: Standing = {
        "deliveries": [facts(one) for one in Delivery.objects.filter(source=source).order_by("id")],
        "batches": [{"rows": batch.rows, "in_columns": batch.in_columns} for batch in batches],
        "transactions": [facts(one) for one in Transaction.objects.filter(source=source).order_by("serial_no")],
        "versions": [
            {**facts(one), "transaction_id": serials[one.transaction_id], "batch_id": numbers[one.batch_id]}
            for one in Version.objects.filter(transaction_id__in=serials)
        ],
        "steps": [{**facts(one), "transaction_id": serials[one.transaction_id]} for one in Step.objects.filter(transaction_id__in=serials)],
        "complaints": [facts(one) for one in Complaint.objects.filter(source=source)],
        "record versions": [{**facts(one), "delivery_id": None} for one in RecordVersion.objects.filter(source=source)],
        "quarantined": [{**facts(one), "delivery_id": None} for one in Quarantined.objects.filter(source=source)],
        "marks": [facts(one) for one in DirtyMark.objects.all()],
    }
    return {name: sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, default=str)) for name, rows in found.items()}


def facts(row: models.Model) -> dict[str, Any]:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    moments = {name for name in values if name.endswith("_at") and name not in ("accepted_at", "finished_at", "at", "received_at")}
    if isinstance(row, Delivery):
        moments |= {"finished_at"}
    if isinstance(row, Version | RecordVersion):
        assert values.pop("leaf") == leaf_hash(values["text"])
        told = json.loads(values["text"])
        values["text"] = {name: value for name, value in told.items() if name not in ("arrived_at", "source")}
    return {name: value for name, value in values.items() if name not in OURS | moments}
