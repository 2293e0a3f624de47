"""Many rows at once are written as one by one: the same values, whatever stands in the texts; and the same checks."""

import json
import string
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.reading.headers import match_header
from ledger.intake.reading.kinds import KINDS
from ledger.intake.reading.reasons import Fault
from ledger.intake.reading.validation import Checker, Rosters
from ledger.journal import bulk
from ledger.journal.canonical import canonical_json, content_digest, moment_text, text_digest, version_text
from ledger.journal.copying import copy_text
from ledger.journal.models import Transaction
from ledger.journal.pictures import COLUMNS, current_row, row_of
from ledger.kit.days import event_day

numbers = count(1)
storable = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
odd = st.one_of(
    st.sampled_from(["", "\\N", "\\", "\\\\", "\t", "\n", "\r\n", "\\.", "'", '"', "NULL", "明镜🪞", "a\\tb", "\x7f", "\x1f", "﻿"]),
    st.text(storable, max_size=12),
)
pictures = st.builds(
    lambda result, terminal, place, amount, points, finished, marks: {
        name: value
        for name, value in {
            "line": "exam",
            "action": "subject1",
            "status": "finished",
            "unit_code": "D1",
            "handler_no": "070001",
            "accepted_at": "2026-03-01T16:30:00.25Z",
            "finished_at": finished,
            "result": result,
            "terminal": terminal,
            "amount": amount,
            "points": points,
            "attrs": {"place": place},
            "marks": [{"column": "result", "reason": "two_spellings", "value": mark} for mark in marks],
        }.items()
        if value not in (None, [])
    },
    odd,
    odd,
    odd,
    st.one_of(st.none(), st.integers(0, 10**15)),
    st.one_of(st.none(), st.integers(0, 12)),
    st.one_of(st.none(), st.just("2026-03-01T17:00:00Z")),
    st.lists(odd, max_size=2),
)


def unescaped(text: bytes) -> list[list[str | None]]:
    """What PostgreSQL reads from COPY's text format, by its documentation."""
    spoken = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}

    def value(cell: str) -> str | None:
        if cell == "\\N":
            return None
        told, rest = "", cell
        while rest:
            length = 2 if rest[0] == "\\" else 1
            told += spoken[rest[:2]] if length == 2 else rest[0]
            rest = rest[length:]
        return told

    lines = text.decode().removesuffix("\n").split("\n")
    return [[value(cell) for cell in line.split("\t")] for line in lines]


@given(rows=st.lists(st.tuples(odd, st.one_of(st.none(), odd), st.one_of(st.none(), st.integers())), min_size=1, max_size=8))
def test_the_text_for_copy_says_every_value(rows: list[tuple[str, str | None, int | None]]) -> None:
    told = unescaped(copy_text(list(zip(*rows, strict=True))))
    assert told == [[one, other, None if number is None else str(number)] for one, other, number in rows]


def test_nul_is_refused_rather_than_shifting_the_column() -> None:
    with pytest.raises(ValueError, match="NUL"):
        copy_text([["a\0b", "c\\"]])


@pytest.mark.django_db
@pytest.mark.services
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(pictures, min_size=1, max_size=5))
def test_rows_written_at_once_are_those_written_one_by_one(told: list[dict]) -> None:
    now = timezone.now()
    rows = [row_of(source=f"s{next(numbers)}", serial_no="T1", picture=picture, arrived_at=now, version=1) for picture in told]
    ids = bulk.new_ids(Transaction, len(rows))
    bulk.insert_rows(Transaction, ("id", *COLUMNS), [(number, *row) for number, row in zip(ids, rows, strict=True)])
    one_by_one = []
    for row in rows:
        values = current_row(0, row)._asdict() | {"source": f"s{next(numbers)}"}
        del values["id"]
        one_by_one.append(Transaction.objects.create(**values).pk)
    assert len({*ids, *one_by_one}) == 2 * len(rows)
    for number, other in zip(ids, one_by_one, strict=True):
        at_once, alone = (Transaction.objects.values(*COLUMNS[1:]).get(pk=key) for key in (number, other))
        assert at_once == alone
    changed = [(*row[1:], number) for row, number in zip(reversed(rows), ids, strict=True)]
    bulk.update_rows(Transaction, COLUMNS[1:], changed)
    found = Transaction.objects.in_bulk(ids)
    assert [found[key].result for key in ids] == [row[COLUMNS.index("result")] for row in reversed(rows)]


@pytest.mark.django_db
@pytest.mark.services
def test_ids_taken_before_are_given_to_nobody_else() -> None:
    first = bulk.new_ids(Transaction, 3)
    now = timezone.now()
    picture = {"line": "exam", "action": "study", "status": "accepted", "accepted_at": "2026-03-01T00:00:00Z"}
    row = row_of(source="a", serial_no="T1", picture=picture | {"unit_code": "D1", "handler_no": "1"}, arrived_at=now, version=1)
    bulk.insert_rows(Transaction, ("id", *COLUMNS), [(key, row[0], f"T{key}", *row[2:]) for key in first])
    second = bulk.new_ids(Transaction, 2)
    values = current_row(0, row)._asdict() | {"serial_no": "alone"}
    del values["id"]
    for key in second:
        bulk.insert_rows(Transaction, ("id", *COLUMNS), [(key, row[0], f"T{key}", *row[2:])])
    alone = Transaction.objects.create(**values)
    assert len({*first, *second, alone.pk}) == 6


@pytest.mark.django_db
@pytest.mark.services
def test_rows_among_many_codes_are_found_by_the_index(django_assert_num_queries) -> None:
    picture = {"line": "exam", "action": "study", "status": "accepted", "accepted_at": "2026-03-01T00:00:00Z", "unit_code": "D1"}
    for serial_no in ("T1", "T'2", "湘\\3"):
        row = row_of(source="a", serial_no=serial_no, picture=picture, arrived_at=timezone.now(), version=1)
        bulk.insert_rows(Transaction, COLUMNS, [row])
    codes = {"T'2", "湘\\3", *(f"X{n}" for n in range(5000))}
    mine = Transaction.objects.filter(source="a")
    for found in (bulk.among, bulk.identified):
        with django_assert_num_queries(1):
            assert {row.serial_no for row in found(mine, "serial_no", codes)} == {"T'2", "湘\\3"}
        assert not found(mine, "serial_no", set()).exists()
        assert not found(Transaction.objects.filter(source="b"), "serial_no", codes).exists()
        if connection.vendor == "postgresql":
            assert "Index" in found(mine, "serial_no", codes).explain()


@given(told=pictures, number=st.integers(1, 99), serial_no=odd, source=odd)
def test_the_text_of_a_version_is_canonical_and_its_digest_that_of_the_content(
    told: dict, number: int, serial_no: str, source: str
) -> None:
    content = canonical_json(told)
    identity = {"source": source, "serial_no": serial_no, "number": number, "part": "record", "arrived_at": moment_text(timezone.now())}
    assert version_text(**identity, content=content) == canonical_json({**identity, "content": told})
    if "marks" not in told:
        assert text_digest(content) == content_digest(told)


@given(
    st.recursive(
        st.one_of(odd, st.text(), st.booleans(), st.none(), st.integers(-(2**63), 2**63 - 1)),
        lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.one_of(odd, st.text()), inner)),
    )
)
def test_canonical_json_is_what_the_standard_library_says(value: Any) -> None:
    assert canonical_json(value) == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@given(st.datetimes(datetime(1992, 1, 1), datetime(2100, 12, 31)))
def test_the_event_day_of_a_picture_is_the_shanghai_day_of_its_acceptance(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    row = row_of(source="a", serial_no="T", picture={"accepted_at": moment_text(aware)}, arrived_at=aware, version=1)
    assert row[COLUMNS.index("event_day")] == event_day(aware)
    assert isinstance(row[COLUMNS.index("event_day")], date)


HEADER = (
    "serial_no",
    "line",
    "action",
    "status",
    "unit_code",
    "handler_no",
    "accepted_at",
    "finished_at",
    "amount",
    "score",
    "evidence_at",
)
CELLS: dict[str, Sequence[str]] = {
    "serial_no": ("T1", "Ｔ２", " T3", "", "1.2E+17", "x\ty", "9" * 70),
    "line": ("exam", "violation", "cars", ""),
    "action": ("subject1", "onsite", ""),
    "status": ("", "finished", "done"),
    "unit_code": ("D1", "Ｄ１", "D9", " "),
    "handler_no": ("070001", "０７０００１", "stranger", ""),
    "accepted_at": ("2026-03-02 09:00", "2026-03-02T09:00:30", "2026-13-02 09:00", "2026-03-02 24:00", "2999-01-01 00:00", ""),
    "finished_at": ("", "2026-03-02 08:00", "2026-03-02 10:00+08:00", "x"),
    "amount": ("", "0", "200.50", "1e3"),
    "score": ("", "7.0", "many"),
    "evidence_at": ("", "2026-03-02 09:00", "soon"),
}
rows_of_cells = st.lists(
    st.one_of(
        st.tuples(*(st.sampled_from(CELLS[name]) for name in HEADER)).map(list),
        st.tuples(*(st.just(CELLS[name][0]) for name in HEADER)).map(list),
        st.lists(st.sampled_from(string.printable), max_size=12),
    ),
    max_size=9,
)


@settings(deadline=None)
@given(chunks=st.lists(rows_of_cells, min_size=1, max_size=3))
def test_rows_checked_by_the_column_are_those_checked_one_by_one(chunks: list[list[list[str]]]) -> None:
    rosters = Rosters(frozenset({"D1"}), frozenset({"070001"}))
    now = timezone.now()
    by_column, one_by_one = (Checker(match_header(KINDS["transactions"], HEADER), rosters, now=now) for _ in range(2))
    for rows in chunks:
        for found, cells in zip(by_column.check_all(rows), rows, strict=True):
            try:
                expected = one_by_one.check(cells)
            except Fault as fault:
                assert isinstance(found, Fault)
                assert (found.reason, found.column, found.value, found.detail) == (fault.reason, fault.column, fault.value, fault.detail)
            else:
                assert found == expected
