"""The frames a rule's rows may come from: their columns, and which of them name which kind of subject.

Every base frame has COMMON; a package above declares the shape of the frame it registers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from risk.detectors.base import SUBJECT_COLUMNS, TRANSACTIONS
from risk.detectors.parts.references import is_own

COMMON = frozenset({"id", "tie", "day", "line", "accepted_at", "unit", "source"})


@dataclass(frozen=True)
class Shape:
    """`columns` beside COMMON (those of transactions are open: attributes have any name); `subjects`: kind of subject to its columns."""

    columns: frozenset[str]
    subjects: Mapping[str, tuple[str, ...]]


_shapes: dict[str, Shape] = {
    TRANSACTIONS: Shape(frozenset(), SUBJECT_COLUMNS),
    "complaints": Shape(
        frozenset({"staff", "category", "channel", "related", "received_at", "rectified_at", "revisited_at", "revisit_result"}),
        {"staff": ("staff",), "unit": ("unit",)},
    ),
    "impounds": Shape(
        frozenset({"handler", "approver", "plate", "plate_type", "lot", "reason", "related", "due_at", "released_at"}),
        {"staff": ("handler", "approver"), "unit": ("unit",), "vehicle": ("plate",)},
    ),
    "discipline": Shape(frozenset({"staff", "prohibition", "decided_at"}), {"staff": ("staff",), "unit": ("unit",)}),
    "actions": Shape(frozenset({"actor", "act", "object", "alert", "level", "purpose", "duty"}), {"staff": ("actor",)}),
    "quarantine": Shape(
        frozenset({"staff", "handled_by", "kind", "reason", "first_seen_at", "settled_at"}), {"staff": ("handled_by",), "unit": ("unit",)}
    ),
    "tenures": Shape(frozenset({"staff", "post", "began_at", "ended_at"}), {"staff": ("staff",), "post": ("post",), "unit": ("unit",)}),
    "hits": Shape(
        frozenset({"subject", "kind", "rule", "item", "level", "shadow"}),
        dict.fromkeys(("staff", "post", "unit", "agency", "agent", "terminal"), ("subject",)),
    ),
}


def declare(frame: str, shape: Shape) -> None:
    """Make the shape of a frame known. Raises ValueError when another shape has that name."""
    if _shapes.setdefault(frame, shape) != shape:
        raise ValueError(f"two shapes for the frame {frame}")


def shape(frame: str) -> Shape:
    """Raises ValueError for a frame that is no base of rules."""
    if frame not in _shapes:
        raise ValueError(f"there is no frame {frame!r} for a rule's rows; there are {', '.join(sorted(_shapes))}")
    return _shapes[frame]


def has(frame: str, column: str) -> bool:
    """Whether rows of the frame have the column."""
    if frame == TRANSACTIONS:
        return is_own(column)
    return column in COMMON or column in shape(frame).columns


def base_frames() -> tuple[str, ...]:
    return tuple(_shapes)
