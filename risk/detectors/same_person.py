"""Segregation of duties is broken: one person in two roles that must be two people, or an auxiliary in a role for officers only."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from risk.detectors.base import Detector, Frames, Needs, Spec, needs_of
from risk.detectors.parts.canary import Canary
from risk.detectors.parts.contrary import counted, shared
from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.predicates import Predicate, holds, known, references
from risk.detectors.parts.references import column, split, wanted
from risk.detectors.parts.windows import day_windows, scoped

KINDS = ("officer", "auxiliary", "employee")


@dataclass(frozen=True)
class Params:
    pairs: tuple[tuple[str, str], ...] = param(
        (),
        help="Roles that must be different people, e.g. handler and approver, handler and step.examine.staff, handler and related.handler",
    )
    officer_only: tuple[str, ...] = param((), help="Roles that only officers may fill, e.g. approver, step.approve.staff")
    kind_of: tuple[str, ...] = param(("auxiliary", "employee"), help="Kinds of staff that must not fill a role for officers only")
    all: tuple[Predicate, ...] = param((), help="Conditions that must all hold of a row")
    metric: str = param(
        "count", help="What is measured: the number of rows or their share of all rows in scope", choices=("count", "share")
    )
    small_unit_below: int = param(
        0, help="Units with fewer people on the roster are not judged here: later review is asked of them instead (0: all are)"
    )

    def __post_init__(self) -> None:
        if not self.pairs and not self.officer_only:
            raise ParamError("pairs or officer_only is needed")
        wanted(self.roles)
        if set(self.kind_of) - set(KINDS):
            raise ParamError(
                "kind_of: %(value)s is not one of %(known)s", value=repr(sorted(set(self.kind_of) - set(KINDS))[0]), known=", ".join(KINDS)
            )

    @property
    def roles(self) -> tuple[str, ...]:
        return (*(role for pair in self.pairs for role in pair), *self.officer_only)


class SamePerson(Detector):
    """A unit of which the roster knows nobody is judged: nothing says that it is small."""

    code = "same_person"
    Params = Params

    def needs(self, spec: Spec) -> Needs:
        params: Params = spec.params
        found = wanted([*params.roles, *references(params.all)])
        for role in params.officer_only:
            kind, first, _ = split(role)
            if kind == "steps" or first in ("handler", "approver"):
                found.setdefault("staff", set()).update(("staff", "kind"))
        if params.small_unit_below:
            found.setdefault("staff", set()).update(("staff", "unit"))
        return needs_of(found, spec, "unit")

    def find(self, frames: Frames, spec: Spec) -> pd.DataFrame:
        params: Params = spec.params
        rows = scoped(frames[spec.frame], spec)
        matched = np.zeros(len(rows), dtype=bool)
        for first, second in params.pairs:
            matched |= same(column(frames, rows, first), column(frames, rows, second))
        for role in params.officer_only:
            matched |= of_kind(column(frames, rows, role), frames["staff"], params.kind_of)
        matched &= holds(frames, rows, params.all)
        if params.small_unit_below:
            matched &= ~in_small_unit(rows, frames["staff"], params.small_unit_below)
        return day_windows(rows, spec, matched, share=params.metric == "share")

    def canary(self, spec: Spec) -> dict[str, pd.DataFrame] | None:
        params: Params = spec.params
        if spec.op == "<=":
            return None
        canary = Canary(spec, self.needs(spec))
        matching, total = shared(spec) if params.metric == "share" else (counted(spec), 0)
        for number in range(max(matching, total)):
            row = canary.row(params.all)
            if params.pairs:
                first, second = params.pairs[0]
                canary.set(row, "handler", 1)
                row[first] = row.get(first, "X1")
                row[second] = row[first] if number < matching else "X9"
            else:
                # Whoever approves is on the roster under a kind; a role of a step is filled by the same person.
                person = params.officer_only[0] if params.officer_only[0] in ("handler", "approver") else "approver"
                row[person] = row.get(person, "X3") if number < matching else "X9"
                row[f"{person}.kind"] = params.kind_of[0] if number < matching else "officer"
                row[params.officer_only[0]] = row[person]
        frames = canary.frames()
        if params.small_unit_below:
            # Nobody of the unit is on the roster: nothing says that it is small.
            frames["staff"]["unit"] = pd.Categorical([""] * len(frames["staff"]))
        return frames


def same(first: pd.Series, second: pd.Series) -> np.ndarray:
    """Rows where both are known and the same person."""
    places = np.append(second.cat.categories.get_indexer(first.cat.categories), -1)[first.cat.codes.to_numpy()]
    return known(first) & known(second) & (places == second.cat.codes.to_numpy())


def of_kind(people: pd.Series, staff: pd.DataFrame, kinds: tuple[str, ...]) -> np.ndarray:
    """Rows whose person is on the roster as one of `kinds`."""
    wrong = set(staff["staff"].astype(str)[staff["kind"].astype(str).isin(kinds)])
    answers = np.array([name in wrong for name in people.cat.categories.astype(str)] + [False])
    return np.asarray(answers[people.cat.codes.to_numpy()])


def in_small_unit(rows: pd.DataFrame, staff: pd.DataFrame, least: int) -> np.ndarray:
    """Rows of units with at least one and fewer than `least` people on the roster."""
    strength = staff["unit"].astype(str).value_counts()
    counts = strength.reindex(rows["unit"].cat.categories.astype(str)).fillna(0).to_numpy()
    return np.append((counts > 0) & (counts < least), False)[rows["unit"].cat.codes.to_numpy()]
