"""The checklist as an Excel sheet, out and in: what comes back becomes changes of the draft, all of it or nothing."""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.intake.reading.readers import Faulty
from ledger.intake.reading.reasons import sentence
from ledger.intake.reading.spreadsheets import open_sheet
from ledger.kit.errors import BadInput
from ledger.kit.sheets import Table, write_tables
from oversight.center.presenters.times import full_time
from oversight.checklist import words
from oversight.viewer import Viewer
from risk.checklist.checking import read_item
from risk.checklist.contents import Contents
from risk.checklist.revisions.services import LONGEST, SHORTEST, Given, known_rules, mark_of, needs_reason
from risk.checklist.shipped import Entry
from risk.rules.models import RuleVersion

MAX_BYTES = 4 * 1024**2
MOST_ROWS = 2000
COLUMNS = tuple(words.FIELDS)
WIDTHS = (12, 12, 20, 14, 36, 8, 32, 48, 14, 20, 10, 20, 32, 24, 40, 8, 32)
# Of a sheet that comes back: take the item out, and why it changes.
OUT, REASON = "out", "reason"
YES = frozenset({"是", "y", "yes", "1", "退出"})


def _labels() -> dict[str, Any]:
    return {**words.FIELDS, "thresholds": _("Thresholds"), OUT: _("Out (write yes)"), REASON: _("Reason of the change")}


def write_checklist(file: IO[bytes], contents: Contents, rules: Mapping[str, RuleVersion], *, viewer: Viewer, of: str) -> None:
    """The items as one sheet, the powers as another. `of`: which version, in words."""
    labels = _labels()
    header = [str(labels[name]) for name in (*COLUMNS, "thresholds", OUT, REASON)]
    at = full_time(timezone.now())
    who = f"{viewer.name} {viewer.number}".strip()
    powers = [[words.line_title(one.line), one.post, one.name, one.basis, " → ".join(one.steps)] for one in contents.powers]
    power_header = [str(labels["line"]), str(labels["post"]), _("Power"), str(labels["basis"]), _("Flow of steps")]
    about = [(_("Content"), of), (_("Exported by"), who), (_("Exported at"), at), (_("Rows"), str(len(contents.entries)))]
    about.append((_("How to go on"), _("Change cells and upload the file: each row that differs becomes a change of the draft.")))
    write_tables(
        file,
        [
            Table(_("Risk checklist"), header, (_cells(entry, rules) for entry in contents.entries), WIDTHS),
            Table(_("Power list"), power_header, powers, (12, 24, 32, 40, 60)),
        ],
        about_title=_("About this file"),
        about=about,
        mark=f"{who} {at}",
    )


def _cells(entry: Entry, rules: Mapping[str, RuleVersion]) -> list[str]:
    told = [";".join(entry.rules) if name == "rules" else words.value_text(name, getattr(entry, name)) for name in COLUMNS]
    limits = [f"{code} {words.thresholds(rules[code])}" for code in entry.rules if code in rules]
    return [*told, "\n".join(limits), "", ""]


@dataclass(frozen=True)
class RowError:
    """What is wrong with one cell: the row of the sheet, its column, what stands there, and why it will not do."""

    row: int
    column: str
    value: str
    reason: str


@dataclass
class Sheet:
    """An uploaded sheet as read: what it wants of which items, what is wrong, and how many items of the draft it does not name."""

    name: str
    wishes: list[Given] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    rows: int = 0
    unnamed: int = 0


def read_sheet(content: Iterable[bytes], name: str, base: Contents, now: Contents) -> Sheet:
    """Read the first sheet of an .xlsx file. `base`: the version the draft changes, `now`: what the draft says.

    Raises Unreadable or BadInput for a file that is no such table; errors of single rows are in the answer.
    """
    with tempfile.TemporaryDirectory(prefix="checklist-") as folder:
        path = Path(folder) / "sheet.xlsx"
        with path.open("wb") as stream:
            for block in content:
                stream.write(block)
        table = open_sheet(path, sheet=None, max_bytes=MAX_BYTES)
        if table.expected_rows > MOST_ROWS:
            raise BadInput(_("The sheet has more than %(most)d rows.") % {"most": MOST_ROWS})
        places = _places(table.header)
        return _read(name, [(number, cells) for number, cells in table.rows()], places, base, now)


def _places(header: Sequence[str]) -> dict[str, int]:
    """Where each field stands, by its name in either language or its code. Raises BadInput naming what is missing."""
    known: dict[str, str] = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            known |= {str(label): name for name, label in _labels().items()}
    known |= {name: name for name in (*COLUMNS, OUT, REASON)}
    places = {known[cell.strip()]: place for place, cell in enumerate(header) if cell.strip() in known}
    missing = [str(words.FIELDS[name]) for name in COLUMNS if name not in places]
    if missing:
        raise BadInput(_("The sheet lacks the columns: %(columns)s.") % {"columns": _(", ").join(missing)})
    return places


def _read(name: str, rows: list[tuple[int, Any]], places: Mapping[str, int], base: Contents, now: Contents) -> Sheet:
    sheet, rules = Sheet(name, rows=len(rows)), known_rules(now)
    seen: dict[str, int] = {}
    codes = _codes()
    there, before = now.by_no(), base.by_no()
    for number, cells in rows:
        if isinstance(cells, Faulty):
            fault = cells.fault
            told = sentence(fault.reason, column=fault.column, value=fault.value, detail=fault.detail)
            sheet.errors.append(RowError(number, fault.column, fault.value, told))
            continue
        given = {column: cells[place].strip() if place < len(cells) else "" for column, place in places.items()}
        wish = _wish(sheet, number, given, codes, rules, there, before)
        if wish.no in seen:
            reason = _("The number stands in row %(row)d already.") % {"row": seen[wish.no]}
            sheet.errors.append(RowError(number, str(words.FIELDS["no"]), wish.no, reason))
        seen.setdefault(wish.no, number)
        if wish.entry != there.get(wish.no):
            sheet.wishes.append(wish)
    sheet.unnamed = sum(no not in seen for no in there)
    return sheet


def _codes() -> dict[str, dict[str, str]]:
    """For each field with values of its own the code of every word for it, in either language."""
    found: dict[str, dict[str, str]] = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for column in COLUMNS:
                told = {label: value for value, label in words.choices(column)} | {value: value for value, _label in words.choices(column)}
                found.setdefault(column, {}).update(told)
    return found


def _wish(
    sheet: Sheet,
    number: int,
    given: Mapping[str, str],
    codes: Mapping[str, Mapping[str, str]],
    rules: set[str],
    there: Mapping[str, Entry],
    before: Mapping[str, Entry],
) -> Given:
    """What a row wants; what is wrong with it goes to the errors of the sheet."""
    no, out = given["no"], given.get(OUT, "").casefold() in YES
    entry: Entry | None = None
    if not out:
        entry, problems = read_item({name: codes[name].get(given[name], given[name]) for name in COLUMNS}, known_rules=rules)
        sheet.errors += [RowError(number, str(words.FIELDS[one.field]), one.value, one.reason) for one in problems]
    elif no not in there and no not in before:
        sheet.errors.append(RowError(number, str(words.FIELDS["no"]), no, _("The checklist has no such item.")))
    reason = " ".join(given.get(REASON, "").split())
    old = before.get(no)
    levels_known = entry is None or entry.level in codes["level"].values()
    if levels_known and needs_reason(old, entry) and len(reason) < SHORTEST:
        told = _("Say why the item goes out or down in level; the reason stays with the version.")
        sheet.errors.append(RowError(number, str(_labels()[REASON]), reason, told))
    if len(reason) > LONGEST:
        sheet.errors.append(
            RowError(number, str(_labels()[REASON]), reason[:40], _("A reason has at most %(most)d characters.") % {"most": LONGEST})
        )
    return Given(no, entry, reason, mark_of(there.get(no)))
