"""What scenarios do to honest rows, and what is delivered a second time."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from risk.evaluation.simulate.rows import Rows
from risk.evaluation.simulate.scenarios import Change
from risk.evaluation.simulate.world import World

LATE, PROGRESS, CORRECTED = 0.02, 0.004, 0.0006


def changed(rows: Rows, changes: Iterable[Change], dropped: set[int]) -> Rows:
    """The rows as the misconduct left them, without those that never took place."""
    frame, steps = rows.frame, pd.concat(rows.steps, ignore_index=True)
    if dropped:
        frame = frame[~frame["row"].isin(dropped)].reset_index(drop=True)
        steps = steps[~steps["row"].isin(dropped)].reset_index(drop=True)
    place = pd.Series(np.arange(len(frame)), index=frame["row"])
    for change in changes:
        here = place.reindex(change.rows)
        there = here.notna().to_numpy()
        at = here[there].astype(int).to_numpy()
        for column, value in change.columns.items():
            new = np.broadcast_to(np.asarray(value), (len(change.rows),))[there]
            if column == "handler_no":
                _hand_over(frame, steps, at, new)
            frame.iloc[at, frame.columns.get_loc(column)] = new
    return Rows(frame, [steps])


def _hand_over(frame: pd.DataFrame, steps: pd.DataFrame, at: np.ndarray, new: np.ndarray) -> None:
    """The steps of the old handler in these rows become the new one's."""
    rows = frame["row"].iloc[at].to_numpy()
    old = pd.Series(frame["handler_no"].iloc[at].to_numpy(), index=rows)
    fresh = pd.Series(new, index=rows)
    concerned = np.flatnonzero(steps["row"].isin(rows).to_numpy())
    mine = steps.iloc[concerned]
    own = (mine["staff_no"].to_numpy() == old.reindex(mine["row"]).to_numpy()).nonzero()[0]
    steps.iloc[concerned[own], steps.columns.get_loc("staff_no")] = fresh.reindex(mine["row"].iloc[own]).to_numpy()


def in_order_of_arrival(world: World, table: pd.DataFrame) -> pd.DataFrame:
    """Some rows come after all others, out of their order: terminals that were off line."""
    late = world.rng("late").random(len(table)) < LATE
    return pd.concat([table[~late], table[late]], ignore_index=True)


def redelivered(world: World, table: pd.DataFrame, again: Iterable[Change], serials: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table as first delivered, and the rows that are delivered a second time.

    Some business is first told when it is accepted and once more when it is finished; now and then a mistyped telephone is
    corrected; and what `again` says comes again with another value.
    """
    rng = world.rng("redelivered")
    first, done = table.copy(), (table["finished_at"] != "").to_numpy()
    named = pd.Series(np.arange(len(table)), index=table["serial_no"])
    told = [(named.reindex(serials.reindex(change.rows)).dropna().astype(int).to_numpy(), change) for change in again]
    sealed = np.zeros(len(table), dtype=bool)
    for at, _change in told:
        sealed[at] = True
    progress = np.flatnonzero((rng.random(len(table)) < PROGRESS) & done & ~sealed)
    sealed[progress] = True
    second = [table.iloc[progress]]
    for column in ("finished_at", "result"):
        first.iloc[progress, first.columns.get_loc(column)] = ""
    first.iloc[progress, first.columns.get_loc("status")] = "accepted"
    column = "phone"
    wrong = np.flatnonzero((rng.random(len(table)) < CORRECTED) & ~sealed & (table[column] != "").to_numpy())
    second.append(table.iloc[wrong])
    first.iloc[wrong, first.columns.get_loc(column)] = (table[column].iloc[wrong].str[:-2] + "00").to_numpy()
    for at, change in told:
        altered = table.iloc[at].copy()
        for name, value in change.columns.items():
            altered[name] = value
        second.append(altered)
    return first, pd.concat(second, ignore_index=True)
