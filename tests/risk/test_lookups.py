"""Looking up what held on a day and what came first on it, against doing so row by row."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from risk.detectors.parts.links import NONE, first_of_day, side
from risk.detectors.parts.references import held

KEYS, DAYS = st.integers(0, 4), st.integers(20_000, 20_012)


@given(st.lists(st.tuples(st.integers(-1, 4), DAYS, st.integers(0, 6)), max_size=12), st.lists(st.tuples(KEYS, DAYS), max_size=30))
def test_a_day_is_held_when_one_of_the_intervals_has_it(intervals, asked):
    owner, start, length = (np.array([one[place] for one in intervals], dtype=np.int64) for place in range(3))
    key, day = (np.array([one[place] for one in asked], dtype=np.int64) for place in range(2))
    expected = [any(o == k and s <= d <= s + n for o, s, n in intervals) for k, d in asked]
    assert held(key, owner, start, start + length, day).tolist() == expected


@given(
    st.lists(st.tuples(st.integers(-1, 3), DAYS, st.integers(0, 2), st.booleans(), st.booleans()), max_size=30),
    st.sampled_from([1, 10**7]),
)
def test_the_first_of_a_day_is_the_earliest_and_of_equals_the_one_with_the_smallest_tie(drawn, apart):
    """`apart`: keys so far from each other that no table of them is made."""
    rows = pd.DataFrame(
        {
            "day": np.array([day for _key, day, *_ in drawn], dtype=np.int32),
            "accepted_at": np.array([day * 24 + hour for _key, day, hour, *_ in drawn], dtype="datetime64[h]").astype("datetime64[us]"),
            "tie": np.array([(number * 7) % 31 - 15 for number in range(len(drawn))], dtype=np.int64),
        }
    )
    key = np.array([key * apart if key >= 0 else NONE for key, *_ in drawn], dtype=np.int64)
    asks, answers = (np.array([one[place] for one in drawn], dtype=bool) for place in (3, 4))
    these = side(rows, asks, key)

    def earliest(one: int) -> int:
        same = [n for n in range(len(drawn)) if answers[n] and key[n] == key[one] and rows["day"][n] == rows["day"][one]]
        return min(same, key=lambda n: (rows["accepted_at"][n], rows["tie"][n]), default=NONE)

    assert first_of_day(rows, these, side(rows, answers, key)).tolist() == [earliest(one) for one in these.row]
