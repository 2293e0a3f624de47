"""Business done under a hold: an agency told to stop for rectification still files, a suspended officer still signs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.duration import moment
from risk.detectors.parts.canary import Canary, needed_of, rows_for
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, held, split, wanted
from risk.detectors.parts.windows import coded, day_windows, scoped

KINDS = ("staff", "post", "unit", "agency", "terminal")
DAY_SECONDS = 86_400
ANY = 36_500  # days: a moment may be that far from its event day
NO_END = 2**32 - 2
TEXT = ("handler", "approver", "post", "unit", "agency", "terminal")


@dataclass(frozen=True)
class Params:
    who: tuple[tuple[str, str], ...] = param(help="Pairs of a kind of hold and the column of those it may be upon, e.g. agency and agency")
    at: str = param("accepted_at", help="The moment of the business: accepted_at, finished_at, a time attribute or the name of a step")
    grace_hours: float = param(0.0, help="Hours after the beginning of a hold in which business is not held against anybody")
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")
    metric: str = param(
        "count", help="What is measured: the number of rows or their share of all rows in scope", choices=("count", "share")
    )

    def __post_init__(self) -> None:
        if not self.who:
            raise ParamError("who is needed: kinds of holds and the columns they are upon")
        for kind, name in self.who:
            if kind not in KINDS:
                raise ParamError("who: %(value)s is not one of %(known)s", value=repr(kind), known=", ".join(KINDS))
            if name not in TEXT and not (name.startswith("attr.") or split(name)[2] == "staff"):
                raise ParamError("who: %(value)s names nobody a hold can be upon", value=repr(name))
        if self.grace_hours < 0:
            raise ParamError("grace_hours cannot be negative")
        wanted([moment(self.at), *(name for _, name in self.who)])


class Hold(Detector):
    """Holds are the frame holds: subject_kind, subject_code, start and end: moments (end not included) or days (included)."""

    code = "hold"
    Params = Params

    def check(self, spec: Spec) -> None:
        if spec.op != ">=":
            raise ParamError("business under a hold is found upwards: op must be >=")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted([moment(params.at), *(name for _, name in params.who), *references(params.all)])
        found["holds"] = {"subject_kind", "subject_code", "start", "end"}
        return needs_of(found, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        at = _seconds(column(frames, rows, moment(params.at)), missing=-1)
        under = np.zeros(len(rows), dtype=bool)
        for kind, name in params.who:
            under |= _under(column(frames, rows, name), at, frames["holds"], kind, int(params.grace_hours * 3600))
        judged = holds(frames, rows, params.all)
        if params.metric == "share":
            rows, under, judged = rows[judged].reset_index(drop=True), under[judged], judged[judged]
        return day_windows(rows, spec, under & judged, share=params.metric == "share")

    def around(self, spec: Spec) -> tuple[int, int]:
        return (0, 0) if spec.params.at == "accepted_at" else (ANY, ANY)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        canary = Canary(spec, self.needs(spec))
        (kind, name), *_ = params.who
        rows = rows_for(spec, share=params.metric == "share")
        wrong = needed_of(spec, rows) if params.metric == "share" else rows
        for number in range(rows):
            row = canary.row(params.all)
            row.setdefault(name, "X1")
            row[moment(params.at)] = canary.at + pd.Timedelta(minutes=number)
            if number >= wrong:
                row[moment(params.at)] = canary.at - pd.Timedelta(days=9)
        begun = canary.at - pd.Timedelta(hours=params.grace_hours + 1)
        holding = pd.DataFrame({"subject_kind": [kind], "subject_code": [canary.rows[0][name]], "start": [begun], "end": [pd.NaT]})
        return canary.frames() | {
            "holds": holding[list(self.needs(spec)["holds"])].astype({"start": "datetime64[us]", "end": "datetime64[us]"})
        }


def _seconds(values: pd.Series, *, missing: int) -> np.ndarray:
    moments = values.to_numpy().astype("datetime64[s]")
    return np.where(np.isnat(moments), missing, moments.astype(np.int64))


def _under(codes: pd.Series, at: np.ndarray, table: pd.DataFrame, kind: str, grace: int) -> np.ndarray:
    """Rows whose code is under a hold of that kind at its moment."""
    of_kind = table[(table["subject_kind"].astype(str) == kind).to_numpy()]
    who, names = coded(codes)
    place = {name: number for number, name in enumerate(names)}
    whose = np.array([place.get(code, -1) for code in of_kind["subject_code"].astype(str)], dtype=np.int64)
    start, end = _span(of_kind["start"], of_kind["end"])
    return (who >= 0) & (at >= 0) & held(np.maximum(who, 0), whose, start + grace, np.maximum(end, start + grace - 1), np.maximum(at, 0))


def _span(start: pd.Series, end: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """First and last second of each hold."""
    if start.dtype.kind == "M":
        return _seconds(start, missing=0), _seconds(end, missing=NO_END + 1) - 1
    last = np.minimum((end.to_numpy().astype(np.int64) + 1) * DAY_SECONDS - 1, NO_END)
    return start.to_numpy().astype(np.int64) * DAY_SECONDS, last
