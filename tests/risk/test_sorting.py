"""Sorting by whole numbers: the orders and numbers that numpy's slower functions give."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from risk.detectors.parts.sorting import distinct, numbered, ordered, recurring

SMALL, DAYS = st.integers(0, 3), st.integers(-2, 400)
MOMENTS, TIES = st.integers(-(2**45), 2**50), st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(SMALL, DAYS, MOMENTS, TIES), max_size=60), st.permutations([0, 1, 2, 3]), st.integers(1, 4), st.booleans())
def test_an_order_is_that_of_lexsort(rows, turn, many, again):
    columns = np.array(rows * (2 if again else 1), dtype=np.int64).reshape(-1, 4)
    keys = [columns[:, one] for one in turn[:many]]
    assert ordered(*keys).tolist() == np.lexsort(keys[::-1]).tolist()


@given(st.lists(st.one_of(SMALL, DAYS, TIES), max_size=60))
def test_the_different_numbers_are_those_of_unique(values):
    array = np.array(values, dtype=np.int64)
    names, codes = np.unique(array, return_inverse=True)
    assert distinct(array).tolist() == numbered(array)[0].tolist() == names.tolist()
    assert numbered(array)[1].tolist() == codes.tolist()


def test_orders_of_other_whole_numbers():
    assert ordered(np.array([True, False, True])).tolist() == [1, 0, 2]
    assert ordered(np.array([3, 3, 1], dtype=np.int8), np.array([2, 1, 9], dtype=np.uint16)).tolist() == [2, 1, 0]


@given(st.lists(st.tuples(SMALL, DAYS, TIES), max_size=60), st.integers(1, 4), st.booleans())
def test_what_comes_often_enough_is_never_overlooked(rows, least, again):
    rows = rows * (2 if again else 1)
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3)
    counts, found = Counter(rows), recurring(least, *columns.T)
    assert all(found[place] for place, row in enumerate(rows) if counts[row] >= least)


def test_what_comes_once_is_mostly_passed_over():
    assert recurring(2, np.arange(10_000), np.arange(10_000) % 7).mean() < 0.5
