"""With whom a subject does business: ties counted in visits, the strongest kept, and how those are tied to each other. Pure, on frames.

A visit is a day on which two of agent, agency and handler stand in one transaction: ten papers handed in together are one visit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from ledger.kit.days import from_ordinal

MOST_NODES, MOST_ASIDE = 40, 20


@dataclass(frozen=True)
class Tie:
    """One counterpart of the subject, in the column that names it. `code` is text, of agents their key."""

    column: str
    code: Any
    visits: int
    rows: int
    first: date
    last: date


@dataclass(frozen=True)
class Link:
    """Two counterparts that met, by their places among the ties."""

    one: int
    other: int
    visits: int


@dataclass(frozen=True)
class Network:
    """The strongest ties of a subject, each side in order of strength, the links among them, and how many ties there are in all."""

    ties: list[Tie]
    links: list[Link]
    total: dict[str, int]

    def side(self, column: str) -> list[Tie]:
        return [tie for tie in self.ties if tie.column == column]


def network(rows: pd.DataFrame, columns: Sequence[str], most: int = MOST_NODES - 1) -> Network:
    """The ties of the subject whose rows these are, to whoever stands in `columns`: at most `most` in all and MOST_ASIDE of one column.

    `rows` has the columns and "day" (days since 1970). The same rows in any order give the same network.
    """
    every = {column: ties_of(rows, column) for column in columns}
    kept = _strongest(every, most)
    links = []
    for at, column in enumerate(columns):
        for other in columns[at + 1 :]:
            links += _links(rows, kept, column, other)
    return Network(kept, sorted(links, key=lambda link: (-link.visits, link.one, link.other)), {c: len(ties) for c, ties in every.items()})


def ties_of(rows: pd.DataFrame, column: str) -> list[Tie]:
    """Everybody a column names, the strongest first: by visits, then by transactions, then by code."""
    values = rows[column]
    # Agents are keyed hashes, the others codes.
    known = rows[(values != 0) if values.dtype.kind == "i" else (values.astype("str") != "")]
    if not len(known):
        return []
    days = known.groupby(column, observed=True)["day"].agg(["nunique", "size", "min", "max"])
    found = [
        Tie(column, _plain(code), int(visits), int(many), from_ordinal(first), from_ordinal(last))
        for code, visits, many, first, last in days.itertuples()
    ]
    return sorted(found, key=lambda tie: (-tie.visits, -tie.rows, tie.code))


def _strongest(every: dict[str, list[Tie]], most: int) -> list[Tie]:
    """Equal shares; what one column does not need the others have, up to MOST_ASIDE."""
    share = most // max(len(every), 1)
    taken = {column: min(len(ties), share) for column, ties in every.items()}
    rest = most - sum(taken.values())
    for column, ties in every.items():
        more = min(rest, min(len(ties), MOST_ASIDE) - taken[column])
        taken[column] += more
        rest -= more
    return [tie for column, ties in every.items() for tie in ties[: taken[column]]]


def _links(rows: pd.DataFrame, kept: list[Tie], column: str, other: str) -> list[Link]:
    places = {(tie.column, tie.code): place for place, tie in enumerate(kept)}
    codes = {name: [tie.code for tie in kept if tie.column == name] for name in (column, other)}
    both = rows[rows[column].isin(codes[column]) & rows[other].isin(codes[other])]
    if not len(both):
        return []
    met = both.groupby([column, other], observed=True)["day"].nunique()
    return [Link(places[column, _plain(one)], places[other, _plain(two)], int(visits)) for (one, two), visits in met.items() if visits]


def _plain(code: Any) -> Any:
    return code if isinstance(code, str) else int(code)
