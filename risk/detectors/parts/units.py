"""Units and lines as one number, so that rows and openings can be compared without strings."""

import numpy as np
import pandas as pd


def places_of_units(rows: pd.DataFrame, openings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, int]:
    """One number per (unit, line), for rows and for openings (−1: a place no row has), and how many numbers there are."""
    units, lines = rows["unit"].cat.categories, rows["line"].cat.categories
    place = rows["unit"].cat.codes.to_numpy().astype(np.int64) * len(lines) + rows["line"].cat.codes.to_numpy()
    unit, line = _codes_in(openings["unit"], units), _codes_in(openings["line"], lines)
    return place, np.where((unit >= 0) & (line >= 0), unit * len(lines) + line, -1), len(units) * len(lines)


def _codes_in(values: pd.Series, names: pd.Index) -> np.ndarray:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.append(names.get_indexer(values.cat.categories), -1)[values.cat.codes.to_numpy()].astype(np.int64)
    return names.get_indexer(pd.Index(values)).astype(np.int64)
