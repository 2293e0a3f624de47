"""Parquet files of the columnar copy: written whole under a fresh name, digested, and reduced to the newest word about each row.

A row's newest word is in the file listed last: one holder of the lock at a time writes files, each with the journal as it then stood.
`gone` marks a row that moved to another line or month.
"""

import hashlib
import io
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from ledger.columns.models import ColumnFile

ROW_GROUP = 65_536
Place = tuple[str, str, str]


def root() -> Path:
    return Path(settings.VAR_DIR) / "columns"


def write(place: Place, frame: pd.DataFrame) -> ColumnFile:
    """Write one file of a place (frame, line, month) and describe it; it counts only once its description is in the database."""
    order = np.lexsort((frame["id"].to_numpy(), frame["day"].to_numpy()))
    frame = frame.take(order).reset_index(drop=True)
    for name in frame.columns[[isinstance(kind, pd.CategoricalDtype) for kind in frame.dtypes]]:
        frame[name] = frame[name].cat.remove_unused_categories()
    buffer = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # Keys and moments hardly repeat: a dictionary of them costs a fifth of the file and of every reading.
    words = [field.name for field in table.schema if pa.types.is_dictionary(field.type) or field.name == "extra"]
    pq.write_table(table, buffer, compression="zstd", row_group_size=ROW_GROUP, use_dictionary=words)
    content = buffer.getvalue()
    kind, line, month = place
    path = root() / kind / line / month / f"{secrets.token_hex(8)}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return ColumnFile(
        frame=kind, line=line, month=month, path=str(path.relative_to(root())), rows=len(frame), digest=hashlib.sha256(content).hexdigest()
    )


def remove(paths: Sequence[str]) -> None:
    """Remove files that no description names any more."""
    for path in paths:
        (root() / path).unlink(missing_ok=True)


def digest(path: str) -> str | None:
    """SHA-256 of a file as it is now; None when it is missing."""
    try:
        with (root() / path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def newest(ids: np.ndarray, file_numbers: np.ndarray) -> np.ndarray:
    """Rows that stand in the last file naming their id. `file_numbers` grows with the order of listing."""
    if _apart(ids, file_numbers):
        return np.ones(len(ids), dtype=bool)
    order = np.lexsort((file_numbers, ids))
    ordered, numbers = ids[order], file_numbers[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = ordered[1:] != ordered[:-1]
    runs = np.cumsum(np.concatenate([[False], last[:-1]]).astype(np.int64)) if len(order) else np.zeros(0, dtype=np.int64)
    keep = np.empty(len(order), dtype=bool)
    keep[order] = numbers == numbers[last][runs] if len(order) else []
    return keep


def _apart(ids: np.ndarray, file_numbers: np.ndarray) -> bool:
    """Whether the ids of every file lie beyond those of the others, as they do where nothing was altered: then no id is in two files."""
    starts = np.flatnonzero(np.append(True, file_numbers[1:] != file_numbers[:-1])) if len(ids) else np.zeros(0, dtype=np.int64)
    if not len(starts):
        return True
    low, high = np.minimum.reduceat(ids, starts), np.maximum.reduceat(ids, starts)
    order = np.argsort(low)
    return bool((high[order][:-1] < low[order][1:]).all())
