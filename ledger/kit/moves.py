"""State machines as data: one table per kind of object says which act leads where, from which states, and by whom."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar


class HasStatus(Protocol):
    """Has a status, a text. Of a model it is a field, which a checker does not see as the text it gives."""

    status: Any


Who = TypeVar("Who")
What = TypeVar("What", bound=HasStatus)


@dataclass(frozen=True)
class Move(Generic[Who, What]):
    """Where an act leads and who may do it. `to` None: the status stays as it is."""

    to: str | None
    who: Callable[[Who, What], bool]


class Table(Generic[Who, What]):
    """Rows of act, the states it is possible in, and the move. Raises ValueError when two rows speak of the same act and state."""

    def __init__(self, *rows: tuple[str, tuple[str, ...], Move[Who, What]]) -> None:
        self._moves: dict[tuple[str, str], Move[Who, What]] = {}
        for act, states, move in rows:
            for state in states:
                if (state, act) in self._moves:
                    raise ValueError(f"two rows for {act} in {state}")
                self._moves[state, act] = move
        self.acts = tuple(dict.fromkeys(act for act, _states, _move in rows))

    def move(self, act: str, status: str) -> Move[Who, What] | None:
        """The move of an act from a status; None when it is not possible there, by whomever."""
        return self._moves.get((status, act))

    def possible(self, who: Who, what: What) -> frozenset[str]:
        """The acts this person may do with this object now."""
        found = ((act, self.move(act, what.status)) for act in self.acts)
        return frozenset(act for act, move in found if move is not None and move.who(who, what))

    def rows(self) -> Iterable[tuple[str, str, Move[Who, What]]]:
        """Status, act and move of every possible pair, for tests and documents that go through the whole table."""
        return ((status, act, move) for (status, act), move in self._moves.items())
