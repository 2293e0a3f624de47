"""Small closed groups: handlers and counterparts bound to each other by more business than colleagues' business explains, agents shared."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import PEER, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.concentration import first_of_day
from risk.detectors.parts import canaries
from risk.detectors.parts.discovery import digits
from risk.detectors.parts.grid import Keys, Window, class_columns, classes, keys_of, merged_windows, totals, whole_weeks
from risk.detectors.parts.pairs import Volumes, by_volume
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.suspects import Answers, Suspect, answered, peer_hits
from risk.detectors.parts.windows import kept_rows, scoped


@dataclass(frozen=True)
class Params:
    through: tuple[str, ...] = param(help="Columns of the counterparts that bind a group, e.g. agent, agency")
    handler: str = param("handler", help="The column of those who handle")
    within: tuple[str, ...] = param(("unit", "action"), help="Columns that make colleagues comparable")
    all: tuple[Predicate, ...] = param((), help="Conditions of the rows that count, e.g. approved ones")
    measure: str = param(
        "excess", help="What the thresholds are about: visits beyond the expected, or observed ÷ expected", choices=("excess", "lift")
    )
    min_lift: float = param(2.0, help="A tie has at least so many times the visits expected")
    min_count: int = param(5, help="A tie has at least so many visits (all of a pair on one day are one)")
    min_handlers: int = param(2, help="So many handlers belong to a group")
    min_counterparts: int = param(2, help="So many counterparts belong to a group")
    max_size: int = param(20, help="Larger groups are no small closed groups")
    min_closed: float = param(50.0, help="At least this percentage of the counterparts' visits is with the group's handlers")
    min_colleagues: int = param(3, help="So many colleagues must do the same work, else nothing can be said")
    q: float = param(0.01, help="Share of false discoveries allowed among all ties of one day")

    def __post_init__(self) -> None:
        if not self.through or self.handler in self.through:
            raise ParamError("through needs at least one column other than the handler's")
        if self.min_lift < 1 or self.min_count < 2 or self.min_handlers < 1 or self.min_counterparts < 1 or not 0 < self.q <= 0.2:
            raise ParamError("min_lift is at least 1, min_count at least 2, the members at least 1, q above 0 and at most 0.2")
        if self.max_size < self.min_handlers + self.min_counterparts:
            raise ParamError("max_size is below the least size")
        class_columns([*self.through, self.handler, *self.within])


class Network(Detector):
    """The subject is each handler of a group, or each counterpart, as the subject column says. A group is told by its size alone."""

    code = "network"
    Params = Params
    reach = PEER

    def check(self, spec: Spec) -> None:
        whole_weeks(spec)
        if spec.op != ">=":
            raise ParamError("a group has too much business with itself, never too little: op is >=")
        if spec.subject_column not in (spec.params.handler, *spec.params.through):
            raise ParamError("the subject is the handler or one of through")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted(references(params.all))
        for frame, columns in class_columns([*params.through, params.handler, *params.within]).items():
            found.setdefault(frame, set()).update(columns)
        return needs_of(found, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        return canaries.closed_group(self, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        handled = keys_of(column(frames, rows, params.handler)).codes > 0
        rows = kept_rows(rows, handled & holds(frames, rows, params.all))
        handler, within = keys_of(column(frames, rows, params.handler)), classes(frames, rows, params.within)
        sides = [keys_of(column(frames, rows, name)) for name in params.through]
        place = (params.handler, *params.through).index(spec.subject_column)
        subject = (handler, *sides)[place]
        suspects, answers = [], []
        for ties in zip(*(_ties(rows, spec, within, handler, side) for side in sides), strict=True):
            day = ties[0][0].day
            groups = _groups([pairs for _, pairs in ties], [window for window, _ in ties], params)
            answers.append(_said(day, ties[max(place - 1, 0)], place))
            for group in groups:
                members = group.handlers if place == 0 else group.counterparts[place - 1]
                lately = np.concatenate([window.keys[1 if place == 0 else 2][window.age == 0] for window, _ in ties])
                suspects += [
                    Suspect(int(one), day, group.numbers[params.measure], dict(group.numbers), group)
                    for one in members[np.isin(members, lately)]
                ]

        def evidence(one: Suspect, behind: np.ndarray) -> np.ndarray:
            group: Group = one.about
            bound = np.isin(handler.codes[behind], group.handlers)
            meets = np.zeros(len(behind), dtype=bool)
            for side, codes in zip(sides, group.counterparts, strict=True):
                meets |= np.isin(side.codes[behind], codes)
            return behind[bound & meets]

        return peer_hits(suspects, answers, rows, spec, subject, evidence)


@dataclass(frozen=True)
class Group:
    """The codes of a group's handlers and of its counterparts, those of each column of `through`, and what is told of it."""

    handlers: np.ndarray
    counterparts: list[np.ndarray]
    numbers: dict[str, Any]


def _ties(rows: pd.DataFrame, spec: Spec, within: Keys, handler: Keys, side: Keys) -> list[tuple[Window, Volumes]]:
    """On every grid day the pairs of handlers with the counterparts of one column. Rows without one are in nobody's way."""
    params: Params = spec.params
    known = side.codes > 0
    visits = first_of_day([within, handler, side], rows["day"].to_numpy())
    found = []
    for window in merged_windows(rows, spec, [within, handler, side], {"visits": np.where(known, visits, 0)}):
        kept = np.flatnonzero(window.keys[2] > 0)
        if len(kept) < len(window.age):
            sums = {name: values.take(kept) for name, values in window.sums.items()}
            window = Window(window.day, tuple(key.take(kept) for key in window.keys), window.age.take(kept), sums)
        found.append((window, by_volume(window, min_n=spec.min_n, min_count=params.min_count, min_colleagues=params.min_colleagues)))
    return found


def _said(day: int, ties: tuple[Window, Volumes], place: int) -> Answers:
    window, pairs = ties
    if place == 0:
        return answered(pairs.subject, day, pairs.tested, pairs.total)
    (whom,), (visits,), _ = totals([window.keys[2]], [window.sums["visits"]])
    return answered(whom, day, np.isin(whom, pairs.counterparts), visits)


def _groups(sides: list[Volumes], windows_of: list[Window], params: Params) -> list[Group]:
    """Connected groups of ties, small, closed and with members of both kinds."""
    first = int(max((int(pairs.owner.max(initial=0)) for pairs in sides), default=0)) + 1
    starts, edges = [], []
    for pairs in sides:
        tie = (pairs.q <= params.q) & (pairs.count >= params.min_count) & (pairs.count >= params.min_lift * pairs.expected)
        starts.append(first)
        edges.append((pairs.owner[tie], first + pairs.counterpart[tie]))
        first += int(pairs.counterpart.max(initial=0)) + 1
    left, right = (np.concatenate(one) for one in zip(*edges, strict=True))
    label = components(left, right, first)
    found = []
    for name in np.unique(label[left]):
        members = np.unique(np.concatenate([left[label[left] == name], right[label[left] == name]]))
        handlers = members[members < starts[0]]
        ends = [*starts[1:], first]
        counterparts = [members[(members >= a) & (members < b)] - a for a, b in zip(starts, ends, strict=True)]
        several = sum(len(one) for one in counterparts)
        if len(handlers) < params.min_handlers or several < params.min_counterparts or len(members) > params.max_size:
            continue
        numbers = _told(handlers, counterparts, sides, windows_of)
        if numbers["closed"] >= params.min_closed:
            found.append(Group(handlers, counterparts, numbers))
    return found


def components(left: np.ndarray, right: np.ndarray, nodes: int) -> np.ndarray:
    """The smallest node of the connected group of every node, by passing the smaller label along the edges until nothing changes."""
    label = np.arange(nodes)
    while True:
        before = label.copy()
        smaller = np.minimum(label[left], label[right])
        np.minimum.at(label, left, smaller)
        np.minimum.at(label, right, smaller)
        label = label[label]
        if (label == before).all():
            return label


def _told(handlers: np.ndarray, counterparts: list[np.ndarray], sides: list[Volumes], windows_of: list[Window]) -> dict[str, Any]:
    """The numbers of a group, from the column that binds it most (the greatest excess of visits)."""
    best: dict[str, Any] = {"excess": -np.inf}
    for codes, pairs, window in zip(counterparts, sides, windows_of, strict=True):
        inside = np.isin(pairs.owner, handlers) & np.isin(pairs.counterpart, codes)
        met, count, expected = pairs.between(handlers, codes)
        if not met or count - expected <= best["excess"]:
            continue
        all_visits = window.sums["visits"][np.isin(window.keys[2], codes)].sum()
        own = window.sums["visits"][np.isin(window.keys[2], codes) & np.isin(window.keys[1], handlers)].sum()
        best = {
            "count": int(count),
            "total": int(all_visits),
            "expected": digits(expected),
            "excess": digits(count - expected),
            "lift": digits(count / expected),
            "closed": digits(100 * float(own) / max(float(all_visits), 1.0)),
            "q": digits(float(pairs.q[inside].min(initial=1.0))),
        }
    size = len(handlers) + sum(len(one) for one in counterparts)
    return best | {"size": size, "handlers": len(handlers), "counterparts": size - len(handlers), "peer_values": []}
