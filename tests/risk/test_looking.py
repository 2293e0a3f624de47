"""What a backtest does not read: rows outside a rule's scope, and steps of which its parameters do not speak. What two processes find."""

from datetime import UTC, datetime, timedelta

import pytest

from ledger.kit.days import from_ordinal
from risk.backtest import halves
from risk.backtest.folding import candidates_of
from risk.backtest.looking import found_in, shown
from risk.detectors.base import SUBJECT
from risk.detectors.parts.references import steps_of
from risk.detectors.registry import detectors
from risk.frames import TRANSACTIONS
from risk.rules.entries import Entry
from risk.rules.models import Rule
from risk.rules.shipped import read
from tests.risk.populations import FIRST_MONDAY
from tests.risk.test_peers_locality import RULES, drawn, typed

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


@pytest.mark.parametrize("merge_days", [1, 28])
@pytest.mark.parametrize("name", ["steered", "closed groups"])
def test_two_processes_raise_what_one_does(name: str, merge_days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hit as an alert of its own, and those of four weeks as one; also where the other process comes to nothing."""
    spec, rows = RULES[name], typed(drawn(4))
    frames, rule = {"transactions": rows}, Rule(subject_kind=spec.subject_kind, merge_days=merge_days)
    span = from_ordinal(FIRST_MONDAY), from_ordinal(FIRST_MONDAY + 41)
    days = *span, datetime.combine(span[1] + timedelta(days=9), datetime.min.time(), UTC)
    hits = found_in(frames, spec, *days)
    whole = [repr(one) for one in candidates_of(rule, spec, hits, rows)]
    for middle in (FIRST_MONDAY + 20, FIRST_MONDAY + 30):
        assert [repr(one) for one in halves.in_two(rule, spec, frames, *days, middle=middle)] == whole
    monkeypatch.setattr(halves, "_send", lambda *_anything: None)
    assert [repr(one) for one in halves.in_two(rule, spec, frames, *days, middle=FIRST_MONDAY + 30)] == whole
    assert len(set(hits["day"])) > 2, "days in both parts"
    assert len(whole) == len(hits) if merge_days == 1 else len(whole) < len(hits)
