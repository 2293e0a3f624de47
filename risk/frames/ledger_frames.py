"""The frames of the ledger: transactions and their steps, the transactions they point to, openings of units, staff, agencies, postings,
and the holds that stand upon any of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from django.db.models import QuerySet
from pandas.api.types import union_categoricals

from ledger.columns import encode, queries, reader
from ledger.columns.hashing import key64
from ledger.holds.models import BARS_BUSINESS, Hold
from ledger.journal.models import Transaction
from ledger.kit.days import from_ordinal
from ledger.lines import lines as known_lines
from ledger.roster import hours
from ledger.roster.models import Agency, Posting, Staff, Unit
from risk.frames.bases import TRANSACTIONS, base
from risk.frames.registry import Request

FEW_SUBJECTS = 50
FEW_POINTING = 20_000
DAYS_BEFORE, DAYS_AFTER = 15, 60
STILL_HELD = np.iinfo(np.int32).max


def transactions(request: Request) -> pd.DataFrame:
    """See the data format of the columnar copy. A few subjects of an indexed column are read from the database, all else from the copy."""
    if request.subject is None:
        return _from_columns(request, request.only)
    column, codes = request.subject
    if column in queries.INDEXED and len(codes) <= FEW_SUBJECTS:
        return _from_database(request, queries.transactions_of(column, codes, **_range(request)))
    return _from_columns(request, {column: [key64(code) for code in codes] if encode.is_hashed(column) else list(codes)})


def _range(request: Request) -> dict:
    return {"lines": request.lines, "first_day": request.first_day, "last_day": request.last_day}


def _from_columns(request: Request, only: Mapping[str, Iterable[Any]]) -> pd.DataFrame:
    return reader.read("transactions", columns=request.columns, only=only, seldom=request.subject is not None, **_range(request))


def _from_database(request: Request, found: QuerySet[Transaction]) -> pd.DataFrame:
    altered = queries.altered_ids(found) if "altered" in request.columns else ()
    return encode.encode_transactions(queries.transaction_rows(found), columns=request.columns, altered=altered)


def steps(request: Request) -> pd.DataFrame:
    """The steps of the transactions loaded: id (of the transaction), day, line, seq, step, post, staff, result, terminal, at."""
    owners = request.owners
    if request.subject is None:
        named = {"step": request.steps} if request.steps else None
        return reader.read("steps", columns=request.columns, only=named, **_range(request))
    column, codes = request.subject
    if column in queries.INDEXED and len(codes) <= FEW_SUBJECTS:
        return encode.encode_steps(queries.steps_of(owners["id"].tolist()), owners)[list(request.columns)]
    return reader.read("steps", columns=request.columns, only={"id": owners["id"].to_numpy()}, seldom=True, **_range(request))


def related(request: Request) -> pd.DataFrame:
    """The transactions that those loaded (or the records loaded) point to, whatever their day and line.

    Few are found by index in the database, many in the columnar copy: what a row points to is the key of the other's identity.
    """
    owners = request.owners
    if request.base != TRANSACTIONS:
        return _named_by_records(request)
    pointing = owners["id"].to_numpy()[owners["related"].to_numpy() != 0]
    if not len(pointing):
        return encode.encode_transactions([], columns=request.columns)
    if request.subject is None and len(pointing) > FEW_POINTING:
        return _pointed_to_by_many(request, pointing)
    return _pointed_to(request, pointing.tolist())


def _pointed_to(request: Request, ids: list[int]) -> pd.DataFrame:
    """From the database; `ids` of those that point."""
    rows = queries.related_rows(ids)
    altered = queries.altered_ids(Transaction.objects.filter(id__in=[row[0] for row in rows])) if "altered" in request.columns else ()
    return encode.encode_transactions(rows, columns=request.columns, altered=altered)


def _pointed_to_by_many(request: Request, pointing: np.ndarray) -> pd.DataFrame:
    """From the copy: of the lines asked for, in which nearly all are; only for what is not there the rest is looked through."""
    columns = list(dict.fromkeys([*request.columns, "tie"]))
    ties = request.owners["related"].to_numpy()
    ties = ties[ties != 0]
    every_day: dict = {"columns": columns, "first_day": date.min, "last_day": date.max}
    found = reader.read("transactions", lines=request.lines, only={"tie": ties}, seldom=True, **every_day)
    missing = ~np.isin(ties, found["tie"].to_numpy())
    if not request.lines or not missing.any():
        return found
    if missing.sum() <= FEW_POINTING:
        return _one_below_the_other(found, _pointed_to(replace(request, columns=tuple(columns)), pointing[missing].tolist()))
    return _one_below_the_other(found, reader.read("transactions", only={"tie": ties[missing]}, seldom=True, **every_day))


def _one_below_the_other(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    def both(name: str) -> pd.Categorical | np.ndarray:
        if isinstance(first[name].dtype, pd.CategoricalDtype):
            return union_categoricals([first[name], second[name]])
        return np.concatenate([first[name].to_numpy(), second[name].to_numpy()])

    return pd.DataFrame({name: both(name) for name in first.columns})


def _named_by_records(request: Request) -> pd.DataFrame:
    pointed = base(request.base).pointed
    ids = [row.pk for row in pointed(request.owners["id"].tolist())] if pointed is not None else []
    found = Transaction.objects.filter(pk__in=ids)
    altered = queries.altered_ids(found) if "altered" in request.columns else ()
    return encode.encode_transactions(queries.transaction_rows(found), columns=request.columns, altered=altered)


def openings(request: Request) -> pd.DataFrame:
    """When the units of the transactions loaded are open: unit, line, day, start, end (minutes of the day).

    Reaches beyond the days of the transactions: a step may come later, and a unit that is closed all through a long holiday must still be
    told from one whose hours nobody knows.
    """
    owners = request.owners
    codes, days = owners["unit"].cat.codes.to_numpy(), owners["day"].to_numpy()
    found = (
        hours.openings(
            unit_codes=list(owners["unit"].cat.categories[np.unique(codes[codes >= 0])]),
            lines=request.lines or tuple(known_lines()),
            first_day=from_ordinal(days.min()) - timedelta(days=DAYS_BEFORE),
            last_day=from_ordinal(days.max()) + timedelta(days=DAYS_AFTER),
        )
        if len(owners)
        else []
    )
    unit, line, day, start, end = zip(*found, strict=True) if found else ((), (), (), (), ())
    return pd.DataFrame(
        {
            "unit": encode.category(unit),
            "line": encode.category(line),
            "day": np.array(day, dtype="datetime64[D]").astype(np.int32),
            "start": np.array(start, dtype=np.int16),
            "end": np.array(end, dtype=np.int16),
        }
    )


def now(request: Request) -> pd.DataFrame:
    """The moment that counts as now: one row, `at` (naive Shanghai time)."""
    return pd.DataFrame({"at": encode.moments([request.as_of])})


def staff(request: Request) -> pd.DataFrame:
    """Everybody on the roster: staff (number), kind, unit, responsible."""
    return _roster(
        Staff.objects.all(), {"staff": "staff_no", "kind": "kind", "unit": "unit_code", "responsible": "responsible_no"}, request
    )


def agencies(request: Request) -> pd.DataFrame:
    """Every company: agency (code), kind, unit (that supervises it)."""
    return _roster(Agency.objects.all(), {"agency": "code", "kind": "kind", "unit": "unit_code"}, request)


def units(request: Request) -> pd.DataFrame:
    """Every office: unit (code), kind."""
    return _roster(Unit.objects.all(), {"unit": "code", "kind": "kind"}, request)


def postings(request: Request) -> pd.DataFrame:
    """Who held which post when, whatever the days asked for: staff, post, unit, start, end (days since 1970; 2**31−1: still held)."""
    fields = {"staff": "staff_no", "post": "post_code", "unit": "unit_code", "start": "start_date", "end": "end_date"}
    return _roster(Posting.objects.all(), fields, request)


def _roster(found: QuerySet[Any], fields: Mapping[str, str], request: Request) -> pd.DataFrame:
    """Those of the columns that are asked for, each by the field it comes from; all rows there are, for they are few."""
    asked = [name for name in fields if name in request.columns]
    rows = queries.driver_rows(found, [fields[name] for name in asked])
    columns = dict(zip(asked, zip(*rows, strict=True) if rows else [()] * len(asked), strict=True))
    return pd.DataFrame({name: _days(values) if name in ("start", "end") else encode.category(values) for name, values in columns.items()})


def _days(values: Sequence[Any]) -> np.ndarray:
    """Days since 1970 of days as the driver gives them; none is one that has not come."""
    days = pa.array(values).cast(pa.date32()).cast(pa.int32())
    return np.asarray(days.fill_null(STILL_HELD))


def holds(request: Request) -> pd.DataFrame:
    """Every hold under which no business may be done: subject_kind, subject_code, start and end (naive Shanghai time, not included).

    NaT: it has no end, as far as is known now. Few stand at any time, so they are read whole, whatever is asked for.
    """
    found = Hold.objects.filter(effect__in=BARS_BUSINESS).order_by("id")
    rows = list(found.values_list("subject_kind", "subject_code", "starts_at", "ends_at", "lifted_at"))
    return pd.DataFrame(
        {
            "subject_kind": encode.category(row[0] for row in rows),
            "subject_code": encode.category(row[1] for row in rows),
            "start": encode.moments([row[2] for row in rows]),
            "end": encode.moments([min((end for end in row[3:] if end), default=None) for row in rows]),
        }
    )
