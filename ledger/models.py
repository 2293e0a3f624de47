"""All models of the package, gathered from its areas for Django."""

from ledger.audit.models import AuditEntry
from ledger.columns.models import ColumnFile, ColumnLock
from ledger.complaints.models import Complaint
from ledger.discipline.models import DisciplineCase
from ledger.holds.models import Hold
from ledger.impounds.models import Impound
from ledger.intake.models import ApiToken, Discard, IdempotencyKey, Quarantined, Upload
from ledger.journal.models import Batch, DailyCount, Delivery, RecordVersion, Step, Transaction, Version
from ledger.kit.models import DayOverride
from ledger.manifests.models import Manifest
from ledger.roster.models import Agency, Post, Posting, Relation, RoleGrant, Shift, Staff, Unit, User

__all__ = [
    "Agency",
    "ApiToken",
    "AuditEntry",
    "Batch",
    "ColumnFile",
    "ColumnLock",
    "Complaint",
    "DailyCount",
    "DayOverride",
    "Delivery",
    "Discard",
    "DisciplineCase",
    "Hold",
    "IdempotencyKey",
    "Impound",
    "Manifest",
    "Post",
    "Posting",
    "Quarantined",
    "RecordVersion",
    "Relation",
    "RoleGrant",
    "Shift",
    "Staff",
    "Step",
    "Transaction",
    "Unit",
    "Upload",
    "User",
    "Version",
]
