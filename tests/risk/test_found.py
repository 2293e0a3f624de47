"""What was found: evidence cut out of one array against a call for each candidate, and which of them reach a level."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from risk.detectors.parts.found import Found, Slices, hits, level_of, reaches
from tests.risk.detector_rows import spec

PARTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5), st.integers(0, 9)), min_size=1, max_size=12)


@given(PARTS, st.randoms())
def test_slices_are_the_same_evidence_as_a_call_for_each(drawn, random):
    places = np.array(random.sample(range(18), 18))
    first, many, observed = (np.array([one[place] for one in drawn]) for place in range(3))
    last = np.minimum(first + many + 1, len(places))
    rows = pd.DataFrame({"id": np.arange(500, 482, -1, dtype=np.int64)})
    rule = spec("frequency", {}, thresholds={"blue": 3, "red": 7})

    def found(evidence):
        return hits(
            Found(np.zeros(len(drawn), dtype=int), np.arange(len(drawn)), observed.astype(float), evidence), rule, rows, np.array(["X"])
        )

    at_once, one_by_one = found(Slices(places, first, last)), found(lambda hit: places[first[hit] : last[hit]])
    assert list(at_once["day"]) == list(one_by_one["day"]) == np.flatnonzero(observed >= 3).tolist()
    for ids, same, day in zip(at_once["evidence"], one_by_one["evidence"], at_once["day"], strict=True):
        assert ids.tolist() == same.tolist() == sorted(rows["id"].to_numpy()[places[first[day] : last[day]]].tolist())


@given(st.floats(-5, 200), st.sampled_from([">=", "<="]), st.sampled_from([{"yellow": 7.0}, {"blue": 3.0, "red": 90.0}]))
def test_only_what_reaches_no_level_is_not_told(observed, op, thresholds):
    rule = spec("frequency", {}, op=op, thresholds=thresholds)
    assert reaches(observed, rule) == (level_of(np.array([observed]), rule)[0] >= 0)
