"""Windows of whole weeks, one entry per key: against merging the weeks of each window."""

from collections import defaultdict

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.detectors.parts.grid import Keys, merged_windows, windows
from risk.detectors.parts.special import beta_share
from tests.risk.detector_rows import spec

DAY = 20_500
ROWS = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 2), st.integers(0, 3), st.integers(-9, 9**9)), min_size=1, max_size=40)


@settings(deadline=None)
@given(ROWS, st.sampled_from([7, 14, 28]))
def test_entries_are_the_sums_over_the_weeks_of_the_window(drawn, window_days):
    day, one, other, value = (np.array([row[place] for row in drawn], dtype=np.int64) for place in range(4))
    rows = pd.DataFrame({"day": DAY + day})
    rule = spec("frequency", {}, window_days=window_days)
    keys, sums = [Keys(one, 3), Keys(other, 4)], {"value": value}
    found, merged = list(windows(rows, rule, keys, sums)), list(merged_windows(rows, rule, keys, sums))
    assert [window.day for window in found] == [window.day for window in merged]
    for weekly, whole in zip(found, merged, strict=True):
        together: dict[tuple[int, int], list[float]] = defaultdict(lambda: [99, 0, 0])
        for *key, age, count, total in zip(*weekly.keys, weekly.age, weekly.sums["rows"], weekly.sums["value"], strict=True):
            entry = together[tuple(key)]
            entry[:] = min(entry[0], age), entry[1] + count, entry[2] + total
        told = {
            (a, b): [age, count, total]
            for a, b, age, count, total in zip(*whole.keys, whole.age, whole.sums["rows"], whole.sums["value"], strict=True)
        }
        assert told == dict(together) and list(told) == sorted(told)


@given(st.lists(st.tuples(st.floats(0.01, 900), st.floats(0.01, 900), st.floats(0, 1)), min_size=1, max_size=30))
def test_an_incomplete_beta_function_is_the_same_whatever_else_is_reckoned(drawn):
    a, b, x = (np.array([row[place] for row in drawn]) for place in range(3))
    alone = [float(beta_share(a[one : one + 1], b[one : one + 1], x[one : one + 1])[0]) for one in range(len(drawn))]
    assert beta_share(a, b, x).tolist() == alone
