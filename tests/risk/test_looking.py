"""What a backtest does not read: rows outside a rule's scope, and steps of which its parameters do not speak."""

import pytest

from risk.backtest.looking import shown
from risk.detectors.base import SUBJECT
from risk.detectors.parts.references import steps_of
from risk.detectors.registry import detectors
from risk.frames import TRANSACTIONS
from risk.rules.entries import Entry
from risk.rules.shipped import read

STEPPING = [entry for entry in read() if "steps" in detectors()[entry.detector].needs(entry.spec())]
SCOPED = [entry for entry in read() if entry.scope and entry.frame == TRANSACTIONS and detectors()[entry.detector].reach == SUBJECT]


@pytest.mark.parametrize("entry", STEPPING, ids=lambda entry: entry.code)
def test_a_rule_still_hits_when_other_steps_are_left_out(entry: Entry) -> None:
    detector, spec = detectors()[entry.detector], entry.spec()
    frames = detector.canary(spec)
    if frames is None:
        return
    left = frames["steps"][frames["steps"]["step"].isin(steps_of(spec.params))].reset_index(drop=True)
    assert len(left) == len(frames["steps"]), "the canary's steps are those the rule asks for"
    assert len(detector.find(frames | {"steps": left}, spec))


@pytest.mark.parametrize("entry", SCOPED, ids=lambda entry: entry.code)
def test_rows_outside_the_scope_make_no_difference_where_they_are_not_shown(entry: Entry) -> None:
    detector, spec = detectors()[entry.detector], entry.spec()
    frames = detector.canary(spec)
    if frames is None:
        return
    rows = frames[spec.frame]
    for name, allowed in shown([spec]).items():
        rows = rows[rows[name].isin(allowed)]
    assert len(detector.find(frames | {spec.frame: rows.reset_index(drop=True)}, spec)) == len(detector.find(frames, spec)) > 0


def test_of_rules_together_what_any_looks_at_is_shown() -> None:
    by_code = {entry.code: entry.spec() for entry in read()}
    cancelled, fined = by_code["VIO-52"], by_code["VIO-54"]
    assert shown([cancelled]) == {"action": ("cancel",)}
    assert {name: set(values) for name, values in shown([cancelled, fined]).items()} == {"action": {"cancel", "onsite", "camera"}}
    assert shown([cancelled, by_code["COM-02"]]) == {}
    # What was impounded lies outside the scope of the inspections that are held against it.
    assert shown([by_code["INS-56"]]) == {}
