"""Attributes that a line does not declare, read out of the text they are kept in."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.columns import encode, reader

NAMES = ["phone", "电话", 'a "b"', "back\\slash", "phone2"]
TEXTS = ["", "1", "电话", '"phone"', '\\"phone\\": "1"', "phone", "a\\", "{"]
VALUES = st.one_of(st.none(), st.sampled_from(TEXTS), st.integers(0, 9), st.booleans())
ROWS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3), max_size=12)


def texts(rows: list[dict]) -> list[str]:
    return [json.dumps(row, ensure_ascii=False, sort_keys=True) if row else "" for row in rows]


@given(ROWS, st.sampled_from(NAMES))
def test_they_are_what_reading_every_row_would_give(rows, name):
    extra = pa.chunked_array([texts(rows[:5]), texts(rows[5:])], type=pa.large_string())
    found = pd.Series(reader._undeclared(extra, name))
    assert found.astype(str).tolist() == pd.Series(encode.attribute(rows, name)).astype(str).tolist()


@pytest.mark.parametrize(("name", "unknown"), [("never_sent", ""), ("bac", np.nan)])
def test_one_that_nobody_sent_is_unknown_everywhere(name, unknown):
    found = pd.Series(reader._undeclared(pa.chunked_array([["", '{"phone": "1"}']]), name))
    assert len(found) == 2 and all(value == unknown or value != value for value in found)
