"""Versions of the checklist against their digests: what was changed of their items outside the application."""

from collections.abc import Iterator

from ledger.seal.verifying import Fault
from risk.checklist.models import ChecklistVersion
from risk.checklist.shipped import Entry, digest


def checklist_versions() -> Iterator[Fault | None]:
    """Every published version of the checklist."""
    for version in ChecklistVersion.objects.order_by("number"):
        names = [name for name in Entry.__dataclass_fields__ if name != "rules"]
        items = [
            Entry(**{name: getattr(item, name) for name in names}, rules=tuple(item.rules)) for item in version.items.order_by("place")
        ]
        holds = digest(items) == version.digest
        yield None if holds else Fault(f"checklist v{version.number}", "其条目与摘要不符", "its items no longer have its digest")
