"""The quarantine as a sheet: what goes out can be corrected and comes back as it was, formulas and horrors included."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import python_calamine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.models import Quarantined
from ledger.intake.reading.escaping import escaped, unescaped
from ledger.intake.reading.kinds import KINDS
from ledger.intake.refused.corrections import LONGEST_CELL, csv_lines, write_xlsx
from ledger.intake.services import import_paths
from ledger.journal.models import Transaction
from ledger.kit.errors import TooLarge
from tests.ledger.filing import HEADER, csv_text, found_town, outcome, row, send, tell

pytestmark = pytest.mark.django_db
Export = Callable[[Path, str], Path]


@pytest.fixture(autouse=True)
def town(db: None) -> None:
    found_town()


def open_rows() -> Iterator[Quarantined]:
    return Quarantined.objects.filter(state="rejected").order_by("id")


def as_csv(folder: Path, kind: str = "transactions") -> Path:
    path = folder / f"{kind}.csv"
    path.write_text("".join(csv_lines(KINDS[kind], open_rows())), encoding="utf-8-sig", newline="")
    return path


def as_xlsx(folder: Path, kind: str = "transactions") -> Path:
    path = folder / f"{kind}.xlsx"
    with path.open("wb") as file:
        write_xlsx(file, KINDS[kind], open_rows(), [("导出人", "赵某")])
    return path


def read(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    return python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def corrected(path: Path, **changes: str) -> Path:
    """The sheet as whoever received it sends it back, with the columns of these names changed in every row."""
    header, *rows = read(path)
    back = path.parent / f"back-{path.name}"
    back.mkdir()
    file = back / f"{path.stem}.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows([changes.get(name, cell) for name, cell in zip(header, cells, strict=True)] for cells in rows)
    return file


forms = pytest.mark.parametrize("export", [as_csv, as_xlsx])


@forms
@pytest.mark.services
def test_the_sheet_carries_the_sent_columns_then_number_place_and_reason(tmp_path: Path, export: Export) -> None:
    send(tmp_path, csv_text(HEADER, [row(), row(serial_no="B", points="99")]))
    header, cells = read(export(tmp_path, "transactions"))
    kept = Quarantined.objects.get()
    assert header == [
        *HEADER,
        "quarantine_no",
        "quarantine_line",
        "quarantine_column",
        "quarantine_value",
        "quarantine_reason",
        "quarantine_rest",
    ]
    assert cells[: len(HEADER)] == [row(serial_no="B", points="99")[name] for name in HEADER]
    assert cells[len(HEADER) : -2] == [str(kept.pk), "3", "points", "99"]
    assert "99" in cells[-2] and cells[-1] == ""


@forms
@pytest.mark.services
def test_the_corrected_sheet_settles_its_rows_also_those_without_an_identity(tmp_path: Path, export: Export) -> None:
    send(tmp_path, csv_text(HEADER, [row(serial_no="4.3E+17"), row(serial_no="B", unit_code="D9")]))
    path = export(tmp_path, "transactions")
    file = corrected(path, unit_code="D1")
    assert outcome(import_paths(paths=[file])[0]) == (2, 1, 0, 0, 1, 0)
    text = file.read_text(encoding="utf-8-sig").replace("4.3E+17", "430000000000000017", 1)
    file.write_text(text, encoding="utf-8")
    assert outcome(import_paths(paths=[file])[0]) == (2, 1, 0, 1, 0, 0)
    assert set(Quarantined.objects.values_list("state", flat=True)) == {"corrected", "repeated"}
    assert set(Transaction.objects.values_list("serial_no", flat=True)) == {"B", "430000000000000017"}
    assert not any(name.startswith("quarantine") for attrs in Transaction.objects.values_list("attrs", flat=True) for name in attrs)


@forms
def test_a_sheet_that_comes_back_uncorrected_is_refused_again_as_the_same_rows(tmp_path: Path, export: Export) -> None:
    lines = csv_text(HEADER, [row(serial_no="B", points="=1+1", phone="'=x"), row(serial_no="C", handler_no="07\x000001")])
    counts = send(
        tmp_path, lines + "D,violation\n" + '"broken,line\n' + csv_text(HEADER, [row(serial_no="E")]).splitlines()[1] + ",beyond\n"
    )
    assert counts.rejected == 5
    before = list(open_rows().values_list("content", "identity", "fingerprint"))
    path = export(tmp_path, "transactions")
    assert outcome(import_paths(paths=[path])[0]) == (5, 0, 0, 0, 5, 0)
    assert [state for state in Quarantined.objects.order_by("id").values_list("state", flat=True)] == ["repeated"] * 5 + ["rejected"] * 5
    assert [fingerprint for _content, _identity, fingerprint in before] == list(open_rows().values_list("fingerprint", flat=True))
    assert not Transaction.objects.exists()


def test_rows_under_other_names_of_the_same_columns_share_one_column_and_required_ones_are_there(tmp_path: Path) -> None:
    tell({"流水号": "A", "业务条线": "violation"}, {"serial_no": "B", "line": "exam", "流水号": "C"}, ["no record"])  # type: ignore[arg-type]
    header, first, second, third = read(as_csv(tmp_path))
    assert header[:6] == ["流水号", "业务条线", "业务类型", "办理单位", "经办人", "受理时间"]
    assert (first[0], second[0], third[0]) == ("A", "", "")
    assert second[-1] == "serial_no=B\n流水号=C" and "no record" in third[-1]
    counts = import_paths(paths=[as_csv(tmp_path)])[0]
    assert outcome(counts) == (3, 0, 0, 0, 3, 0)


@forms
@pytest.mark.parametrize("cell", ["=1+1", "+86 139", "-5", "@x", "'=1", "'plain", "\ttab", "''"])
def test_formulas_come_back_as_what_they_were(tmp_path: Path, export: Export, cell: str) -> None:
    tell(row(points="99", place=cell))
    path = export(tmp_path, "transactions")
    header, cells = read(path)
    shown = cells[header.index("place")]
    assert path.suffix == ".xlsx" or shown[0] not in "=+-@\t"
    if path.suffix == ".csv":
        path.write_text(path.read_text(encoding="utf-8-sig").replace(",99,", ",9,", 1), encoding="utf-8", newline="")
        import_paths(paths=[path])
        assert Transaction.objects.get().attrs["place"] == cell.strip()
    else:
        assert shown == cell


def test_text_cells_of_a_workbook_stay_text_and_a_second_sheet_says_what_it_is(tmp_path: Path) -> None:
    tell(row(points="99", phone="013900000000", place="https://example.invalid/"))
    book = python_calamine.CalamineWorkbook.from_path(str(as_xlsx(tmp_path)))
    assert len(book.sheet_names) == 2
    assert all(isinstance(cell, str) for line in book.get_sheet_by_index(0).to_python() for cell in line)
    about = dict(line[:2] for line in book.get_sheet_by_index(1).to_python())
    assert about["导出人"] == "赵某" and "1" in about.values()


def test_a_cell_too_long_for_a_spreadsheet_stands_whole_on_a_sheet_of_its_own(tmp_path: Path) -> None:
    long = "长" * (LONGEST_CELL * 2 + 5)
    tell(row(phone=long))
    book = python_calamine.CalamineWorkbook.from_path(str(as_xlsx(tmp_path)))
    _head, *parts = book.get_sheet_by_index(2).to_python()
    assert "".join(part[3] for part in parts) == long and [part[2] for part in parts] == ["1", "2", "3"]
    assert {part[0] for part in parts} == {str(Quarantined.objects.get().pk)}
    import_paths(paths=[tmp_path / "transactions.xlsx"])
    assert not Transaction.objects.exists()


def test_more_rows_than_a_sheet_holds_are_not_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(row(serial_no="A", points="99"), row(serial_no="B", points="99"))
    monkeypatch.setattr("ledger.intake.refused.corrections.MOST_ROWS", 1)
    with pytest.raises(TooLarge):
        as_xlsx(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_escaping_is_undone_to_the_character(cells: list[str]) -> None:
    assert unescaped([escaped(cell) for cell in cells]) == cells


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.text(max_size=12))
def test_any_text_comes_back_the_same_or_is_refused(tmp_path: Path, place: str) -> None:
    """What was one row with one fault is, after that fault is corrected, taken with the same text, or refused once more; never changed."""
    for export in (as_csv, as_xlsx):
        Quarantined.objects.all().delete()
        Transaction.objects.all()._raw_delete("default")
        tell(row(points="99", place=place))
        folder = tmp_path / export.__name__
        folder.mkdir(exist_ok=True)
        path = export(folder, "transactions")
        sent = folder / "again"
        sent.mkdir(exist_ok=True)
        back = sent / path.name
        if path.suffix == ".csv":
            back.write_bytes(path.read_bytes().replace(b",99,", b",9,", 1))
        else:
            back.write_bytes(_with_points(path))
        counts = import_paths(paths=[back])[0]
        assert counts.received == 1
        taken = Transaction.objects.first()
        if taken is not None:
            assert taken.attrs.get("place", "") == place.strip()


def _with_points(path: Path) -> bytes:
    """The workbook with 9 where 99 stood among the points."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(out, "w") as copy:
        for name in package.namelist():
            copy.writestr(name, package.read(name).replace(b">99<", b">9<", 1))
    return out.getvalue()
