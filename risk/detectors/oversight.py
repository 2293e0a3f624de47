"""The watchers watched: bulk dismissals, one person opening and closing, closing off hours, personal data revealed without a case.

It reads the frame of the platform's own actions: who (`actor`) did what (`act`) to what (`object`), when, and for which stated `purpose`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.off_hours import closed
from risk.detectors.parts.canary import MONDAY, Canary
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.windows import coded, day_windows, minute_windows, scoped

MINUTE_US = 60_000_000
LEVELS = ("", "blue", "yellow", "orange", "red")


@dataclass(frozen=True)
class Params:
    acts: tuple[str, ...] = param(help="The acts that count, as the platform names them, e.g. dismiss, close, reveal")
    after: tuple[str, ...] = param((), help="Only acts on an object to which the same person did one of these before, e.g. open")
    within_minutes: int = param(0, help="With after: at most so many minutes earlier (0: anywhere in the window of days)")
    minutes: int = param(0, help="Count in a sliding window of so many minutes, for bulk (0: the rule's window of days)")
    off_hours: bool = param(False, help="Only acts outside every opening of the actor's unit, declared shifts included")
    tolerance: int = param(30, help="With off_hours: minutes around opening that count as open")
    without_purpose: bool = param(False, help="Only acts for which no case or purpose was stated")
    levels: tuple[str, ...] = param((), help="Only acts on alerts of these levels")
    metric: str = param(
        "count", help="What is measured: the number of such acts, or their share of all acts counted", choices=("count", "share")
    )

    def __post_init__(self) -> None:
        if not self.acts:
            raise ParamError("acts are needed")
        if self.within_minutes < 0 or self.minutes < 0 or self.tolerance < 0:
            raise ParamError("minutes, within_minutes and tolerance cannot be negative")
        if self.within_minutes and not self.after:
            raise ParamError("within_minutes belongs to after")
        if self.minutes and self.metric == "share":
            raise ParamError("a share is of days, not of minutes")
        if set(self.levels) - set(LEVELS):
            raise ParamError("levels are of %(known)s", known=", ".join(LEVELS[1:]))


class Oversight(Detector):
    """A share is that of the acts of `acts` (and `levels`) which also satisfy the rest."""

    code = "oversight"
    Params = Params

    def check(self, spec: Spec) -> None:
        params: Params = spec.params
        if spec.subject_column != "actor":
            raise ParamError("the subject is the actor")
        if max(params.minutes, params.within_minutes) > 1440 * spec.window_days:
            raise ParamError("the minutes are longer than window_days")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        wanted = {"act", "actor"}
        wanted |= {"object"} if params.after else set()
        wanted |= {"purpose"} if params.without_purpose else set()
        wanted |= {"level"} if params.levels else set()
        frames = {"transactions": wanted | {"unit"}}
        if params.off_hours:
            frames["openings"] = {"unit", "line", "day", "start", "end"}
        return needs_of(frames, spec, "tie")

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        values: dict[str, Any] = {"actor": "X1", "level": params.levels[0] if params.levels else ""}
        for number in range(max(spec.min_n, int(np.ceil(min(spec.thresholds.values()))))):
            if params.after:
                canary.row(act=params.after[0], object=f"X{number}", **values)
            if params.off_hours:
                canary.at = MONDAY.normalize() + pd.Timedelta(hours=3)
            canary.row(act=params.acts[0], object=f"X{number}", **values)
        return canary.frames()

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        rows = rows[rows["act"].isin([*params.acts, *params.after]).to_numpy()].reset_index(drop=True)
        counted = rows["act"].isin(params.acts).to_numpy()
        if params.levels:
            counted = counted & rows["level"].isin(params.levels).to_numpy()
        matched = counted.copy()
        if params.after:
            matched &= followed(rows, params, spec.window_days)
        if params.off_hours:
            matched &= _off_hours(rows, frames["openings"], params.tolerance)
        if params.without_purpose:
            matched &= (rows["purpose"] == "").to_numpy()
        if params.minutes:
            return minute_windows(rows, spec, matched, params.minutes)
        rows, matched = rows[counted].reset_index(drop=True), matched[counted]
        return day_windows(rows, spec, matched, share=params.metric == "share")


def followed(rows: pd.DataFrame, params: Params, window_days: int) -> np.ndarray:
    """Acts before which the same actor did one of `after` to the same object: soon enough, and within the rule's window of days."""
    actor, thing = coded(rows["actor"])[0], coded(rows["object"])[0]
    moment = rows["accepted_at"].to_numpy().astype("datetime64[us]").astype(np.int64)
    order = np.lexsort((rows["tie"].to_numpy(), moment, thing, actor))
    before = rows["act"].isin(params.after).to_numpy()[order]
    place = np.maximum.accumulate(np.where(before, np.arange(len(order)), -1)) if len(order) else np.zeros(0, dtype=np.int64)
    # An act that is itself one of `after` looks at the one before it.
    last = np.where(before, np.concatenate([[-1], place[:-1]]) if len(place) else place, place)
    there = last >= 0
    spot = np.maximum(last, 0)
    same = there & (actor[order][spot] == actor[order]) & (thing[order][spot] == thing[order]) & (thing[order] >= 0) & (actor[order] >= 0)
    elapsed = moment[order] - moment[order][spot]
    day = rows["day"].to_numpy().astype(np.int64)[order]
    same &= day - day[spot] < window_days
    if params.within_minutes:
        same &= elapsed <= params.within_minutes * MINUTE_US
    answer = np.zeros(len(rows), dtype=bool)
    answer[order] = same
    return answer


def _off_hours(rows: pd.DataFrame, openings: pd.DataFrame, tolerance: int) -> np.ndarray:
    """Outside every opening of the unit, whichever line it opens for: what people do on the platform belongs to no line."""
    one = pd.CategoricalDtype([""])
    anywhere = rows.assign(line=pd.Series([""] * len(rows), dtype=one))
    return closed(openings.assign(line=pd.Series([""] * len(openings), dtype=one)), anywhere, rows["accepted_at"], tolerance)
