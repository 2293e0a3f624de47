"""The frames whose rows rules may be about, and what the engine must know of such a row besides what detectors see."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ledger.journal.models import Transaction

TRANSACTIONS = "transactions"


@dataclass(frozen=True)
class Facts:
    """What an alert takes from a row of its evidence. `fresh`: not more than 7 days old when it arrived, and not brought as a backfill."""

    unit_code: str
    accepted_at: datetime
    people: tuple[str, ...]
    fresh: bool


@dataclass(frozen=True)
class Clear:
    """The subject a row names, in clear (frames hold hashes), and the business line of the row ("" where it has none)."""

    code: str
    line: str


@dataclass(frozen=True)
class Base:
    """A base frame. Ids are those of its rows; ids that are not there any more are left out of every answer.

    `facts` and `subjects` (of a subject column) answer by id; `names` in the order of the ids, how evidence names the rows; `span` the
    event days there are; `pointed` the transactions that the rows refer to. `told`: the kind under which the ledger tells of changed rows.
    `follows`: (line, action) of transactions from which rows take unit, day or people, so that a change of those changes the rows.
    `handled`: those of the ids of which a staff member is among the people; only where the facts would tell it more slowly. `endures`: its
    rows last for years, so that their days say nothing of since when there is business.
    """

    facts: Callable[[Collection[int]], dict[int, Facts]]
    subjects: Callable[[Collection[int], str], dict[int, Clear]]
    names: Callable[[Sequence[int]], list[str]]
    span: Callable[[], tuple[date, date] | None]
    pointed: Callable[[Sequence[int]], list[Transaction]] | None = None
    told: str = ""
    follows: frozenset[tuple[str, str]] = frozenset()
    handled: Callable[[Collection[int], str], set[int]] | None = None
    endures: bool = False

    def handled_by(self, ids: Collection[int], staff_no: str) -> set[int]:
        """Those of the rows of which the staff member is among the people."""
        if self.handled is not None:
            return self.handled(ids, staff_no)
        return {number for number, one in self.facts(ids).items() if staff_no in one.people}


_bases: dict[str, Base] = {}


def register_base(name: str, base: Base) -> None:
    """Make a frame one that rules may be about. Raises ValueError when another base has that name."""
    if _bases.setdefault(name, base) is not base:
        raise ValueError(f"two bases named {name}")


def base(name: str) -> Base:
    """Raises KeyError for a frame that is no base."""
    return _bases[name]


def bases() -> dict[str, Base]:
    return dict(_bases)
