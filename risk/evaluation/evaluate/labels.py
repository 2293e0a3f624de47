"""labels.csv: which rows are which misconduct, and which only look like it."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput
from risk.rules.models import SubjectKind

COLUMNS = ("instance", "scenario", "subject_kind", "subject_code", "serials")
LOOKALIKE = "lookalike:"
RECORDS = ("complaint:", "impound:", "discipline:")
# A row of labels holds every serial of its instance, far beyond the csv module's default.
LONGEST_CELL = 1 << 27
ENCODINGS = ("utf-8-sig", "gb18030")


class LabelsUnreadable(BadInput):
    """The file is no labels.csv of the data contract."""


@dataclass(frozen=True)
class Instance:
    """One case of misconduct, or of honest business that looks like it.

    `effect`: as the file says, empty where it does not. `variant`: how it was done, behind the first point of the name; empty without one.
    """

    name: str
    scenario: str
    subjects: frozenset[tuple[str, str]]
    rows: frozenset[str]
    effect: str = ""

    @property
    def lookalike(self) -> bool:
        return self.scenario.startswith(LOOKALIKE)

    @property
    def variant(self) -> str:
        return self.name.partition(".")[2]


def bare(name: str, source: str = "") -> str:
    """The number of a row of evidence, however it is written: without the kind of record before it, and without `source:`."""
    for kind in RECORDS:
        name = name.removeprefix(kind)
    return name.removeprefix(f"{source}:") if source else name


def instances(rows: Iterable[Mapping[str, str]]) -> list[Instance]:
    """The instances of the rows of a labels.csv, in the order they come; rows of one instance add subjects and serials to it.

    Raises LabelsUnreadable where the rows of one instance name different scenarios.
    """
    held: dict[str, tuple[str, set[tuple[str, str]], set[str], str]] = {}
    for row in rows:
        name, scenario = row["instance"].strip(), row["scenario"].strip()
        known, subjects, serials, _effect = held.setdefault(name, (scenario, set(), set(), (row.get("effect") or "").strip()))
        if known != scenario:
            clash = _("Instance %(name)s is both %(one)s and %(other)s; all rows of an instance name one scenario.")
            raise LabelsUnreadable(clash % {"name": name, "one": known, "other": scenario})
        subjects.add((row["subject_kind"].strip(), row["subject_code"].strip()))
        serials |= {bare(serial.strip()) for serial in row["serials"].split(";") if serial.strip()}
    return [
        Instance(name, scenario, frozenset(subjects), frozenset(serials), effect)
        for name, (scenario, subjects, serials, effect) in held.items()
    ]


def read_labels(path: Path | str) -> list[Instance]:
    """Raises LabelsUnreadable for a file that is no text, or has not the columns of the contract; OSError where it cannot be opened."""
    return instances(row for _line, row in _table(Path(path).read_bytes(), str(path)))


def checked_labels(content: bytes, name: str) -> list[Instance]:
    """The instances of a labels.csv in which every row can count; `name` is what the person calls the file.

    Raises LabelsUnreadable that names the first row (1 is the heading) with an empty cell, an unknown kind of subject or a second scenario.
    """
    scenarios: dict[str, str] = {}
    rows = []
    for line, row in _table(content, name):
        problem = _problem(row, scenarios)
        if problem:
            raise LabelsUnreadable(_("%(name)s, row %(row)d: %(problem)s") % {"name": name, "row": line, "problem": problem})
        rows.append(row)
    if not rows:
        raise LabelsUnreadable(_("%(name)s has no row below its heading; there is nothing to compare with.") % {"name": name})
    return instances(rows)


def _problem(row: Mapping[str, str], scenarios: dict[str, str]) -> str:
    """What is wrong with a row; empty where nothing is. `scenarios` are those of the instances of the rows before it."""
    for column in COLUMNS:
        if not row[column].strip(" ;\t"):
            return _("%(column)s is empty.") % {"column": column}
    name, scenario, kind = (row[column].strip() for column in ("instance", "scenario", "subject_kind"))
    if kind not in SubjectKind.values:
        return _("subject_kind is “%(kind)s”; it can be %(allowed)s.") % {"kind": kind, "allowed": ", ".join(SubjectKind.values)}
    known = scenarios.setdefault(name, scenario)
    if known != scenario:
        clash = _("Instance %(name)s is both %(one)s and %(other)s; all rows of an instance name one scenario.")
        return clash % {"name": name, "one": known, "other": scenario}
    return ""


def _table(content: bytes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows with the number of the line each ends on, every cell a text."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.DictReader(io.StringIO(_text(content, name), newline=""))
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            refused = _("%(path)s has no column %(missing)s; a file of labels has %(columns)s.")
            raise LabelsUnreadable(refused % {"path": name, "missing": ", ".join(missing), "columns": ", ".join(COLUMNS)})
        for row in reader:
            yield reader.line_num, {key: value or "" for key, value in row.items() if key}
    except csv.Error as error:
        told = {"name": name, "row": reader.line_num, "problem": error}
        raise LabelsUnreadable(_("%(name)s, row %(row)d: %(problem)s") % told) from error


def _text(content: bytes, name: str) -> str:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise LabelsUnreadable(_("%(name)s is no CSV file in UTF-8 or GB18030.") % {"name": name})
