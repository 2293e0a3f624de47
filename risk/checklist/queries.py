"""Reading the checklist."""

from datetime import datetime

from risk.checklist.models import ChecklistItem, ChecklistVersion


def version_at(moment: datetime) -> ChecklistVersion | None:
    """The version in force at that moment."""
    return ChecklistVersion.objects.filter(effective_from__lte=moment).order_by("-number").first()


def item_at(no: str, moment: datetime) -> ChecklistItem | None:
    """The item of that number as it was in force at that moment; None where the checklist had none."""
    version = version_at(moment) if no else None
    return version.items.select_related("version").filter(no=no).first() if version else None
