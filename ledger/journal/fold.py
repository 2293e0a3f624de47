"""How the current picture of a transaction follows from what its deliveries said; pure, and the same on arrival and when rebuilding.

Content is a dict of what is known, by column name, with times as UTC text, amounts in fen and `attrs` nested; what is unknown is absent.
A version's content is what its delivery stated, plus `emptied`: the known values it stated as unknown. Columns a delivery lacks
say nothing.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from ledger.journal.models import Transaction, Version

Content = dict[str, Any]
SPELLING = "two_spellings"
STATUS_FORWARD = {
    (Transaction.Status.ACCEPTED.value, later.value)
    for later in (Transaction.Status.FINISHED, Transaction.Status.RETURNED, Transaction.Status.CANCELLED)
}
STEP_FIELDS = ("step", "post_code", "staff_no", "at", "result", "terminal")


@dataclass(slots=True)
class Record:
    """One row of `transactions` after validation, or of a kind of records beside them, whose key then stands in `serial_no`.

    `stated` holds the column names the delivery has (attributes as "attrs.<name>"); `status_given` is False where the status was left
    to its default. `marks` are {"column", "reason", "value"} remarks that rules can watch.
    """

    serial_no: str
    content: Content
    stated: Set[str]
    status_given: bool = True
    marks: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class StepRecord:
    """One row of `steps` after validation."""

    serial_no: str
    seq: int
    content: Content
    stated: Set[str]
    marks: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """What a later delivery adds to the known picture: the version to keep, the picture after it, and which kind of change it is."""

    version: Content
    picture: Content
    change: Version.Change


def first_picture(record: Record) -> Content:
    return {**record.content, "marks": record.marks} if record.marks else record.content


def said(picture: Content, record: Record) -> Said | None:
    """What `record` says beyond the current `picture`; None when it says nothing new (a duplicate)."""
    content = record.content
    if not record.status_given:
        content = {**content, "status": _default_status(picture, content)}
    emptied, filled, changed = _compare(flat(picture), flat(content), record.stated)
    back = "status" in changed and (picture["status"], content["status"]) not in STATUS_FORWARD
    fresh = [mark for mark in record.marks if mark["reason"] == SPELLING and mark not in picture.get("marks", [])]
    if not (emptied or filled or changed or fresh):
        return None
    version = {**content, "marks": record.marks} if record.marks else dict(content)
    if emptied:
        version["emptied"] = sorted(emptied)
    alteration = bool(emptied) or back or bool(changed - {"status"})
    change = Version.Change.ALTERATION if alteration else Version.Change.PROGRESS
    return Said(version, folded(picture, version), change)


def folded(picture: Content | None, version: Content) -> Content:
    """The picture after one more version of part "record"."""
    picture = picture or {}
    emptied = set(version.get("emptied", ()))
    kept = {k: v for k, v in picture.items() if k not in emptied and k not in ("attrs", "marks")}
    kept.update((k, v) for k, v in version.items() if k not in ("attrs", "marks", "emptied"))
    attrs = {k: v for k, v in picture.get("attrs", {}).items() if f"attrs.{k}" not in emptied} | version.get("attrs", {})
    if attrs:
        kept["attrs"] = attrs
    marks = list(version.get("marks", ()))
    for mark in picture.get("marks", ()):
        unchanged = mark["column"].startswith("steps.") or kept.get(mark["column"]) == picture.get(mark["column"])
        if mark["reason"] == SPELLING and unchanged and mark not in marks:
            marks.append(mark)
    if marks:
        kept["marks"] = marks
    return kept


def step_said(known: Content, record: StepRecord) -> tuple[Content, Version.Change] | None:
    """The same for one step: the step's version content and the change, or None for a duplicate."""
    emptied, filled, changed = _compare(known, record.content, record.stated)
    if not (emptied or filled or changed):
        return None
    version: Content = {"seq": record.seq, **record.content}
    if emptied:
        version["emptied"] = sorted(emptied)
    return version, Version.Change.ALTERATION if emptied or changed else Version.Change.PROGRESS


def folded_step(known: Content | None, version: Content) -> Content:
    emptied = version.get("emptied", ())
    kept = {k: v for k, v in (known or {}).items() if k not in emptied}
    return kept | {k: v for k, v in version.items() if k not in ("seq", "emptied")}


def _default_status(picture: Content, content: Content) -> str:
    """A delivery that names no status moves an accepted transaction to finished by its finishing time, and nothing else."""
    known: str = picture["status"]
    return content["status"] if known == Transaction.Status.ACCEPTED else known


def flat(content: Mapping[str, Any]) -> Content:
    """Content with each attribute as a column "attrs.<name>" of its own, without what is not a value of the record."""
    values = {k: v for k, v in content.items() if k not in ("attrs", "marks", "emptied")}
    values.update((f"attrs.{name}", value) for name, value in content.get("attrs", {}).items())
    return values


def _compare(known: Content, new: Content, stated: Set[str]) -> tuple[set[str], set[str], set[str]]:
    """Columns emptied, filled and changed by a delivery that states `stated`."""
    emptied = {column for column in known if column in stated and column not in new}
    filled = {column for column in new if column not in known}
    changed = {column for column, value in new.items() if column in known and known[column] != value}
    return emptied, filled, changed
