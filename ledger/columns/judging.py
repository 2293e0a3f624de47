"""Which rows of a file are wanted: of some days, and with certain keys in certain columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

_LEAST_BITS = 16


class Among:
    """Keys that a column may hold, made ready for looking up once."""

    def __init__(self, keys: Iterable[Any]) -> None:
        listed = list(keys)
        self._words, wanted = frozenset(listed), pd.unique(np.asarray(listed))
        self._index = pd.Index(wanted)
        self._bits, self._near = 0, np.zeros(0, dtype=bool)
        if wanted.dtype.kind == "i":
            self._bits = (1 << max(_LEAST_BITS, len(wanted).bit_length() + 3)) - 1
            self._near = np.zeros(self._bits + 1, dtype=bool)
            self._near[wanted & self._bits] = True

    def holds(self, column: pa.ChunkedArray) -> np.ndarray:
        """Rows whose value is one of the keys; of text each word is looked up once, of numbers those that end like a key."""
        if not pa.types.is_dictionary(column.type):
            values = column.to_numpy()
            if not self._bits or values.dtype.kind != "i":
                return np.asarray(self._index.get_indexer(values) >= 0)
            answer = self._near[values & self._bits]
            places = np.flatnonzero(answer)
            answer[places] = self._index.get_indexer(values[places]) >= 0
            return answer
        answers = [np.zeros(0, dtype=bool)]
        for part in column.chunks:
            known = np.array([word in self._words for word in part.dictionary.to_pylist()], dtype=bool)
            answers.append(np.append(known, False)[part.indices.fill_null(-1).to_numpy()])
        return np.concatenate(answers)


@dataclass(frozen=True)
class Judge:
    """Keeps rows of event days in [first, last] that hold one of the keys in every column named; `seldom`: few of all there are."""

    first: int
    last: int
    keys: Mapping[str, Among]
    seldom: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.keys, "day")

    def keeps(self, table: pa.Table) -> np.ndarray:
        days = table["day"].to_numpy()
        keep = np.asarray((days >= self.first) & (days <= self.last))
        for name, keys in self.keys.items():
            keep &= keys.holds(table[name])
        return keep
