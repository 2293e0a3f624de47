"""Who moves while the history runs: clerks rotate between windows, newcomers take up posts of those who leave."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from risk.evaluation.simulate import tables
from risk.evaluation.simulate.clocks import is_workday, wall
from risk.evaluation.simulate.rows import Rows
from risk.evaluation.simulate.world import World

ROTATING = {"REG-A", "VIO-D", "VIO-A+VIO-B+VIO-H", "REG-D", "VIO-C", "INS-C"}
PAIRS_PER_HALF_YEAR, EARLIEST_DAY = 7, 20


@dataclass(frozen=True)
class Move:
    """From `day` on the work of each person of `instead` is done by the other."""

    day: date
    instead: dict[str, str]
    postings: list[tuple[str, str, str, str, str]]
    ended: dict[str, date]


def _held(world: World) -> pd.DataFrame:
    """Everybody with the posts they hold at their unit, joined by +."""
    held = world.detachment.postings.query("end_date == '' and post_code != 'COM-R'")
    return held.groupby("staff_no", sort=False).agg(
        posts=("post_code", "+".join), unit=("unit_code", "first"), start=("start_date", "first")
    )


def moves(world: World, taken: set[str]) -> list[Move]:
    """Rotations and successions of people who are in no scenario, on first working days of months well inside the time."""
    rng = world.rng("moves")
    days = [day for day in _month_starts(world) if (day - world.first_day).days >= EARLIEST_DAY]
    if not days:
        return []
    held = _held(world)
    free = held[held["posts"].isin(ROTATING) & ~held.index.isin(taken)]
    found, used = [], set(taken)
    pairs = max(1, round(PAIRS_PER_HALF_YEAR * (world.last_day - world.first_day).days / 182))
    for _turn in range(pairs):
        rest = free[~free.index.isin(used)]
        groups = [group for _posts, group in rest.groupby("posts") if group["unit"].nunique() > 1]
        if not groups:
            break
        group = groups[int(rng.integers(len(groups)))]
        one = group.iloc[int(rng.integers(len(group)))]
        others = group[(group["unit"] != one["unit"]) & (group.index.map(world.kinds) == world.kinds[str(one.name)])]
        if len(others):
            found.append(_swap(one, others.iloc[int(rng.integers(len(others)))], days[int(rng.integers(len(days)))]))
            used |= set(found[-1].instead)
    for number, posts, unit in world.detachment.reserve:
        before = free[(free["posts"] == posts) & (free["unit"] == unit) & ~free.index.isin(used)]
        if number not in used and len(before) > 1 and rng.random() < 0.5:
            found.append(_succeed(before.iloc[0], number, days[int(rng.integers(len(days)))]))
            used |= set(found[-1].instead)
    return found


def _month_starts(world: World) -> list[date]:
    days = [world.first_day + timedelta(days=i) for i in range((world.last_day - world.first_day).days + 1)]
    starts: dict[tuple[int, int], date] = {}
    for day in days:
        if is_workday(day):
            starts.setdefault((day.year, day.month), day)
    return list(starts.values())


def _swap(one: pd.Series, other: pd.Series, day: date) -> Move:
    a, b = str(one.name), str(other.name)
    posts = str(one["posts"]).split("+")
    begun = [(a, post, str(other["unit"]), day.isoformat(), "") for post in posts]
    begun += [(b, post, str(one["unit"]), day.isoformat(), "") for post in posts]
    return Move(day, {a: b, b: a}, begun, {a: day, b: day})


def _succeed(leaver: pd.Series, newcomer: str, day: date) -> Move:
    gone, posts = str(leaver.name), str(leaver["posts"]).split("+")
    return Move(day, {gone: newcomer}, [(newcomer, post, str(leaver["unit"]), day.isoformat(), "") for post in posts], {gone: day})


def moved(rows: Rows, made: list[Move]) -> Rows:
    """The rows with everybody's work after a move done by who does it then, steps with their row."""
    if not made:
        return rows
    frame, steps = rows.frame, pd.concat(rows.steps, ignore_index=True)
    accepted = frame.set_index("row")["accepted"].reindex(steps["row"]).to_numpy()
    for move in made:
        for column in ("handler_no", "approver_no"):
            _exchange(frame, column, frame["accepted"].to_numpy() >= wall(move.day), move)
        _exchange(steps, "staff_no", accepted >= wall(move.day), move)
    return Rows(frame, [steps])


def _exchange(table: pd.DataFrame, column: str, later: np.ndarray, move: Move) -> None:
    held = table[column]
    concerned = np.flatnonzero(later & held.isin(list(move.instead)).to_numpy())
    if len(concerned):
        table.iloc[concerned, table.columns.get_loc(column)] = held.iloc[concerned].map(move.instead).to_numpy()


def postings(world: World, made: list[Move], added: list[tuple[str, str, str, str, str]]) -> pd.DataFrame:
    """Everybody's postings with the moves in them: those given up end on the eve of the day."""
    table = world.detachment.postings.copy()
    for move in made:
        for number, day in move.ended.items():
            open_ones = (table["staff_no"] == number) & (table["end_date"] == "")
            table.loc[open_ones, "end_date"] = (day - timedelta(days=1)).isoformat()
    begun = [posting for move in made for posting in move.postings] + added
    return pd.concat([table, pd.DataFrame(begun, columns=tables.POSTINGS)], ignore_index=True)


__all__ = ["Move", "moved", "moves", "postings"]
