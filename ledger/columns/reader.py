"""Reading the columnar copy: the newest word about each row, of some lines and days, some columns, some subjects."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledger.columns import encode
from ledger.columns.files import newest, root
from ledger.columns.models import ColumnFile
from ledger.kit.days import ordinal

ATTEMPTS = 3


def read(
    frame: str,
    *,
    lines: Sequence[str] = (),
    columns: Iterable[str],
    first_day: date,
    last_day: date,
    where: tuple[str, Iterable[Any]] | None = None,
) -> pd.DataFrame:
    """Rows of "transactions" or "steps" with event day in [first_day, last_day], of `lines` (none: all), with `columns`.

    `where` keeps rows whose column holds one of the keys (text, or key64 for hashed columns). Batches not yet written are not in it: call
    services.sync first. Raises FileNotFoundError when a listed file is missing for good.
    """
    wanted = list(dict.fromkeys(columns))
    for attempt in range(ATTEMPTS):
        try:
            return _read(frame, lines, wanted, first_day, last_day, where)
        except FileNotFoundError:
            # A compaction removed the file after we read the list; the fresh list has its successor.
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def places(frame: str, lines: Sequence[str], first_day: date, last_day: date) -> dict[tuple[str, str], list[str]]:
    """Live files by (line, month), in order of listing."""
    listed = ColumnFile.objects.filter(frame=frame, month__range=(f"{first_day:%Y-%m}", f"{last_day:%Y-%m}"))
    if lines:
        listed = listed.filter(line__in=lines)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line, month, path in listed.order_by("line", "month", "id").values_list("line", "month", "path"):
        found[line, month].append(path)
    return found


def _read(
    frame: str, lines: Sequence[str], wanted: list[str], first_day: date, last_day: date, where: tuple[str, Iterable[Any]] | None
) -> pd.DataFrame:
    first, last = ordinal(first_day), ordinal(last_day)
    needed = list(dict.fromkeys([*wanted, "id", "day", *([where[0]] if where else [])]))
    keys = pd.Index(pd.unique(np.asarray(list(where[1])))) if where else None
    tables = []
    for (line, _), paths in places(frame, lines, first_day, last_day).items():
        if where is not None and keys is not None:
            # Most places hold none of the keys: that is seen without the other columns.
            found = place_table(frame, line, paths, list(dict.fromkeys([where[0], "id", "day"])))
            keep = _of_days(found, first, last) & _among(found[where[0]], keys)
            table = place_table(frame, line, paths, needed) if keep.any() else found
        else:
            table = place_table(frame, line, paths, needed)
            keep = _of_days(table, first, last)
        tables += [table if keep.all() else table.filter(pa.array(keep))] if keep.any() else []
    if not tables:
        return nothing(frame, wanted)
    table = pa.concat_tables(tables, promote_options="permissive").select(wanted).unify_dictionaries()
    return frame_of(table)


def place_table(frame: str, line: str, paths: Sequence[str], needed: Sequence[str], *, with_gone: bool = False) -> pa.Table:
    """The newest rows of one line and month; one file cannot name a row twice, several can.

    `with_gone` keeps what is gone, marked so in a column: needed where the files are not all there are of the place.
    """
    tables = [_typed(frame, line, pq.ParquetFile(root() / path), needed) for path in paths]
    table = tables[0] if len(tables) == 1 else pa.concat_tables(tables, promote_options="permissive")
    keep = np.ones(table.num_rows, dtype=bool) if with_gone else ~table["gone"].to_numpy()
    if len(tables) > 1:
        numbers = np.repeat(np.arange(len(tables)), [part.num_rows for part in tables])
        keep &= newest(table["id"].to_numpy(), numbers)
    kept = table if keep.all() else table.filter(pa.array(keep))
    return kept if with_gone else kept.drop_columns(["gone"])


def _typed(frame: str, line: str, file: pq.ParquetFile, needed: Sequence[str]) -> pa.Table:
    """The needed columns of a file; attributes the file does not hold are taken from `extra`, or unknown."""
    with file:
        held = set(file.schema.names)
        missing = [name for name in needed if name not in held]
        table = file.read(columns=[*(name for name in needed if name in held), "gone", *(["extra"] if missing and "extra" in held else [])])
    if missing:
        extra = table["extra"] if "extra" in table.column_names else pa.chunked_array([[""] * table.num_rows], type=pa.large_string())
        for name in missing:
            if not name.startswith("attr."):
                raise KeyError(f"{frame} has no column {name}")
            table = table.append_column(name, pa.array(pd.Series(_undeclared(extra, name.removeprefix("attr.")))))
    return _wide(table.select([*needed, "gone"]))


def _undeclared(extra: pa.ChunkedArray, name: str) -> Any:
    """An attribute of every row out of the JSON of those its line does not declare: only texts that name it are read, each once."""
    naming = pc.match_substring(extra, json.dumps(name, ensure_ascii=False)).fill_null(False)
    texts = extra.filter(naming).combine_chunks().dictionary_encode()
    places = np.zeros(len(extra), dtype=np.int64)
    places[naming.to_numpy().astype(bool)] = texts.indices.to_numpy() + 1
    return encode.attribute([{}, *map(json.loads, texts.dictionary.to_pylist())], name).take(places)


def _wide(table: pa.Table) -> pa.Table:
    """Text columns with room for the words of every file: a file of at most 127 words numbers its own in one byte."""
    for place, kind in enumerate(table.schema.types):
        if pa.types.is_dictionary(kind) and kind.index_type != pa.int32():
            wide = table.column(place).cast(pa.dictionary(pa.int32(), kind.value_type))
            table = table.set_column(place, table.schema.names[place], wide)
    return table


def _of_days(table: pa.Table, first: int, last: int) -> np.ndarray:
    days = table["day"].to_numpy()
    return np.asarray((days >= first) & (days <= last))


def _among(column: pa.ChunkedArray, keys: pd.Index) -> np.ndarray:
    """Rows whose value is one of the keys; of text each word is looked up once. The keys are made ready for looking up only once."""
    if not pa.types.is_dictionary(column.type):
        return np.asarray(keys.get_indexer(column.to_numpy()) >= 0)
    answers = [np.zeros(0, dtype=bool)]
    for part in column.chunks:
        known = keys.get_indexer(pd.Index(part.dictionary.to_pylist(), dtype=object)) >= 0
        answers.append(np.append(known, False)[part.indices.fill_null(-1).to_numpy()])
    return np.concatenate(answers)


def frame_of(table: pa.Table) -> pd.DataFrame:
    frame = table.to_pandas(split_blocks=True)
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.CategoricalDtype) and frame[name].cat.categories.dtype != "str":
            frame[name] = frame[name].cat.set_categories(frame[name].cat.categories.astype("str"))
    return frame


def nothing(frame: str, wanted: Sequence[str] = encode.STEP_COLUMNS) -> pd.DataFrame:
    """No rows, with the right column types."""
    if frame == "transactions":
        return encode.encode_transactions([], columns=wanted)
    return encode.encode_steps([], encode.encode_transactions([], columns=("id", "day", "line")))[list(wanted)]
