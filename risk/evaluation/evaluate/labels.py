"""labels.csv: which rows are which misconduct, and which only look like it."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from ledger.kit.errors import BadInput

COLUMNS = ("instance", "scenario", "subject_kind", "subject_code", "serials")
LOOKALIKE = "lookalike:"
RECORDS = ("complaint:", "impound:", "discipline:")
# A row of labels holds every serial of its instance, far beyond the csv module's default.
LONGEST_CELL = 1 << 27


class LabelsUnreadable(BadInput):
    """The file is no labels.csv of the data contract."""


@dataclass(frozen=True)
class Instance:
    """One case of misconduct, or of honest business that looks like it. `effect`: as the file says, empty where it does not."""

    name: str
    scenario: str
    subjects: frozenset[tuple[str, str]]
    rows: frozenset[str]
    effect: str = ""

    @property
    def lookalike(self) -> bool:
        return self.scenario.startswith(LOOKALIKE)


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
    """Raises LabelsUnreadable for a file without the columns of the contract; OSError where it cannot be opened."""
    csv.field_size_limit(LONGEST_CELL)
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            refused = _("%(path)s has no column %(missing)s; a file of labels has %(columns)s.")
            raise LabelsUnreadable(refused % {"path": path, "missing": ", ".join(missing), "columns": ", ".join(COLUMNS)})
        return instances({key: value or "" for key, value in row.items() if key} for row in reader)
