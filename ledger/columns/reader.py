"""Reading the columnar copy: the newest word about each row, of some lines and days, some columns, some subjects."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ledger.columns import encode
from ledger.columns.files import newest, root
from ledger.columns.judging import Among, Judge
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
    only: Mapping[str, Iterable[Any]] | None = None,
    seldom: bool = False,
) -> pd.DataFrame:
    """Rows of "transactions" or "steps" with event day in [first_day, last_day], of `lines` (none: all), with `columns`.

    `only` keeps rows of which every column named holds one of its keys (text, or key64 for hashed columns); `seldom`: few rows do.
    Batches not yet written are not in it: call services.sync first. Raises FileNotFoundError when a listed file is missing for good.
    """
    wanted = list(dict.fromkeys(columns))
    judge = Judge(ordinal(first_day), ordinal(last_day), {name: Among(keys) for name, keys in (only or {}).items()}, seldom)
    for attempt in range(ATTEMPTS):
        try:
            return _read(frame, places(frame, lines, first_day, last_day), wanted, judge)
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


def _read(frame: str, found: Mapping[tuple[str, str], list[str]], wanted: list[str], judge: Judge) -> pd.DataFrame:
    needed = list(dict.fromkeys([*wanted, "id", "day"]))

    def of_place(place: tuple[tuple[str, str], list[str]]) -> pa.Table:
        return place_table(frame, place[0][0], place[1], needed, judge=judge)

    # As many at once as Arrow may use cores: processes that share the work have been told to keep to one.
    with ThreadPoolExecutor(max(1, min(pa.cpu_count(), len(found)))) as readers:
        tables = [table for table in readers.map(of_place, found.items()) if table.num_rows]
    if not tables:
        return nothing(frame, wanted)
    return frame_of(pa.concat_tables([table.select(wanted) for table in tables], promote_options="permissive"))


def place_table(
    frame: str, line: str, paths: Sequence[str], needed: Sequence[str], *, with_gone: bool = False, judge: Judge | None = None
) -> pa.Table:
    """The newest rows of one line and month; one file cannot name a row twice, several can.

    `with_gone` keeps what is gone, marked so in a column: needed where the files are not all there are of the place. `judge` keeps some of
    the rows. One that seldom keeps any has its own columns read first, the others where it does; where it keeps none they are left out.
    """
    judging = judge.columns if judge else ()
    head = list(dict.fromkeys([*judging, "id", *([] if judge and judge.seldom else needed)]))
    # What is not gone is of this line: that need not be read.
    known = {} if with_gone else {"line": line}
    with ExitStack() as opened:
        files = [opened.enter_context(pq.ParquetFile(root() / path)) for path in paths]
        some_gone = with_gone or any(map(_may_have_gone, files))
        tables = [_held(file, [*head, *(["gone"] if some_gone else [])], known) for file in files]
        table = _complete(frame, pa.concat_tables(tables, promote_options="permissive"), judging)
        keep = ~table["gone"].to_numpy() if some_gone and not with_gone else np.ones(table.num_rows, dtype=bool)
        if len(tables) > 1:
            numbers = np.repeat(np.arange(len(tables)), [part.num_rows for part in tables])
            keep &= newest(table["id"].to_numpy(), numbers)
        if judge is not None:
            keep &= judge.keeps(table)
        kept = table if keep.all() else table.filter(pa.array(keep))
        rest = [name for name in needed if name not in head]
        if rest and kept.num_rows:
            more = pa.concat_tables([_held(file, rest, known) for file in files], promote_options="permissive")
            more = more if keep.all() else more.filter(pa.array(keep))
            kept = pa.table([*kept.columns, *more.columns], names=[*kept.column_names, *more.column_names])
    whole = _complete(frame, kept, needed if kept.num_rows else head)
    return whole.select([*dict.fromkeys(name for name in needed if name in whole.column_names), *(["gone"] if with_gone else [])])


def _may_have_gone(file: pq.ParquetFile) -> bool:
    """Whether any row may be marked as gone, by what the file says of itself."""
    place = file.schema.names.index("gone")
    told = [file.metadata.row_group(group).column(place).statistics for group in range(file.num_row_groups)]
    return any(one is None or not one.has_min_max or one.max for one in told)


def _held(file: pq.ParquetFile, needed: Sequence[str], known: Mapping[str, str]) -> pa.Table:
    """The columns of a file that are needed and held; where it lacks any, `extra` too, in which it may be. `known`: text of every row."""
    held = set(file.schema.names)
    lacking = any(name not in held for name in needed)
    columns = [name for name in dict.fromkeys([*needed, *(["extra"] if lacking else [])]) if name in held and name not in known]
    table = file.read(columns=columns, use_threads=False)
    for name in known.keys() & set(needed):
        number = pa.array(np.zeros(table.num_rows, dtype=np.int8))
        table = table.append_column(name, pa.DictionaryArray.from_arrays(number, pa.array([known[name]])))
    return table


def _complete(frame: str, table: pa.Table, needed: Sequence[str]) -> pa.Table:
    """The table with the needed columns too; attributes it does not hold are taken from its `extra`, or unknown."""
    missing = [name for name in needed if name not in table.column_names]
    if not missing:
        return table
    extra = table["extra"] if "extra" in table.column_names else pa.chunked_array([[""] * table.num_rows], type=pa.large_string())
    for name in missing:
        if not name.startswith("attr."):
            raise KeyError(f"{frame} has no column {name}")
        table = table.append_column(name, pa.array(pd.Series(_undeclared(extra, name.removeprefix("attr.")))))
    return table


def _undeclared(extra: pa.ChunkedArray, name: str) -> Any:
    """An attribute of every row out of the JSON of those its line does not declare: only texts that name it are read, each once."""
    naming = pc.match_substring(extra, json.dumps(name, ensure_ascii=False)).fill_null(False)
    texts = extra.filter(naming).combine_chunks().dictionary_encode()
    places = np.zeros(len(extra), dtype=np.int64)
    places[naming.to_numpy().astype(bool)] = texts.indices.to_numpy() + 1
    return encode.attribute([{}, *map(json.loads, texts.dictionary.to_pylist())], name).take(places)


def frame_of(table: pa.Table) -> pd.DataFrame:
    text = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    made = table.drop_columns(text).to_pandas(split_blocks=True)
    words = {name: _words(table[name]) for name in text}
    return pd.DataFrame({name: words[name] if name in words else made[name] for name in table.column_names}, copy=False)


def _words(column: pa.ChunkedArray) -> pd.Categorical:
    """Text as a category. Every file numbers its own words: each is looked up once a file, and rows get the numbers of all of them."""
    every = pa.chunked_array([part.dictionary for part in column.chunks], type=column.type.value_type)
    known = every.combine_chunks().dictionary_encode()
    codes = np.empty(len(column), dtype=np.min_scalar_type(-len(known.dictionary) - 1))
    numbers, word, row = known.indices.to_numpy().astype(codes.dtype), 0, 0
    for part in column.chunks:
        places = np.append(numbers[word : word + len(part.dictionary)], codes.dtype.type(-1))
        indices = part.indices.fill_null(-1) if part.null_count else part.indices
        codes[row : row + len(part)] = places[indices.to_numpy()]
        word, row = word + len(part.dictionary), row + len(part)
    return pd.Categorical.from_codes(codes, categories=pd.Index(known.dictionary.to_pylist(), dtype="str"), validate=False)


def nothing(frame: str, wanted: Sequence[str] = encode.STEP_COLUMNS) -> pd.DataFrame:
    """No rows, with the right column types."""
    return _nothing(frame, tuple(wanted)).copy()


@lru_cache(maxsize=256)
def _nothing(frame: str, wanted: tuple[str, ...]) -> pd.DataFrame:
    if frame == "transactions":
        return encode.encode_transactions([], columns=wanted)
    return encode.encode_steps([], encode.encode_transactions([], columns=("id", "day", "line")))[list(wanted)]
