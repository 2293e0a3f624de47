"""Predicates: one comparison of a referenced column with a value. What is unknown satisfies nothing but `empty`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from risk.detectors.parts.params import ParamError, param
from risk.detectors.parts.references import column, split

ORDERED = ("lt", "le", "gt", "ge")
OPS = ("eq", "ne", "in", "not_in", *ORDERED, "empty", "not_empty", "starts", "same_as", "differs_from")


@dataclass(frozen=True)
class Predicate:
    column: str = param(help="The column that is looked at, e.g. amount, handler.kind, related.handler, step.review.staff")
    op: str = param(help="How it is compared", choices=OPS)
    value: Any = param(None, help="What it is compared with: a value, a list for in and not_in, a column for same_as and differs_from")

    def __post_init__(self) -> None:
        split(self.column)
        if self.op in ("same_as", "differs_from"):
            if not isinstance(self.value, str):
                raise ParamError("%(op)s needs a column name, got %(value)s", op=self.op, value=repr(self.value))
            split(self.value)
        elif self.op in ORDERED and (isinstance(self.value, bool) or not isinstance(self.value, int | float)):
            raise ParamError("%(op)s needs a number, got %(value)s", op=self.op, value=repr(self.value))
        elif self.op in ("in", "not_in") and not (isinstance(self.value, tuple) and self.value):
            raise ParamError("%(op)s needs a list, got %(value)s", op=self.op, value=repr(self.value))
        elif self.op == "starts" and not isinstance(self.value, str):
            raise ParamError("%(op)s needs text, got %(value)s", op=self.op, value=repr(self.value))
        elif self.op in ("eq", "ne") and not isinstance(self.value, str | int | float | bool):
            raise ParamError("%(op)s needs a value, got %(value)s", op=self.op, value=repr(self.value))
        elif self.op in ("empty", "not_empty") and self.value is not None:
            raise ParamError("%(op)s takes no value, got %(value)s", op=self.op, value=repr(self.value))

    @property
    def references(self) -> tuple[str, ...]:
        return (self.column, self.value) if self.op in ("same_as", "differs_from") else (self.column,)


@dataclass(frozen=True)
class AlsoDistinct:
    column: str = param(help="The column whose different known values are counted among the matched rows")
    min: int = param(help="The least number of different values")

    def __post_init__(self) -> None:
        if self.min < 1:
            raise ParamError("min must be at least 1")
        split(self.column)


def references(predicates: Iterable[Predicate]) -> list[str]:
    return [reference for predicate in predicates for reference in predicate.references]


def holds(
    frames: Mapping[str, pd.DataFrame], rows: pd.DataFrame, every: Iterable[Predicate] = (), some: Iterable[Predicate] = ()
) -> np.ndarray:
    """Rows that satisfy every one of `every` and, when given, at least one of `some`."""
    answer = np.ones(len(rows), dtype=bool)
    for predicate in every:
        answer &= _one(frames, rows, predicate)
    some = tuple(some)
    if some:
        answer &= np.logical_or.reduce([_one(frames, rows, predicate) for predicate in some])
    return answer


def known(values: pd.Series) -> np.ndarray:
    """Where a value is known: text not "", numbers and times present, hashed keys not 0."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return np.append(np.asarray(values.cat.categories != ""), False)[values.cat.codes.to_numpy()]
    if values.dtype.kind == "b":
        return np.ones(len(values), dtype=bool)
    if values.dtype.kind in "iu":
        return values.to_numpy() != 0
    return values.notna().to_numpy()


def _one(frames: Mapping[str, pd.DataFrame], rows: pd.DataFrame, predicate: Predicate) -> np.ndarray:
    values = column(frames, rows, predicate.column)
    there = known(values)
    if predicate.op == "empty":
        return ~there
    if predicate.op == "not_empty":
        return there
    if predicate.op in ("same_as", "differs_from"):
        other = column(frames, rows, predicate.value)
        equal = _equal(values, other)
        return there & known(other) & (equal if predicate.op == "same_as" else ~equal)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return there & _of_categories(values, predicate)
    return there & _compare(values.to_numpy(), predicate)


def _equal(left: pd.Series, right: pd.Series) -> np.ndarray:
    if isinstance(left.dtype, pd.CategoricalDtype) and isinstance(right.dtype, pd.CategoricalDtype):
        places = np.append(right.cat.categories.get_indexer(left.cat.categories), -1)
        return places[left.cat.codes.to_numpy()] == right.cat.codes.to_numpy()
    return np.asarray(left.to_numpy() == right.to_numpy())


def _of_categories(values: pd.Series, predicate: Predicate) -> np.ndarray:
    """Compare each category once, then take by code."""
    names = values.cat.categories.astype(str)
    if predicate.op == "starts":
        answers = np.asarray(names.str.startswith(predicate.value), dtype=bool)
    elif predicate.op in ORDERED:
        answers = _compare(pd.to_numeric(pd.Series(names), errors="coerce").to_numpy(), predicate)
    else:
        answers = _compare(np.asarray(names, dtype=object), predicate)
    return np.append(answers, False)[values.cat.codes.to_numpy()]


def _compare(values: np.ndarray, predicate: Predicate) -> np.ndarray:
    value = predicate.value
    if predicate.op in ("in", "not_in"):
        inside = np.isin(values, list(value)) if values.dtype != object else np.array([item in value for item in values], dtype=bool)
        return inside if predicate.op == "in" else ~inside
    with np.errstate(invalid="ignore"):
        match predicate.op:
            case "eq":
                return np.asarray(values == value)
            case "ne":
                return np.asarray(values != value)
            case "lt":
                return np.asarray(values < value)
            case "le":
                return np.asarray(values <= value)
            case "gt":
                return np.asarray(values > value)
            case _:
                return np.asarray(values >= value)
