"""A draft and the version in force shown the same rows: both as the alerts they would raise, side by side. Reads only."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from ledger.columns.services import sync
from ledger.kit.days import today
from risk.backtest.folding import Candidate, candidates_of
from risk.backtest.looking import found_in, frames_of, shares
from risk.backtest.running import looked_at
from risk.detectors.base import Spec
from risk.frames import base
from risk.rules.entries import Entry
from risk.rules.models import Rule, RuleVersion

MONTHS_12 = timedelta(days=365)
Tell = Callable[[int], None]
OFF, SHADOW, LIVE = RuleVersion.Mode.OFF.value, RuleVersion.Mode.SHADOW.value, RuleVersion.Mode.LIVE.value


@dataclass
class Played:
    """What came of it. `before` is of the version in force, `after` of the draft; `rows` are those the draft looked at.

    `trial`: neither raises alerts, so what is compared is what both find in shadow. Else only what is live counts: a rule that leaves
    shadow has nothing before it, one that goes there nothing after.
    """

    first_day: date
    last_day: date
    trial: bool = False
    rows: int = 0
    before: list[Candidate] = field(default_factory=list)
    after: list[Candidate] = field(default_factory=list)
    seconds: float = 0.0


def range_of(frame: str) -> tuple[date, date] | None:
    """The last twelve months of the frame's rows, or all there are; nothing after today. None where there are no rows."""
    span = base(frame).span()
    if span is None or span[0] > today():
        return None
    last = min(span[1], today())
    return max(span[0], last - MONTHS_12 + timedelta(days=1)), last


def play(draft: Entry, base_entry: Entry | None, first_day: date, last_day: date, tell: Tell = lambda _percent: None) -> Played:
    """The draft beside the version it follows (None: a new rule) on event days of a range. `tell` hears how far it is in percent.

    Suppressions are left out of account on both sides: they end by themselves.
    """
    began, as_of = time.monotonic(), datetime.now(UTC)
    modes = {draft.mode, base_entry.mode if base_entry else OFF}
    done = Played(first_day, last_day, trial=LIVE not in modes)
    speaks = SHADOW if done.trial else LIVE
    sync()
    tell(10)
    spec = draft.spec()
    of_base = base_entry.spec() if base_entry and base_entry.mode == speaks else None
    together = of_base is not None and shares(of_base) == shares(spec)
    frames = frames_of([spec, of_base] if together and of_base else [spec], first_day, last_day, as_of, also=("unit", "accepted_at"))
    tell(40)
    done.rows = looked_at(spec, frames[spec.frame], first_day, last_day)
    if draft.mode == speaks:
        done.after = _raised(draft, spec, frames, done, as_of)
    tell(65)
    if base_entry is not None and of_base is not None:
        if not together:
            frames = frames_of([of_base], first_day, last_day, as_of, also=("unit", "accepted_at"))
        done.before = _raised(base_entry, of_base, frames, done, as_of)
    tell(90)
    done.seconds = time.monotonic() - began
    return done


def _raised(entry: Entry, spec: Spec, frames: dict[str, pd.DataFrame], done: Played, as_of: datetime) -> list[Candidate]:
    """As alerts. A rule that is none yet folds and files them as it will."""
    rule = Rule(code=entry.code, line=entry.line, subject_kind=entry.subject_kind, frame=entry.frame, merge_days=entry.merge_days)
    return candidates_of(rule, spec, found_in(frames, spec, done.first_day, done.last_day, as_of), frames[spec.frame])
