"""Every shipped rule of a detector that compares, or watches the watchers, reaches its mildest level in rows made from itself."""

from string import Formatter

import pytest

from risk.detectors.base import LEVELS, PEER
from risk.detectors.registry import detectors
from risk.rules.shipped import read
from tests.risk.detector_rows import find

SHIPPED = [entry for entry in read() if detectors()[entry.detector].reach == PEER or entry.detector == "oversight"]
ALWAYS = {"subject", "level", "observed", "threshold", "window"}


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda entry: entry.code)
def test_the_canary_reaches_the_mildest_level_and_gives_the_sentence_all_its_numbers(entry):
    rule = entry.spec()
    frames = detectors()[entry.detector].canary(rule)
    assert frames is not None
    assert {name: set(frame.columns) for name, frame in frames.items()} == {
        name: set(columns) for name, columns in detectors()[entry.detector].needs(rule).items()
    }
    hits = find(rule, **frames)
    assert set(hits["level"]) == {next(level for level in LEVELS if level in rule.thresholds)}
    asked = {name for sentence in (entry.sentence_zh, entry.sentence_en) for _, name, _, _ in Formatter().parse(sentence) if name}
    for numbers in hits["numbers"]:
        assert asked - ALWAYS <= set(numbers)
