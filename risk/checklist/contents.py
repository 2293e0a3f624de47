"""What a version of the checklist says: its items, and the powers on which they rest. Pure, apart from reading one."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from risk.checklist import shipped
from risk.checklist.models import ChecklistItem, ChecklistVersion
from risk.checklist.shipped import Entry

ITEM_FIELDS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True)
class PowerEntry:
    """A power of a post, its fields named as those of Power."""

    line: str
    post: str
    name: str
    basis: str
    steps: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others of the list."""
        return (self.line, self.post, self.name)


@dataclass(frozen=True)
class Contents:
    """All that a version says. `own_powers` None: nobody has edited them, they follow from the items (默认方案·待本单位核定)."""

    entries: tuple[Entry, ...]
    own_powers: tuple[PowerEntry, ...] | None = None

    @property
    def powers(self) -> tuple[PowerEntry, ...]:
        return derived_powers(self.entries) if self.own_powers is None else self.own_powers

    @property
    def digest(self) -> str:
        """SHA-256 of items and powers in their order; of the items alone while the powers follow from them."""
        if self.own_powers is None:
            return shipped.digest(list(self.entries))
        told = {"items": [asdict(entry) for entry in self.entries], "powers": [asdict(power) for power in self.own_powers]}
        return canonical_digest(told)

    def by_no(self) -> dict[str, Entry]:
        return {entry.no: entry for entry in self.entries}


def canonical_digest(told: Any) -> str:
    """SHA-256 of anything JSON holds, the same for the same content."""
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def entry_of(told: Mapping[str, Any] | ChecklistItem) -> Entry:
    """An item as kept, in a row or as JSON."""
    values = {name: _told(told, name) for name in ITEM_FIELDS}
    return Entry(**values | {"rules": tuple(values["rules"])})


def power_of(told: Mapping[str, Any]) -> PowerEntry:
    """A power as kept, in a row or as JSON."""
    return PowerEntry(told["line"], told["post"], told["name"], told["basis"], tuple(told["steps"]))


def _told(told: Mapping[str, Any] | ChecklistItem, name: str) -> Any:
    return getattr(told, name) if isinstance(told, ChecklistItem) else told[name]


def contents_of(version: ChecklistVersion) -> Contents:
    """What a published version says."""
    powers = tuple(power_of(row) for row in version.powers.order_by("place").values())
    return Contents(tuple(entry_of(row) for row in version.items.order_by("place").values(*ITEM_FIELDS)), powers or None)


def derived_powers(entries: Iterable[Entry]) -> tuple[PowerEntry, ...]:
    """One power for each post of the items, exercised by the steps they name, on the bases they name."""
    of_post: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        of_post.setdefault((entry.line, entry.post), []).append(entry)
    return tuple(_derived(line, post, found) for (line, post), found in of_post.items())


def _derived(line: str, post: str, entries: Sequence[Entry]) -> PowerEntry:
    steps = tuple(dict.fromkeys(entry.step for entry in entries))
    bases = dict.fromkeys(entry.basis for entry in entries if entry.basis)
    return PowerEntry(line, post, "、".join(steps)[:100], "；".join(bases)[:300], steps)
