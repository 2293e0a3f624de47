"""Regular counterparts whom the same few handlers serve, where the queue would have shared them out among all colleagues."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.base import PEER, Detector, Frames, Needs, Spec, needs_of
from risk.detectors.concentration import first_of_day
from risk.detectors.parts import canaries
from risk.detectors.parts.chance import log_choose, log_product_tail
from risk.detectors.parts.discovery import digits
from risk.detectors.parts.grid import Window, class_columns, classes, keys_of, label, totals, whole_weeks, windows
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, references
from risk.detectors.parts.references import column, wanted
from risk.detectors.parts.sorting import numbered
from risk.detectors.parts.special import binomial_tail
from risk.detectors.parts.suspects import Answers, Suspect, answered, peer_hits
from risk.detectors.parts.windows import kept_rows, scoped

# So much less likely must a further handler make it, or the group is told without them: nobody is named for standing by.
WORTH_NAMING = np.log(100.0)
MOST_FEW = 3
_ROUNDING = 1e-6
Sets = list[tuple[tuple[int, ...], list[int]]]


@dataclass(frozen=True)
class Params:
    counterpart: str = param(help="The column of those who come, e.g. agent, agency")
    within: tuple[str, ...] = param(("unit", "post"), help="Columns that make an office, whose people could all have served")
    alike: tuple[str, ...] = param((), help="Columns by which an office may share out its work, e.g. action")
    all: tuple[Predicate, ...] = param((), help="Conditions of the rows that count")
    few: int = param(2, help="So many handlers at most are few")
    min_visits: int = param(8, help="Who comes regularly has at least so many visits (all of one to a handler on one day are one)")
    min_share: float = param(80.0, help="At least this percentage of a counterpart's visits is with the few")
    min_counterparts: int = param(1, help="So many counterparts are bound to the same few")
    min_colleagues: int = param(3, help="So many colleagues must do the same work, else nothing can be said")
    chance: float = param(0.0001, help="No hit where chance makes such a group, anywhere on that day, at least this likely")

    def __post_init__(self) -> None:
        if not 1 <= self.few <= MOST_FEW or self.min_visits < 2 or self.min_counterparts < 1 or self.min_colleagues < self.few:
            raise ParamError("few is 1 to 3, min_visits at least 2, min_counterparts at least 1, min_colleagues at least few")
        if not 0 < self.min_share <= 100 or not 0 < self.chance <= 0.2:
            raise ParamError("min_share is above 0 and at most 100, chance above 0 and at most 0.2")
        class_columns([self.counterpart, *self.within, *self.alike])


class Steered(Detector):
    """The subject is each of the few; measured are the visits to them beyond what their part of the office's work makes expected."""

    code = "steered"
    Params = Params
    reach = PEER

    def check(self, spec: Spec) -> None:
        whole_weeks(spec)
        if spec.op != ">=":
            raise ParamError("too many visits are too many, never too few: op is >=")
        if spec.params.counterpart == spec.subject_column:
            raise ParamError("the counterpart is another column than the subject's")

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted(references(params.all))
        for frame, columns in class_columns([params.counterpart, *params.within, *params.alike]).items():
            found.setdefault(frame, set()).update(columns)
        return needs_of(found, spec)

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        return canaries.steered(self, spec)

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        rows = kept_rows(rows, (keys_of(rows[spec.subject_column]).codes > 0) & holds(frames, rows, params.all))
        subject, office = keys_of(rows[spec.subject_column]), classes(frames, rows, params.within)
        side = keys_of(column(frames, rows, params.counterpart))
        kind = classes(frames, rows, params.alike)
        visits = np.where(side.codes > 0, first_of_day([office, kind, subject, side], rows), 0)
        suspects, answers = [], []
        for window in windows(rows, spec, [office, subject, side, kind], {"visits": visits}):
            fresh = set(window.keys[1][window.age == 0].tolist())
            offices = [one for one in _offices(window, params.min_visits) if len(one.people) > params.min_colleagues]
            answers.append(_said(window, offices))
            best: dict[int, Group] = {}
            for one in offices:
                for group in _groups(one, params, len(offices)):
                    for who in fresh.intersection(group.handlers):
                        if who not in best or group.chance < best[who].chance:
                            best[who] = group
            for who, group in sorted(best.items()):
                numbers = group.numbers | {"counterpart": label(side.names[group.counterparts[0]])}
                suspects.append(Suspect(who, window.day, numbers["excess"], numbers, group))

        def evidence(one: Suspect, behind: np.ndarray) -> np.ndarray:
            group: Group = one.about
            return behind[(office.codes[behind] == group.office) & np.isin(side.codes[behind], group.counterparts)]

        return peer_hits(suspects, answers, rows, spec, subject, evidence)


@dataclass(frozen=True)
class Office:
    """Who worked there, who came regularly, the visits of each to each (`met`: counterpart by handler), and each handler's part of the work
    (0 … 1) that could have come to them (`fair`): in the weeks in which the counterpart came, or of the kinds it brought, whichever is
    more."""

    code: int
    people: np.ndarray
    guests: np.ndarray
    met: np.ndarray
    fair: np.ndarray


@dataclass(frozen=True)
class Group:
    """Some handlers of an office and the counterparts bound to them, the least likely first; `chance` is a logarithm."""

    office: int
    handlers: tuple[int, ...]
    counterparts: np.ndarray
    chance: float
    numbers: dict[str, Any]


def _offices(window: Window, min_visits: int) -> Iterator[Office]:
    code, who, whom, kind = window.keys
    ends = np.flatnonzero(np.append(code[1:] != code[:-1], True)) + 1 if len(code) else np.zeros(0, dtype=np.int64)
    for low, high in zip(np.concatenate([[0], ends[:-1]]), ends, strict=True):
        here = slice(low, high)
        (people, i), (guests, j) = numbered(who[here]), numbered(whom[here])
        rows, visits = window.sums["rows"][here], window.sums["visits"][here]
        # Who comes now and then is nobody's regular: of the tables of all who came, nearly everything would be theirs.
        regular = np.flatnonzero((np.bincount(j, weights=visits) >= min_visits) & (guests > 0))
        rank = np.full(len(guests), -1)
        rank[regular] = np.arange(len(regular))
        mine = np.flatnonzero(rank[j] >= 0)
        shape, came, times = (len(regular), len(people)), rank[j[mine]], visits[mine]
        fair = np.zeros(shape)
        for stratum in (window.age[here], numbered(kind[here])[1]) if len(regular) else ():
            strata = int(stratum.max()) + 1
            work = _table(stratum, i, rows, (strata, len(people)))
            fair = np.maximum(fair, _part(work, _table(came, stratum[mine], times, (len(regular), strata))))
        yield Office(int(code[low]), people, guests[regular], _table(came, i[mine], times, shape), fair)


def _part(work: np.ndarray, came: np.ndarray) -> np.ndarray:
    """Each handler's part of the work (stratum by handler) of the strata in which each counterpart came (counterpart by stratum)."""
    part = work / np.maximum(work.sum(axis=1, keepdims=True), 1.0)
    return np.asarray((came @ part) / np.maximum(came.sum(axis=1, keepdims=True), 1.0))


def _table(a: np.ndarray, b: np.ndarray, values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Sums by the numbers a and b."""
    return np.bincount(a * shape[1] + b, weights=values, minlength=shape[0] * shape[1]).reshape(shape)


def _said(window: Window, offices: list[Office]) -> Answers:
    """Of everybody with business in the last week whether enough colleagues do the same work, and the visits."""
    (who,), (visits,), _ = totals([window.keys[1]], [window.sums["visits"]])
    fresh = np.isin(who, window.keys[1][window.age == 0])
    judged = np.concatenate([one.people for one in offices]) if offices else np.zeros(0, dtype=np.int64)
    return answered(who[fresh], window.day, np.isin(who[fresh], judged), visits[fresh])


def _groups(office: Office, params: Params, offices: int) -> Iterator[Group]:
    """The sets of few handlers to whom counterparts are bound beyond chance, the least likely first; a counterpart is in one group only."""
    visits = office.met.sum(axis=1)
    left = np.arange(len(visits))
    # Choices are among all who come regularly, also when the next group is looked for among those left.
    room = _Room(len(office.people), len(left), offices)
    while True:
        best: tuple[float, float, tuple[int, ...], np.ndarray] = (0.0, 0.0, (), left[:0])
        sets = _sets(office.met[left], visits[left], params)
        for few, chance, bound in _chances(office.met[left], office.fair[left], visits[left], sets, params, room):
            named = chance + WORTH_NAMING * (len(few) - 1)
            if chance <= np.log(params.chance) and (named, few) < (best[0], best[2] or (len(office.people),)):
                best = (named, chance, few, left[bound])
        if not best[2]:
            return
        yield _group(office, best[2], best[3], best[1])
        left = np.setdiff1d(left, best[3], assume_unique=True)


def _sets(met: np.ndarray, visits: np.ndarray, params: Params) -> Sets:
    """The sets of handlers whom bound counterparts met most, each with those counterparts. Smaller sets are among them also where the share
    is that of all the few together, so that who adds nothing can be left out."""
    order = np.argsort(-met, axis=1, kind="stable")
    with_few = np.take_along_axis(met, order[:, : params.few], axis=1).sum(axis=1)
    found: dict[tuple[int, ...], list[int]] = {}
    for one in np.flatnonzero(with_few * 100 >= params.min_share * visits).tolist():
        for size in range(1, params.few + 1):
            found.setdefault(tuple(sorted(order[one, :size].tolist())), []).append(one)
    return sorted(found.items())


def _group(office: Office, few: tuple[int, ...], bound: np.ndarray, chance: float) -> Group:
    visits = office.met[bound].sum(axis=1)
    count, total = office.met[bound][:, few].sum(), visits.sum()
    expected = (office.fair[bound][:, few].sum(axis=1) * visits).sum()
    numbers = {
        "count": int(count),
        "total": int(total),
        "percent": digits(100 * count / total),
        "closed": digits(100 * count / total),
        "expected": digits(expected),
        "expected_percent": digits(100 * expected / total),
        "excess": digits(count - expected),
        "lift": digits(count / expected),
        "handlers": len(few),
        "counterparts": len(bound),
        "size": len(few) + len(bound),
        "p": digits(float(np.exp(max(chance, -690.0)))),
        "peer_values": [],
    }
    return Group(office.code, tuple(office.people[list(few)].tolist()), office.guests[bound], chance, numbers)


@dataclass(frozen=True)
class _Room:
    """Among how many chance could have chosen: an office's people, its regular counterparts, the offices."""

    people: int
    regular: int
    offices: int


def _chances(
    met: np.ndarray, fair: np.ndarray, visits: np.ndarray, sets: Sets, params: Params, room: _Room
) -> Iterator[tuple[tuple[int, ...], float, np.ndarray]]:
    """Of every set of handlers that may matter: (the set, logarithm of how likely chance makes such a group of so many anywhere, the
    counterparts bound to them, the set's own among them).

    A union bound: over the offices, the sizes and the sets of so many of an office's people, and the choices of so many of its regular
    counterparts; for one choice the chance that the product of the tails is so small (Fisher). Each tail is binomial: weeks in which the
    handlers did more of the work only make it greater than it is (Hoeffding). The tails of all sets are reckoned together.
    """
    if not sets:
        return
    of, bound, tails = _tails(met, fair, visits, sets, params)
    order = np.lexsort((tails, of))
    ends = np.cumsum(np.bincount(of, minlength=len(sets))).tolist()
    logs = np.log(np.maximum(tails[order], 1e-300))
    for (few, _own), low, high in zip(sets, [0, *ends], ends, strict=False):
        if high - low < params.min_counterparts:
            continue
        teams, places = float(log_choose(room.people, np.array([len(few)]))[0]), np.log(params.few * max(room.offices, 1))
        product, choices = np.cumsum(logs[low:high]), np.arange(1, high - low + 1)
        ways = log_choose(room.regular, choices)
        # The tail of a product is never below the product itself.
        if (ways + product).min() + teams + places > np.log(params.chance) + _ROUNDING:
            continue
        chances = ways + log_product_tail(product, choices)
        chances[: params.min_counterparts - 1] = np.inf
        best = int(np.argmin(chances))
        total = float(chances[best]) + teams + places
        yield few, min(0.0, total), bound[order[low : low + best + 1]]


def _tails(met: np.ndarray, fair: np.ndarray, visits: np.ndarray, sets: Sets, params: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(number of the set, counterpart, chance of so many of its visits with the set) of every counterpart bound to a set."""
    nobody = met.shape[1]
    few = np.array([[*one, *[nobody] * (params.few - len(one))] for one, _own in sets])
    with_few, part_of_few = (np.vstack([table.T, np.zeros(len(visits))]) for table in (met, fair))
    with_them = sum(with_few[few[:, place]] for place in range(1, params.few)) + with_few[few[:, 0]]
    bound = with_them * 100 >= params.min_share * visits
    for number, (_few, own) in enumerate(sets):
        bound[number, own] = True
    of, guest = np.nonzero(bound)
    part = part_of_few[few[of, 0], guest]
    for place in range(1, params.few):
        part = part + part_of_few[few[of, place], guest]
    return of, guest, binomial_tail(with_them[bound], visits[guest], np.minimum(part, 1.0))
