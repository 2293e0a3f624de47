"""A columnar copy of millions of transactions out of a small one: the same detachment many times over, each with people of its own.

Every copy keeps days, times, lines and units, and has its own transactions, staff, agencies, terminals, vehicles and persons, so that a
subject's volume stays what it was. Rosters are copied with it. The journal is not: what is measured reads columns.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ledger.columns import encode, files, reader
from ledger.columns.models import ColumnFile
from ledger.roster.models import Agency, Posting, Staff

ID_STEP = 10**8
OWN = frozenset({"handler", "approver", "agency", "terminal", "staff", "attr.inspector", "attr.exam_site", "attr.seat", "attr.car_no"})
KEYS = frozenset({"tie", "related", *encode.HASHED})
COPIES_A_FILE = 10


def multiply(copies: int) -> int:
    """Replace the columnar copy by `copies` of itself; the number of transactions in it then."""
    listed = list(ColumnFile.objects.order_by("frame", "line", "month", "id").values_list("frame", "line", "month", "path"))
    places: dict[tuple[str, str, str], list[str]] = {}
    for frame, line, month, path in listed:
        places.setdefault((frame, line, month), []).append(path)
    made: list[ColumnFile] = []
    for place, paths in places.items():
        frame, line, _month = place
        columns = encode.file_columns(line) if frame == "transactions" else encode.STEP_COLUMNS
        rows = reader.frame_of(reader.place_table(frame, line, paths, columns)).assign(gone=False)
        made += [files.write(place, part) for part in _parts(rows, copies)]
    ColumnFile.objects.all().delete()
    ColumnFile.objects.bulk_create(made)
    files.remove([path for *_place, path in listed])
    _copy_rosters(copies)
    return sum(file.rows for file in made if file.frame == "transactions")


def _parts(rows: pd.DataFrame, copies: int) -> Iterator[pd.DataFrame]:
    for start in range(0, copies, COPIES_A_FILE):
        yield _copied(rows, range(start, min(copies, start + COPIES_A_FILE)))


def _copied(rows: pd.DataFrame, numbers: range) -> pd.DataFrame:
    """The rows once for each number, one below the other."""
    size, times = len(rows), len(numbers)
    which = np.repeat(np.array(numbers, dtype=np.int64), size)
    made = {}
    for name in rows.columns:
        values = rows[name]
        if name == "id":
            made[name] = np.tile(values.to_numpy(), times) + which * ID_STEP
        elif name in KEYS or (values.dtype == np.int64 and encode.is_hashed(name)):
            keys = np.tile(values.to_numpy(), times)
            made[name] = np.where(keys == 0, 0, keys ^ (which * np.int64(0x9E3779B97F4A7C1)))
        elif name in OWN and isinstance(values.dtype, pd.CategoricalDtype):
            made[name] = _suffixed(values, numbers)
        elif isinstance(values.dtype, pd.CategoricalDtype):
            made[name] = pd.Categorical.from_codes(np.tile(values.cat.codes.to_numpy(), times), dtype=values.dtype)
        else:
            made[name] = np.tile(values.to_numpy(), times)
    return pd.DataFrame(made)


def _suffixed(values: pd.Series, numbers: range) -> pd.Categorical:
    names, codes = values.cat.categories.astype(str), values.cat.codes.to_numpy().astype(np.int64)
    every = pd.Index([code_of(name, number) if name else "" for number in numbers for name in names], dtype="str")
    unique = every.unique()
    of_all = np.concatenate([np.where(codes < 0, -1, codes + place * len(names)) for place in range(len(numbers))])
    translated = np.append(unique.get_indexer(every), -1)
    return pd.Categorical.from_codes(translated[of_all], categories=unique)


def code_of(code: str, number: int) -> str:
    return f"{code}~{number}" if number else code


def _copy_rosters(copies: int) -> None:
    for model, own in ((Staff, ("staff_no", "responsible_no")), (Agency, ("code",)), (Posting, ("staff_no",))):
        rows = list(model._default_manager.values())
        fresh = []
        for number in range(1, copies):
            for row in rows:
                values = {name: value for name, value in row.items() if name != "id"}
                fresh.append(model(**values | {name: code_of(values[name], number) for name in own if values[name]}))
        model._default_manager.bulk_create(fresh, batch_size=1000)
