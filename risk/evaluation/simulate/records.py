"""What is recorded beside the transactions: impounded vehicles, complaints, cases of discipline."""

import numpy as np
import pandas as pd

from risk.evaluation.simulate.clocks import DAY, text
from risk.evaluation.simulate.rows import NEVER
from risk.evaluation.simulate.tables import COMPLAINTS, IMPOUNDS, VIOLATIONS_OF_DISCIPLINE
from risk.evaluation.simulate.world import World

COMPLAINTS_PER_10000, NAMED, CASES_PER_HALF_YEAR = 4.0, 0.55, 7
TERM_DAYS = 30
CHANNELS = {"12345": 62, "12389": 4, "hall": 18, "letter": 3, "online": 13}
CATEGORIES = {"5": 30, "7": 16, "1": 6, "8": 5, "other": 43}
CONTENT = {
    "5": "反映材料被多次退回",
    "7": "反映窗口无人",
    "1": "反映插队办理",
    "8": "反映投诉后未回复",
    "other": "反映等候时间长、态度不好",
}
DECISIONS = np.array(["批评教育", "诫勉谈话", "通报批评", "警告"])
REASONS = np.array(["无证驾驶", "涉牌涉证", "饮酒驾驶", "事故检验", "非法改装"])


def impounds(world: World, frame: pd.DataFrame, serials: pd.Series, held: set[int]) -> pd.DataFrame:
    """One row for every impounding: with its release where there was one, else disposed of before its term is over.

    `held`: impounded rows whose vehicle is still there when the term has run out, though nothing stands against giving it back.
    """
    rng = world.rng("impounds")
    rows = frame[(frame["action"] == "impound") & (frame["accepted"] < world.stop)].sort_values("row")
    releases = frame[(frame["action"] == "release") & (frame["line"] == "violation") & (frame["accepted"] < world.stop)]
    freed = releases.drop_duplicates("related").set_index("related")["finished"].reindex(rows["row"]).to_numpy(dtype=float)
    due = rows["accepted"].to_numpy() + TERM_DAYS * DAY
    disposed = due - rng.integers(2, 12, len(rows)) * DAY
    released = np.where(np.isnan(freed), disposed, freed)
    kept = rows["row"].isin(held).to_numpy()
    released = np.where(kept, NEVER, released)
    known = released < world.stop
    lots = rows["unit_code"].str[:8].to_numpy() + np.where(rng.random(len(rows)) < 0.7, "一号停车场", "二号停车场")
    table = pd.DataFrame(
        {
            "serial_no": rows["row"].map(serials),
            "tag_no": "KY" + rows["row"].map(serials).str[1:],
            "lot": lots,
            "reason": rng.choice(REASONS, len(rows)),
            "due_at": text(due),
            "released_at": text(np.where(known, released, 0).astype(np.int64), known),
        }
    )
    return table[IMPOUNDS].reset_index(drop=True)


def complaints(world: World, frame: pd.DataFrame, serials: pd.Series, added: list[dict[str, str]]) -> pd.DataFrame:
    """Honest complaints in proportion to business, more about some people than about others, answered in time; and the `added` ones."""
    rng = world.rng("complaints")
    n = rng.poisson(COMPLAINTS_PER_10000 * len(frame) / 10_000)
    weight = np.exp(world.effects(frame["handler_no"].to_numpy().astype(str), 0.5, "complaints"))
    chosen = frame.iloc[rng.choice(len(frame), n, p=weight / weight.sum())] if len(frame) else frame
    received = chosen["accepted"].to_numpy() + rng.integers(1, 12, n) * DAY
    rectified = world.clock.later(received, rng.gamma(3.0, 1.5, n) * 7.5 * 3600)
    revisited = world.clock.later(rectified, rng.uniform(1, 6, n) * 7.5 * 3600)
    keys, shares = list(CATEGORIES), np.array(list(CATEGORIES.values()), dtype=float)
    category = np.array(keys)[rng.choice(len(keys), n, p=shares / shares.sum())]
    ways, part = list(CHANNELS), np.array(list(CHANNELS.values()), dtype=float)
    satisfied = np.where(rng.random(n) < 0.9, "satisfied", "unsatisfied")
    table = pd.DataFrame(
        {
            "complaint_no": [f"TS{number:06d}" for number in range(1, n + 1)],
            "received_at": text(received),
            "channel": np.array(ways)[rng.choice(len(ways), n, p=part / part.sum())],
            "unit_code": chosen["unit_code"].to_numpy(),
            "staff_no": np.where(rng.random(n) < NAMED, chosen["handler_no"].to_numpy(), ""),
            "category": category,
            "serial_no": chosen["row"].map(serials).to_numpy(),
            "content": [CONTENT[key] for key in category],
            "rectified_at": text(rectified, rectified < world.stop),
            "revisited_at": text(revisited, revisited < world.stop),
            "revisit_result": np.where(revisited < world.stop, satisfied, ""),
        }
    )[received < world.stop]
    extra = pd.DataFrame(added, columns=COMPLAINTS, dtype="str")
    return pd.concat([table, extra], ignore_index=True)[COMPLAINTS].sort_values("received_at", kind="stable").reset_index(drop=True)


def cases(world: World) -> pd.DataFrame:
    """The few decisions about discipline of such a time."""
    rng, staff = world.rng("discipline"), world.detachment.staff
    n = rng.poisson(CASES_PER_HALF_YEAR * world.months / 6)
    who = staff.iloc[rng.choice(len(staff), n, replace=False)]
    days = world.first_day.toordinal() + rng.integers(0, (world.last_day - world.first_day).days + 1, n)
    decided = [str(np.datetime64(int(day) - 719_163, "D")) for day in np.sort(days)]
    table = {
        "case_no": [f"WJ{world.last_day.year}{number:03d}" for number in range(1, n + 1)],
        "decided_at": decided,
        "staff_no": who["staff_no"].to_numpy(),
        "unit_code": who["unit_code"].to_numpy(),
        "prohibition": rng.choice(np.array(["1", "5", "7", ""]), n),
        "decision": rng.choice(DECISIONS, n),
    }
    return pd.DataFrame(table, columns=VIOLATIONS_OF_DISCIPLINE)
