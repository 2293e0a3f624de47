"""The frames there are, and loading those a set of rules needs. Packages above may register more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from risk.frames.bases import TRANSACTIONS

OF_EVERY_BASE = frozenset({"id", "day", "line", "unit"})
Subject = tuple[str, Sequence[str]]
Loader = Callable[["Request"], pd.DataFrame]


@dataclass
class Request:
    """What is wanted of a frame: columns, of these lines (none: all) and event days (both included), of these subjects (None: all).

    `loaded` holds the frames loaded before this one; the base, whose rows the rules are about, always comes first, so others can follow
    its ids and units. `as_of` is the moment that counts as now. A loader may leave out rows of transactions that hold in a column of `only`
    none of its values, and steps of other names than `steps` (none: all).
    """

    columns: tuple[str, ...]
    lines: tuple[str, ...]
    first_day: date
    last_day: date
    subject: Subject | None = None
    loaded: dict[str, pd.DataFrame] = field(default_factory=dict)
    base: str = TRANSACTIONS
    as_of: datetime = field(default_factory=lambda: datetime.now(UTC))
    only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    steps: tuple[str, ...] = ()

    @property
    def owners(self) -> pd.DataFrame:
        """The rows the rules are about."""
        return self.loaded[self.base]


_loaders: dict[str, Loader] = {}
_whole: set[str] = set()


def register(name: str, loader: Loader, *, whole: bool = False) -> None:
    """Make a frame known by its name; `whole`: the same whatever rows are asked for. ValueError when another loader has that name."""
    if _loaders.setdefault(name, loader) is not loader:
        raise ValueError(f"two loaders for the frame {name}")
    if whole:
        _whole.add(name)


def names() -> tuple[str, ...]:
    return tuple(sorted(_loaders))


def load(
    needs: Mapping[str, Iterable[str]],
    *,
    lines: Sequence[str],
    first_day: date,
    last_day: date,
    subject: Subject | None = None,
    base: str = TRANSACTIONS,
    as_of: datetime | None = None,
    only: Mapping[str, tuple[Any, ...]] | None = None,
    steps: Sequence[str] = (),
    kept: dict[str, pd.DataFrame] | None = None,
) -> dict[str, pd.DataFrame]:
    """The needed frames with at least the needed columns, rows of event days [first_day, last_day].

    `subject` is a column of the frame `base` and the codes of a few subjects as in the files; hashed columns are hashed inside. Bulk
    history comes from the columnar copy (call ledger.columns.services.sync before), a few indexed subjects straight from the database.
    `as_of`, `only` and `steps`: see Request; the present and everything by default. For several calls at one moment, columns of what is the
    same whatever rows are asked for are taken from `kept`, and kept there. Raises KeyError for an unknown frame.
    """
    unknown = set(needs) - set(_loaders)
    if unknown:
        raise KeyError(f"no frame named {sorted(unknown)[0]}")
    loaded: dict[str, pd.DataFrame] = {}
    kept = {} if kept is None else kept
    for name in sorted(needs, key=lambda name: (name != base, name)):
        columns = set(needs[name])
        if name in kept:
            if columns <= set(kept[name]):
                loaded[name] = kept[name]
                continue
            columns |= set(kept[name])
        if name == base:
            columns |= OF_EVERY_BASE | ({"related"} if "related" in needs else set())
        asked = Request(tuple(sorted(columns)), tuple(lines), first_day, last_day, subject, loaded, base)
        request = replace(asked, as_of=as_of or asked.as_of, only=only or {}, steps=tuple(steps))
        loaded[name] = _loaders[name](request)
        if name in _whole:
            kept[name] = loaded[name]
    return loaded
