"""Writing the checklist: the shipped one becomes version 1 where there is none; later versions are people's."""

from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from ledger.kit import locks
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.shipped import FILE, digest, read

SHIPPED_BY = "catalogue"
FROM_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NOTE = "默认方案·待本单位核定"


@transaction.atomic
def load_checklist(*, file: Path = FILE) -> ChecklistVersion | None:
    """Publish the shipped checklist as version 1; None where a version is there already, which is never overwritten.

    Raises ChecklistError when any item is wrong; nothing is written then.
    """
    entries = read(file)
    locks.hold("checklist")
    if ChecklistVersion.objects.exists():
        return None
    version = ChecklistVersion.objects.create(
        number=1,
        note=NOTE,
        digest=digest(entries),
        effective_from=FROM_THE_BEGINNING,
        published_at=timezone.now(),
        published_by=SHIPPED_BY,
    )
    items = [
        ChecklistItem(version=version, place=place, **{**vars(entry), "rules": list(entry.rules)})
        for place, entry in enumerate(entries, start=1)
    ]
    ChecklistItem.objects.bulk_create(items)
    return version
