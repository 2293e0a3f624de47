"""Facts known of the real traffic fine log (10,000 cases), found by ordinary duration rules. Needs ../shared beside the project."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.risk.detector_rows import category, find, spec

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "traffic-fines"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the traffic fine log is not beside the project (../shared/data/traffic-fines)")


@pytest.fixture(scope="module")
def frames():
    cases = pd.read_csv(FOLDER / "transactions.csv", dtype=str, keep_default_na=False)
    events = pd.read_csv(FOLDER / "steps.csv", dtype=str, keep_default_na=False)
    numbers = pd.Series(np.arange(1, len(cases) + 1), index=cases["serial_no"])
    accepted = wall(cases["accepted_at"])
    rows = {"id": numbers.to_numpy(), "tie": numbers.to_numpy(), "accepted_at": accepted}
    rows["day"] = accepted.astype("datetime64[D]").astype(np.int64).astype(np.int32)
    rows |= {name: category(cases[column]) for name, column in (("line", "line"), ("unit", "unit_code"), ("handler", "handler_no"))}
    trail = {"id": numbers[events["serial_no"]].to_numpy(), "seq": events["seq"].astype(int).to_numpy()}
    trail |= {"step": category(events["step"]), "at": wall(events["at"])}
    return {"transactions": pd.DataFrame(rows), "steps": pd.DataFrame(trail)}


def wall(texts: pd.Series) -> np.ndarray:
    return pd.to_datetime(texts, utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None).to_numpy().astype("datetime64[us]")


def named(rule, frames) -> int:
    found = find(rule, **frames)
    return len(set(np.concatenate(found["evidence"].tolist()))) if len(found) else 0


@pytest.mark.parametrize("subject", ["unit", "handler"])
def test_exactly_3970_fines_are_sent_more_than_90_days_after_creation(frames, subject):
    params = {"start": "create", "end": "send", "test": "over", "limit": 90, "unit": "day"}
    kind = "unit" if subject == "unit" else "staff"
    assert named(spec("duration", params, lines=("violation",), subject_kind=kind, subject_column=subject), frames) == 3970


def test_a_penalty_is_added_exactly_60_days_after_notification_in_all_4635_cases(frames):
    params = {"start": "notify", "end": "add_penalty", "test": "other_than", "limit": 60, "unit": "day"}
    rule = {"subject_kind": "unit", "subject_column": "unit"}
    assert named(spec("duration", params, **rule), frames) == 0
    assert named(spec("duration", params | {"limit": 61}, **rule), frames) == 4635
