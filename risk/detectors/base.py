"""What every detector is given and gives back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

LEVELS = ("blue", "yellow", "orange", "red")
SUBJECT, PEER = "subject", "peer"
TRANSACTIONS = "transactions"
GRID_DAYS, GRID_OFFSET = 7, 3
HIT_COLUMNS = ("subject", "day", "level", "observed", "threshold", "numbers", "evidence")
SUBJECT_COLUMNS: dict[str, tuple[str, ...]] = {
    "staff": ("handler", "approver", "attr.inspector"),
    "post": ("post",),
    "unit": ("unit",),
    "agency": ("agency", "attr.exam_site"),
    "agent": ("agent",),
    "terminal": ("terminal", "attr.seat", "attr.car_no", "attr.line_no"),
    "person": ("person",),
    "vehicle": ("plate", "vin"),
}


@dataclass(frozen=True)
class Spec:
    """A rule version as a detector sees it.

    `lines` empty means every line. `scope` maps a frame column to its allowed values. `subject_column` is one of
    SUBJECT_COLUMNS[subject_kind]. `window_days` is W: a hit on day d is a function of the rows with event day in (d−W, d].
    `thresholds` has at least one level; `op` is ">=" or "<=". `frame` is where the rule's rows come from: transactions, or records such
    as impounds; it has id, tie, day, line, unit, accepted_at and columns of its own.
    """

    rule_code: str
    detector: str
    subject_kind: str
    subject_column: str
    lines: tuple[str, ...]
    scope: Mapping[str, tuple[Any, ...]]
    window_days: int
    min_n: int
    op: str
    thresholds: Mapping[str, float]
    params: Any
    frame: str = TRANSACTIONS


Frames = Mapping[str, pd.DataFrame]
Needs = Mapping[str, tuple[str, ...]]


class Detector:
    """A way to find one kind of wrong. Subclasses say what they need and find hits in it, purely: frames in, hits out.

    `find` returns a frame with HIT_COLUMNS: subject (value of the subject column), day (int, days since 1970-01-01), level, observed,
    threshold (of that level), numbers (dict for the sentence), evidence (ascending int64 array of transaction ids). At most one row per
    subject and day.
    For every set of rows that holds all rows of a subject in (d−W, d], the hit of that subject on day d is the same.
    """

    code: ClassVar[str]
    Params: ClassVar[type]
    # Parameters naming columns (one, or a list) by which rows of other subjects matter too: a hit of a subject on day d is then a
    # function of all rows in (d−W, d] that share a value of such a column with a row of the subject.
    linked: ClassVar[tuple[str, ...]] = ()
    # SUBJECT: a hit is a function of its subject's rows in the window, and comes on any day. PEER: of all rows in scope in the window,
    # whosesoever, and comes on grid days only (`grid_days`), once that day is over.
    reach: ClassVar[str] = SUBJECT

    def needs(self, spec: Spec) -> Needs:
        """Frame names to the columns this rule reads of them."""
        raise NotImplementedError

    def check(self, spec: Spec) -> None:
        """Refuse a rule whose parts do not fit each other (ValueError with the reason). Types and names were checked before."""

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        raise NotImplementedError

    def shown(self, spec: Spec) -> Mapping[str, tuple[Any, ...]]:
        """Columns with the values of which a row must have one to be looked at at all: the scope, unless other rows matter too."""
        return spec.scope

    def around(self, spec: Spec) -> tuple[int, int]:
        """How many days before and after the event day the moments may lie that are held against openings or holds."""
        return (0, 0)

    def links(self, spec: Spec) -> tuple[str, ...]:
        """The columns by which rows of other subjects matter to this rule: what its `linked` parameters name."""
        found: list[str] = []
        for name in self.linked:
            value = getattr(spec.params, name)
            found += [value] if isinstance(value, str) else list(value)
        return tuple(dict.fromkeys(name for name in found if name))

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        """The fewest made-up rows, as the frames of `needs`, in which `find` must see a hit; None where nobody wrote them."""
        return None


def needs_of(wanted: Mapping[str, Iterable[str]], spec: Spec, *columns: str) -> Needs:
    """`wanted` together with what every rule reads of its own rows: identity, time, subject and scope.

    Whoever puts rows in order names `tie` too, the order of equals: of all columns it costs most to read.
    """
    own = {"id", "day", "line", "accepted_at", spec.subject_column, *spec.scope, *columns}
    merged = {name: set(wanted_columns) for name, wanted_columns in wanted.items()}
    merged[spec.frame] = merged.pop(TRANSACTIONS, set()) | own
    return {name: tuple(sorted(merged[name])) for name in sorted(merged)}


def grid_days(first: int, last: int) -> range:
    """The days on which peers are compared, Sundays, within [first, last] (days since 1970-01-01, a Thursday)."""
    return range(first + (GRID_OFFSET - first) % GRID_DAYS, last + 1, GRID_DAYS)
